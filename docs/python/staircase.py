"""Redraws the staircase of the loss: python3 staircase.py FILE.toml PICTURE.svg [--saltus PROGRAM].

Calls the program, reads its prediction (JSON) and its runs (JSON and NPZ), and draws with matplotlib: the loss in rescaled time at three
initial scales, and at the smallest the exponents of the neurons or the coefficients, with the exact jumps as vertical lines.
Needs the packages of requirements.txt.
Exit code 1 if the arrays are not what the answer says, or if the simulated loss between two jumps is not the exact one.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import matplotlib
import numpy as np

matplotlib.use("Agg")
# With fixed names and without a date the same data give the same SVG.
matplotlib.rcParams["svg.hashsalt"] = "saltus"

import matplotlib.pyplot as plt  # noqa: E402

SCALES = (10, 100, 1000)
# Okabe and Ito's colours can be told apart by readers with any colour vision.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
# The simulated loss on a plateau at the smallest scale, against the exact one, as a fraction of the initial loss.
TOLERANCE = 1e-6


def answer(program, *arguments):
    """The JSON answer of one run of the program."""
    run = subprocess.run([program, *arguments, "--json"], check=True, capture_output=True, text=True)
    return json.loads(run.stdout)


def simulate(program, instance, log_inv_scale, times, until):
    """The arrays of a run at rescaled `times` and at `until`, after they were compared with the answer."""
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "run.npz"
        run = answer(
            program, "simulate", instance, "--log-inv-scale", str(log_inv_scale),
            "--at", ",".join(repr(float(time)) for time in times), "--until", repr(until), "--npz", str(file),
        )
        with np.load(file) as archive:
            arrays = dict(archive)
    values = "outputs" if "outputs" in arrays else "beta"
    for key, key_of_sample in (("rescaled_time", "rescaled_time"), ("loss", "loss"), (values, values)):
        if not np.array_equal(arrays[key], [sample[key_of_sample] for sample in run["samples"]]):
            sys.exit(f"{key}: the arrays are not what the answer says")
    return arrays


def worst_plateau(jumps, arrays):
    """The largest error of the loss half-way between two jumps, as a fraction of the initial loss."""
    errors = [0.0]
    for first, second in zip(jumps, jumps[1:]):
        middle = (number(first["time"]) + number(second["time"])) / 2
        found = arrays["loss"][arrays["rescaled_time"] == middle][0]
        errors.append(abs(found - number(first["loss"])) / arrays["loss"][0])
    return max(errors)


def number(exact):
    """An exact number, rounded to a double."""
    return float(exact["decimal"])


def draw(jumps, runs, picture):
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3), constrained_layout=True)
    for axes in (left, right):
        axes.set_xlabel("rescaled time τ = t/Λ")
        for jump in jumps:
            axes.axvline(number(jump["time"]), color="grey", linewidth=0.8)
    for (log_inv_scale, arrays), style in zip(runs.items(), (":", "--", "-")):
        left.plot(arrays["rescaled_time"], arrays["loss"], style, color=COLOURS[0], label=f"Λ = {log_inv_scale}")
    left.set_ylabel("loss")
    left.legend(frameon=False)

    arrays = runs[SCALES[-1]]
    is_relu = "exponents" in arrays
    for index, path in enumerate(arrays["exponents" if is_relu else "beta"].T):
        style = ("-", "--", ":", "-.")[index // len(COLOURS) % 4]
        right.plot(arrays["rescaled_time"], path, style, color=COLOURS[index % len(COLOURS)], label=str(index))
    right.set_ylabel(r"exponent $-\ln\,|a_j|/\Lambda$" if is_relu else r"coefficient $\beta_i$")
    if arrays["exponents" if is_relu else "beta"].shape[1] <= len(COLOURS):
        right.legend(title="neuron" if is_relu else "coordinate", frameon=False)
    figure.savefig(picture, dpi=150, metadata={"Date": None} if picture.endswith(".svg") else {})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("instance")
    parser.add_argument("picture")
    parser.add_argument("--saltus", default="saltus")
    options = parser.parse_args()

    jumps = answer(options.saltus, "predict", options.instance)["jumps"]
    times = np.array([number(jump["time"]) for jump in jumps])
    end = float(1.2 * times[-1]) if len(times) else 1.0
    grid = np.union1d(np.linspace(0, end, 200, endpoint=False)[1:], (times[:-1] + times[1:]) / 2)
    runs = {scale: simulate(options.saltus, options.instance, scale, grid, end) for scale in SCALES}

    worst = worst_plateau(jumps, runs[SCALES[-1]])
    print(f"{len(jumps)} jumps; loss between jumps against the exact one: {worst:.1e} of the initial loss")
    if not worst <= TOLERANCE:
        print("the simulated loss is not the exact one", file=sys.stderr)
        return 1
    draw(jumps, runs, options.picture)
    return 0


if __name__ == "__main__":
    sys.exit(main())
