"""The ReLU flow in the network's own coordinates, by SciPy's DOP853."""

import numpy as np
from scipy.integrate import solve_ivp

from common import instance, report

_, data = instance()
norms, labels, signs = (np.array(data[key]) for key in ("norms", "labels", "signs"))
sizes = np.exp(np.array(data["log_outputs"]))
m, n = len(signs), len(norms)
# Coordinates of w_j along the orthonormal x_i/|x_i|; the outputs a_j come first.
start = np.concatenate([signs * sizes, (np.array(data["cosines"]) * sizes[:, None]).ravel()])
times = np.array(data["times"])


def outputs(state):
    a, w = state[:m], state[m:].reshape(m, n)
    return norms * (a @ np.maximum(w, 0.0))


def rhs(_, state):
    a, w = state[:m], state[m:].reshape(m, n)
    hidden = np.maximum(w, 0.0)
    force = (labels - norms * (a @ hidden)) * norms / n
    return np.concatenate([hidden @ force, ((w > 0.0) * (a[:, None] * force)).ravel()])


def run():
    found = solve_ivp(
        rhs, (0.0, times[-1]), start, method="DOP853", t_eval=times,
        rtol=data["tolerance"], atol=1e-9 * sizes.min(),
    )
    return np.concatenate([outputs(state) for state in found.y.T]).tolist()


report("SciPy DOP853", run, runs=1)
