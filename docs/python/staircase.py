"""Redraws the staircase of the loss: python3 staircase.py FILE.toml OUT.svg [--saltus PROGRAM].

Calls the program, reads its JSON, and draws with matplotlib; needs matplotlib and nothing else.
With --no-picture it stops before drawing, and needs the standard library only.
Exit code 1 if the simulated loss between two jumps is not the exact one.
"""

import argparse
import json
import subprocess
import sys


def answer(program, *arguments):
    run = subprocess.run([program, *arguments, "--json"], check=True, capture_output=True, text=True)
    return json.loads(run.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("instance")
    parser.add_argument("picture")
    parser.add_argument("--saltus", default="saltus")
    parser.add_argument("--no-picture", action="store_true")
    options = parser.parse_args()

    jumps = answer(options.saltus, "predict", options.instance)["jumps"]
    times = [float(jump["time"]["decimal"]) for jump in jumps]
    losses = [float(jump["loss"]["decimal"]) for jump in jumps]
    end = 1.2 * times[-1] if times else 1.0

    grid = sorted({end * k / 200 for k in range(1, 200)} | {(a + b) / 2 for a, b in zip(times, times[1:])})
    at = ",".join(repr(tau) for tau in grid)
    curves = {}
    for log_inv_scale in (10, 100, 1000):
        run = answer(
            options.saltus, "simulate", options.instance,
            "--log-inv-scale", str(log_inv_scale), "--at", at, "--until", repr(end),
        )
        curves[log_inv_scale] = [(s["rescaled_time"], s["loss"]) for s in run["samples"]]

    initial = curves[1000][0][1]
    worst = 0.0
    for left, right, loss in zip(times, times[1:], losses):
        middle = (left + right) / 2
        found = next(value for tau, value in curves[1000] if tau == middle)
        worst = max(worst, abs(found - loss) / initial)
    print(f"{len(jumps)} jumps; loss between jumps against the exact one: {worst:.1e} of the initial loss")
    if worst > 1e-6:
        print("the simulated loss is not the exact one", file=sys.stderr)
        return 1
    if options.no_picture:
        return 0

    import matplotlib

    matplotlib.use("Agg")
    # Without a date and with fixed names the same data give the same SVG.
    matplotlib.rcParams["svg.hashsalt"] = "saltus"
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(5, 3.2), constrained_layout=True)
    for (log_inv_scale, curve), style in zip(curves.items(), (":", "--", "-")):
        axes.plot(*zip(*curve), style, label=f"Λ = {log_inv_scale}")
    for time in times:
        axes.axvline(time, color="black", linewidth=0.6)
    axes.set_xlabel("rescaled time τ = t/Λ")
    axes.set_ylabel("loss")
    axes.legend()
    metadata = {"Date": None} if options.picture.endswith(".svg") else {}
    figure.savefig(options.picture, dpi=150, metadata=metadata)
    return 0


if __name__ == "__main__":
    sys.exit(main())
