"""The limiting jump process of a random instance in float NumPy, with all rates recomputed at each jump.

Unit norms, Gaussian labels, equal exponents: `python3 peers/numpy_process.py POINTS WIDTH [SEED]`.
It prints the time of the process alone, the number of jumps and the ratio of the learned to the least squared norm.
"""

import sys
import time

import numpy as np


def process(labels, sets):
    """Squared norm learned on `labels` (n) by neurons with active `sets` (n by m); ties are not considered."""
    n, m = sets.shape
    pushes = (labels / n) ** 2
    exponents = np.ones(m)
    unfitted = np.ones(n, dtype=bool)
    waiting = np.ones(m, dtype=bool)
    norm, jumps = 0.0, 0
    while True:
        rates = np.sqrt((pushes * unfitted) @ sets)
        rates[~waiting] = 0.0
        if not rates.any():
            return norm, jumps
        with np.errstate(divide="ignore", invalid="ignore"):
            times = np.where(rates > 0, exponents / rates, np.inf)
        winner = int(np.argmin(times))
        exponents -= rates * times[winner]
        block = unfitted & (sets[:, winner] > 0)
        norm += 2 * np.sqrt(np.sum(labels[block] ** 2))
        unfitted &= ~block
        waiting[winner] = False
        jumps += 1


def main():
    n, m = int(sys.argv[1]), int(sys.argv[2])
    random = np.random.default_rng(int(sys.argv[3]) if len(sys.argv) > 3 else 0)
    labels = random.standard_normal(n)
    signs = random.choice([-1.0, 1.0], m)
    sets = ((random.random((n, m)) < 0.5) & (signs * labels[:, None] > 0)).astype(float)
    wall, cpu = time.perf_counter(), time.process_time()
    norm, jumps = process(labels, sets)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    least = 2 * sum(np.sqrt(np.sum(labels[side] ** 2)) for side in (labels > 0, labels < 0))
    print(f"{wall:.3f} s ({cpu:.3f} s of processor time), {jumps} jumps, ratio {norm / least:.6f}")


if __name__ == "__main__":
    main()
