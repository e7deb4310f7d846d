"""GD or SGD on the diagonal network beta = (p*p - q*q)/2, as one compiled JAX scan in double precision."""

import jax
import jax.numpy as jnp
import numpy as np

from common import instance, report

jax.config.update("jax_enable_x64", True)
_, data = instance()
inputs, labels, scales = (jnp.array(data[key]) for key in ("inputs", "labels", "scales"))
gamma, steps = data["stepsize"], data["steps"]
draws = None if data["draws"] is None else jnp.array(data["draws"])
n = len(labels)


def step(state, draw):
    p, q = state
    beta = 0.5 * (p * p - q * q)
    if draw is None:
        x = gamma / n * (inputs.T @ (inputs @ beta - labels))
    else:
        row = inputs[draw]
        x = gamma * (row @ beta - labels[draw]) * row
    return (p * (1.0 - x), q * (1.0 + x)), None


@jax.jit
def train(scales):
    (p, q), _ = jax.lax.scan(step, (scales, scales), draws, length=steps)
    return 0.5 * (p * p - q * q)


def run():
    return np.asarray(train(scales).block_until_ready()).tolist()


report("JAX scan", run, per=steps)
