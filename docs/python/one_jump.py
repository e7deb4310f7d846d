"""Checks formulas of docs/src/derivation.md on examples, with the standard library only.

It fails (exit code 1) if a formula does not hold on its example, and prints the figures that the page quotes.
"""

import itertools
import math
import sys
from fractions import Fraction

NORMS = [1.0, 3.0, 0.5]
LABELS = [1.0, 2.0, 0.7]
START = [0.3, 0.5, 0.9]
SIZE = 1e-4
STEP = 1e-3
DURATION = 60.0


def residual_pushes(a, p):
    """g_i = r_i |x_i| / n."""
    n = len(NORMS)
    return [(y - a * q * x) * x / n for x, y, q in zip(NORMS, LABELS, p)]


def velocity(a, p):
    g = residual_pushes(a, p)
    return sum(gi * q for gi, q in zip(g, p)), [a * gi for gi in g]


def one_jump():
    """One balanced neuron on three points: the midpoint rule, and the bound of Lemma 4 along the way."""
    n = len(NORMS)
    push = [y * x / n for x, y in zip(NORMS, LABELS)]
    rate = math.sqrt(sum(d * d for d in push))
    p = [SIZE * c for c in START]
    a = math.sqrt(sum(c * c for c in p))

    def total(a, p):
        return a + sum(d * q for d, q in zip(push, p)) / rate

    first = total(a, p)
    deviation, excess, highest = 0.0, -math.inf, [0.0] * n
    for step in range(round(DURATION / STEP)):
        da, dp = velocity(a, p)
        middle_a = a + STEP / 2 * da
        middle_p = [q + STEP / 2 * d for q, d in zip(p, dp)]
        g = residual_pushes(middle_a, middle_p)
        deviation += STEP * math.sqrt(sum((gi - d) ** 2 for gi, d in zip(g, push)))
        da, dp = velocity(middle_a, middle_p)
        a, p = a + STEP * da, [q + STEP * d for q, d in zip(p, dp)]
        if a < 0.1:
            growth = math.log(total(a, p) / first) - rate * STEP * (step + 1)
            excess = max(excess, abs(growth) - 2 * deviation)
        highest = [max(h, a * q * x / y) for h, q, x, y in zip(highest, p, NORMS, LABELS)]
    return a, excess, highest


def interpolation(m, positive, negative):
    """Lemma 14's sum."""
    total = Fraction(0)
    for p in range(m + 1):
        covered = (1 - Fraction(1, 2**p)) ** positive * (1 - Fraction(1, 2 ** (m - p))) ** negative
        total += Fraction(math.comb(m, p), 2**m) * covered
    return total


def enumerated(m, positive, negative):
    """The same by counting all signs and activations."""
    n = positive + negative
    good = count = 0
    for signs in itertools.product([0, 1], repeat=m):
        for active in itertools.product([0, 1], repeat=m * n):
            count += 1
            good += all(
                any(active[j * n + i] and signs[j] == (i < positive) for j in range(m))
                for i in range(n)
            )
    return Fraction(good, count)


def main():
    a, excess, highest = one_jump()
    predicted = math.sqrt(sum((y / x) ** 2 for x, y in zip(NORMS, LABELS)))
    print(f"one jump: a^2 = {a * a:.4f}, the fit has {predicted:.4f}")
    print("highest f(x_i)/y_i:", " ".join(f"{h:.3f}" for h in highest))
    # The midpoint rule errs by about 1e-6 here; the residual left after this duration is about 1e-5.
    good = excess < 1e-5 and abs(a * a / predicted - 1) < 1e-4

    exact, counted = interpolation(3, 2, 1), enumerated(3, 2, 1)
    print(f"interpolation: formula {exact}, counted {counted}")
    good = good and exact == counted

    print("every formula holds on its example" if good else "a formula does not hold")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
