"""Runs every work through Saltus and its peers in turn, checks that they agree, and writes the table.

Usage: run.py SIDE OUTPUT BOOK_TABLE [WORK...], called by `cargo xtask bench --peers`.
"""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROUNDS = 2
TIME_LIMIT = 280


def line_of(command):
    """The last line a program prints, as JSON; None if it does not end in time."""
    # On machines that pin an old kernel of OpenBLAS, NumPy would be timed with that one.
    environment = {k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT, env=environment)
    except subprocess.TimeoutExpired:
        return None
    if done.returncode != 0:
        sys.exit(f"{command} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def distance(ours, theirs):
    """0 or infinity for exact strings, else the largest difference relative to max(1, size)."""
    if len(ours) != len(theirs):
        return math.inf
    if any(isinstance(value, str) for value in ours):
        return 0.0 if ours == theirs else math.inf
    worst = 0.0
    for a, b in zip(ours, theirs):
        difference = abs(a - b) / max(1.0, abs(b))
        worst = difference if not difference <= worst else worst
    return worst


def measure(side, output, work):
    name = work["work"]
    file = output / f"{name}.json"
    instance = line_of([side, "instance", name])
    file.write_text(json.dumps({"work": name, "instance": instance}), encoding="utf-8")
    best, distances, ended = {}, {}, set()
    for _ in range(ROUNDS):
        ours = line_of([side, "time", name])
        best["Saltus"] = min(ours["seconds"], best.get("Saltus", math.inf))
        for peer in work["peers"]:
            if peer in ended:
                continue
            theirs = line_of([sys.executable, str(HERE / f"{peer}.py"), str(file)])
            if theirs is None:
                ended.add(peer)
                continue
            distances[peer] = distance(ours["answer"], theirs["answer"])
            if not distances[peer] <= work["tolerance"]:
                sys.exit(f"{name}: {peer} and Saltus differ by {distances[peer]:.1e}, allowed {work['tolerance']:.0e}")
            best[peer] = min(theirs["seconds"], best.get(peer, math.inf))
    rows = [
        {
            "work": name, "label": work["label"], "peer": peer, "saltus_seconds": best["Saltus"],
            "peer_seconds": best.get(peer), "ratio": best[peer] / best["Saltus"] if peer in best else None,
            "target": target, "difference": distances.get(peer),
        }
        for peer, target in work["peers"].items()
    ]
    return rows or [
        {"work": name, "label": work["label"], "peer": None, "saltus_seconds": best["Saltus"], "peer_seconds": None,
         "ratio": None, "target": None, "difference": None}
    ]


def seconds(value):
    if value is None:
        return f"> {TIME_LIMIT} s"
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9)):
        if value >= size or unit == "ns":
            return f"{value / size:.3g} {unit}"


def table(rows):
    lines = ["| work | peer | peer's time | Saltus | ratio | target | answers differ by |", "| --- | --- | --- | --- | --- | --- | --- |"]
    for row in rows:
        if row["peer"] is None:
            lines.append(f"| {row['label']} | none | | {seconds(row['saltus_seconds'])} | | | |")
            continue
        ratio = "" if row["ratio"] is None else f"{row['ratio']:.3g}"
        difference = "" if row["difference"] is None else f"{row['difference']:.0e}"
        lines.append(
            f"| {row['label']} | `{row['peer']}` | {seconds(row['peer_seconds'])} | {seconds(row['saltus_seconds'])} "
            f"| {ratio} | {row['target']} | {difference} |"
        )
    return "\n".join(lines) + "\n"


def main():
    side, output, book = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    output.mkdir(parents=True, exist_ok=True)
    works = json.loads((HERE / "works.json").read_text(encoding="utf-8"))
    wanted = sys.argv[4:]
    rows = []
    for work in works:
        if not wanted or work["work"] in wanted:
            rows += measure(side, output, work)
            print(table(rows[-max(1, len(work["peers"])):]), flush=True)
    (output / "speed.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    (output / "speed.md").write_text(table(rows), encoding="utf-8")
    if not wanted:
        book.write_text(table(rows), encoding="utf-8")


main()
