"""The ReLU flow in the network's own coordinates, by diffrax's Tsit5, compiled, in double precision."""

import diffrax
import jax
import jax.numpy as jnp
import numpy as np

from common import instance, report

jax.config.update("jax_enable_x64", True)
_, data = instance()
norms, labels, signs = (jnp.array(data[key]) for key in ("norms", "labels", "signs"))
sizes = jnp.exp(jnp.array(data["log_outputs"]))
n = len(norms)
start = (signs * sizes, jnp.array(data["cosines"]) * sizes[:, None])
times = jnp.array(data["times"])


def outputs(a, w):
    return norms * (a @ jnp.maximum(w, 0.0))


def rhs(_, state, __):
    a, w = state
    hidden = jnp.maximum(w, 0.0)
    force = (labels - norms * (a @ hidden)) * norms / n
    return hidden @ force, jnp.where(w > 0.0, a[:, None] * force, 0.0)


@jax.jit
def solve(start):
    found = diffrax.diffeqsolve(
        diffrax.ODETerm(rhs), diffrax.Tsit5(), 0.0, times[-1], None, start,
        saveat=diffrax.SaveAt(ts=times),
        stepsize_controller=diffrax.PIDController(rtol=data["tolerance"], atol=1e-9 * sizes.min()),
        max_steps=10_000_000,
    )
    return jax.vmap(outputs)(*found.ys)


def run():
    return np.asarray(solve(start).block_until_ready()).ravel().tolist()


report("diffrax Tsit5", run)
