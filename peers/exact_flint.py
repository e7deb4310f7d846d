"""The exact jump process of diagonal linear networks in python-flint's rationals (arXiv 2304.00488, Algorithm 1)."""

import sys

from common import instance, report
from flint import fmpq, fmpq_mat

# Times are printed in full.
sys.set_int_max_str_digits(0)


def fit(gram, moments, at_bound, sign, beta):
    """Lawson and Hanson's active-set method for the sign-constrained least-squares fit, started at the fit before."""
    d = len(moments)
    while True:
        support = [i for i in range(d) if beta[i] != 0]
        fitted = gram * fmpq_mat(d, 1, beta)
        gradient = [fitted[i, 0] - moments[i] for i in range(d)]
        descends = [i for i in at_bound if beta[i] == 0 and sign[i] * gradient[i] < 0]
        if not descends:
            return beta, gradient
        support.append(max(descends, key=lambda i: abs(gradient[i])))
        while True:
            matrix = fmpq_mat(len(support), len(support), [gram[i, j] for i in support for j in support])
            side = fmpq_mat(len(support), 1, [moments[i] for i in support])
            solution = matrix.solve(side, algorithm="dixon")
            target = dict(zip(support, (solution[k, 0] for k in range(len(support)))))
            blocking = [i for i in support if sign[i] * target[i] <= 0]
            if not blocking:
                break
            step = min(beta[i] / (beta[i] - target[i]) for i in blocking)
            for i in support:
                beta[i] += step * (target[i] - beta[i])
            support = [i for i in support if beta[i] != 0]
        beta = [target.get(i, fmpq(0)) for i in range(d)]


def process(inputs, labels):
    """Jump times and supports."""
    n, d = len(inputs), len(inputs[0])
    x = fmpq_mat(n, d, [fmpq(*value.as_integer_ratio()) for row in inputs for value in row])
    y = fmpq_mat(n, 1, [fmpq(*value.as_integer_ratio()) for value in labels])
    gram = x.transpose() * x / n
    moments = x.transpose() * y / n
    moments = [moments[i, 0] for i in range(d)]
    now, dual, beta = fmpq(0), [fmpq(0)] * d, [fmpq(0)] * d
    gradient = [-c for c in moments]
    jumps = []
    while True:
        waits = [(1 + dual[i] if gradient[i] > 0 else 1 - dual[i]) / abs(gradient[i]) for i in range(d) if gradient[i] != 0]
        if not waits:
            return jumps
        wait = min(waits)
        now += wait
        dual = [s - wait * g for s, g in zip(dual, gradient)]
        at_bound = [i for i in range(d) if abs(dual[i]) == 1]
        sign = [1 if s > 0 else -1 for s in dual]
        beta, gradient = fit(gram, moments, at_bound, sign, list(beta))
        jumps.append((now, [i for i in range(d) if beta[i] != 0]))


_, DATA = instance()
report("python-flint", lambda: [str(when) for when, _ in process(DATA["inputs"], DATA["labels"])])
