"""The lasso path in doubles, by scikit-learn's `lars_path` with `method="lasso"`.

The jump times are the reciprocals of the path's knots (its regularisation is divided by n) up to the jump after which the
least-squares fit on the active set has a wrong sign; from there on the two processes differ, and the work alone is compared.
"""

import numpy as np
from common import instance, report
from sklearn.linear_model import lars_path

_, DATA = instance()
X, Y = np.array(DATA["inputs"]), np.array(DATA["labels"])


def path():
    alphas, _, coefficients = lars_path(X, Y, method="lasso")
    return alphas, coefficients


def shared():
    """The jump times that the two processes share."""
    alphas, coefficients = path()
    times = []
    for knot in range(len(alphas) - 1):
        times.append(float(1 / alphas[knot]))
        after = coefficients[:, knot + 1]
        active = np.flatnonzero(after)
        fit = np.linalg.lstsq(X[:, active], Y, rcond=None)[0]
        if np.any(fit * after[active] <= 0):
            break
    return times


TIMES = shared()


def run():
    path()
    return TIMES


report("scikit-learn", run)
