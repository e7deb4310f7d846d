"""Instances of the exact peers: reads a diagonal instance file, or prints a Gaussian one.

    python3 peers/exact_instance.py 20 30 1 > gaussian.toml    # n, d, seed
"""

import csv
import pathlib
import random
import sys
import tomllib


def load(path):
    """Inputs and labels of an instance file whose numbers are doubles."""
    path = pathlib.Path(path)
    data = tomllib.loads(path.read_text())["data"]
    inputs, labels = data["inputs"], data["labels"]
    if isinstance(inputs, str):
        rows = csv.reader((path.parent / inputs).open())
        inputs = [[float(x) for x in row] for row in rows if row]
    if isinstance(labels, str):
        rows = csv.reader((path.parent / labels).open())
        labels = [float(x) for row in rows for x in row]
    return inputs, labels


def gaussian(n, d, seed):
    """The text of an instance file with standard normal inputs and labels, as doubles in full."""
    draw = random.Random(seed)
    rows = [[draw.gauss(0, 1) for _ in range(d)] for _ in range(n)]
    labels = [draw.gauss(0, 1) for _ in range(n)]
    lines = ",\n  ".join("[" + ", ".join(map(repr, row)) + "]" for row in rows)
    return (
        'system = "diagonal-linear"\n'
        f'name = "gaussian, n = {n}, d = {d}, seed {seed}"\n\n'
        f"[data]\ninputs = [\n  {lines}\n]\nlabels = [{', '.join(map(repr, labels))}]\n"
    )


if __name__ == "__main__":
    print(gaussian(*map(int, sys.argv[1:])), end="")
