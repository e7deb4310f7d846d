"""What every peer shares: reading its instance, taking the shortest of several runs, printing one JSON line."""

import json
import sys
import time


def instance():
    """The name of the work and its instance, from the file named on the command line."""
    with open(sys.argv[1], encoding="utf-8") as file:
        found = json.load(file)
    return found["work"], found["instance"]


def report(peer, run, per=1, runs=3, budget=2.0):
    """Times `run`, which returns a list; the first call, in which compilers compile, does not count."""
    work, _ = instance()
    answer = run()
    best, spent, count = float("inf"), 0.0, 0
    while count < 1 or (spent < budget and count < 1000) or (count < runs and spent < 10 * budget):
        begin = time.perf_counter()
        answer = run()
        seconds = time.perf_counter() - begin
        spent, count = spent + seconds, count + 1
        best = min(best, seconds)
    print(json.dumps({"work": work, "peer": peer, "seconds": best / per, "answer": answer}))
