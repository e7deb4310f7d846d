"""GD or SGD on the diagonal network beta = (p*p - q*q)/2, in NumPy."""

import numpy as np

from common import instance, report

_, data = instance()
inputs, labels, scales = (np.array(data[key]) for key in ("inputs", "labels", "scales"))
gamma, steps, draws = data["stepsize"], data["steps"], data["draws"]
n = len(labels)


def run():
    p, q = scales.copy(), scales.copy()
    for k in range(steps):
        beta = 0.5 * (p * p - q * q)
        if draws is None:
            x = gamma / n * (inputs.T @ (inputs @ beta - labels))
        else:
            row = inputs[draws[k]]
            x = gamma * (row @ beta - labels[draws[k]]) * row
        p *= 1.0 - x
        q *= 1.0 + x
    return (0.5 * (p * p - q * q)).tolist()


report("NumPy", run, per=steps, runs=2)
