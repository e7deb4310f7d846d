"""The lasso path in doubles, by scikit-learn's `lars_path` with `method="lasso"`.

    python3 peers/exact_lars.py FILE [REPEATS]

Until the first deactivation the jump times are the reciprocals of the path's knots (its regularisation is divided by n).
After one the two processes differ, and the comparison is one of work alone.
Prints one JSON line: the least processor time over the repeats, and the reciprocals of the knots.
"""

import json
import sys
import time

import numpy as np
from exact_instance import load
from sklearn.linear_model import lars_path


def main(path, repeats=20):
    inputs, labels = map(np.array, load(path))
    seconds = []
    for _ in range(int(repeats)):
        start = time.process_time()
        alphas, _, _ = lars_path(inputs, labels, method="lasso")
        seconds.append(time.process_time() - start)
    answer = {"times": [float(1 / alpha) for alpha in alphas if alpha > 0]}
    work = f"exact path {inputs.shape[0]} x {inputs.shape[1]}"
    print(json.dumps({"work": work, "peer": "scikit-learn", "seconds": min(seconds), "answer": answer}))


if __name__ == "__main__":
    main(*sys.argv[1:])
