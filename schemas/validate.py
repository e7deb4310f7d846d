"""Holds the program's answers to the schemas of v1/: python3 validate.py SALTUS.

Runs every command of the program on every shipped instance and validates the answers, the certificates and the instance files.
Then the negative controls: in one answer of each kind every value in turn is replaced by one of another type, and every key in turn is
left out; each of these must be refused. Exit code 1 if an answer is refused or a perturbed one is accepted.
Needs Python 3.11 and jsonschema (requirements.txt).
"""

import copy
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib

from jsonschema import Draft202012Validator

FOLDER = pathlib.Path(__file__).parent / "v1"

SWEEP = """seed = 7
[[coverage]]
points = [16]
widths = [12]
trials = 10
[[instances]]
points = [50]
widths = [{ log = 3 }, 1]
labels = ["gaussian", "signs"]
repeats = 2
"""

# What may be left out, and where anything may stand: the evidence of a claim has keys of its own.
OPTIONAL_KEYS = {
    "instance": {"name", "init", "shape", "exponents", "numbers", "center", "column_scale", "stream"},
    "predict": {"explanation", "evidence"},
    "suite": {"tolerance", "worst", "reason"},
    "verify": {"tolerance", "worst", "reason"},
}
OPEN_KEYS = {"evidence"}


def load():
    validators = {}
    for path in sorted(FOLDER.glob("*.json")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        Draft202012Validator.check_schema(schema)
        validators[path.stem] = Draft202012Validator(schema)
    return validators


class Samples:
    """Validates what the program writes, and keeps one answer of each shape for the negative controls."""

    def __init__(self, program, validators):
        self.program = program
        self.validators = validators
        self.validated = 0
        self.refused = []
        self.kept = {}

    def run(self, *arguments, codes=(0,)):
        run = subprocess.run([self.program, *map(str, arguments)], capture_output=True, text=True, check=False)
        if run.returncode not in codes:
            sys.exit(f"saltus {' '.join(map(str, arguments))} ended with {run.returncode}: {run.stderr.strip()}")
        return run.stdout

    def accept(self, kind, place, value):
        self.validated += 1
        for error in self.validators[kind].iter_errors(value):
            path = "".join(f"[{part!r}]" for part in error.absolute_path)
            self.refused.append(f"{kind}.json: {place}{path}: {error.message[:300]}")
        keys = tuple(sorted(value)) if isinstance(value, dict) else ()
        self.kept.setdefault((kind, keys, value.get("system"), value.get("verdict")), value)

    def answer(self, kind, *arguments, codes=(0,)):
        text = self.run(*arguments, "--json", codes=codes)
        self.accept(kind, " ".join(map(str, arguments)), json.loads(text))

    def lines(self, kind, path):
        for line in path.read_text(encoding="utf-8").splitlines():
            self.accept(kind, path.name, json.loads(line))


def collect(samples, folder):
    samples.answer("claims", "claims")
    samples.answer("example", "example", "--list")
    names = [entry["name"] for entry in json.loads(samples.run("example", "--list", "--json"))["examples"]]
    for name in names:
        samples.answer("example", "example", name)
        file = folder / f"{name}.toml"
        file.write_text(samples.run("example", name), encoding="utf-8")
        instance = tomllib.loads(file.read_text(encoding="utf-8"))
        samples.accept("instance", name, instance)
        samples.answer("predict", "predict", file)
        samples.answer("predict", "predict", file, "--explain")
        samples.answer("simulate", "simulate", file, "--log-inv-scale", "50", "--at", "0.25,0.5")
        samples.answer("verify", "verify", file)
        certificate = folder / f"{name}.json"
        samples.run("certify", file, "--out", certificate)
        samples.accept("certificate", name, json.loads(certificate.read_text(encoding="utf-8")))
        samples.answer("check", "check", certificate)
        if instance["system"] == "diagonal-linear":
            samples.answer("predict", "predict", file, "--enclosures")
            for stepsize, batch in (("0.01", []), ("0.01", ["--batch", "1"]), ("1000", [])):
                samples.answer(
                    "train", "train", file, "--scale", "0.1", "--stepsize", stepsize, "--steps", "1000", *batch
                )
    broken = json.loads((folder / f"{names[0]}.json").read_text(encoding="utf-8"))
    broken["jumps"][0]["loss"] = "1/7"
    (folder / "broken.json").write_text(json.dumps(broken), encoding="utf-8")
    samples.answer("check", "check", folder / "broken.json", codes=(1,))
    samples.answer("plot", "plot", folder / f"{names[0]}.toml", "--out", folder / "picture.svg")
    samples.answer(
        "figures", "figures", "--quick", "--figure", "interpolation-probability", "--out", folder / "figures"
    )
    samples.answer("suite", "suite", "--claim", "R3", "--claim", "R4", "--claim", "S2", "--report", folder / "report")
    samples.accept("suite", "report.json", json.loads((folder / "report/report.json").read_text(encoding="utf-8")))

    (folder / "sweep.toml").write_text(SWEEP, encoding="utf-8")
    tasks, part, merged = folder / "tasks.jsonl", folder / "part.jsonl", folder / "merged.jsonl"
    samples.run("sweep", "plan", folder / "sweep.toml", "--out", tasks)
    samples.lines("sweep-task", tasks)
    samples.answer("sweep-run", "sweep", "run", tasks, "--out", part)
    samples.lines("sweep-record", part)
    samples.answer("sweep-merge", "sweep", "merge", part, "--out", merged, codes=(0, 3))
    samples.lines("sweep-record", merged)


def places(value, path=()):
    """The paths of all values; of a list only the first and the last entry."""
    yield path
    if isinstance(value, dict):
        if path and path[-1] in OPEN_KEYS:
            return
        for key in value:
            yield from places(value[key], (*path, key))
    elif isinstance(value, list) and value:
        for index in sorted({0, len(value) - 1}):
            yield from places(value[index], (*path, index))


def parent_of(value, path):
    for part in path[:-1]:
        value = value[part]
    return value


def perturbed(kind, value):
    """The value with one place changed to another type, or one key left out; with the place."""
    for path in places(value):
        if not path:
            yield "all of it", []
            continue
        changed = copy.deepcopy(value)
        parent = parent_of(changed, path)
        parent[path[-1]] = "?" if isinstance(parent[path[-1]], dict) else {"?": "?"}
        yield f"{path} has another type", changed
        is_required = isinstance(path[-1], str) and path[-1] not in OPTIONAL_KEYS.get(kind, ())
        if is_required and not is_table(parent_of(value, path)):
            shorter = copy.deepcopy(value)
            del parent_of(shorter, path)[path[-1]]
            yield f"{path} is missing", shorter


def is_table(parent):
    """Keys that are points (a direction) or claims: which ones are there depends on the instance."""
    return all(re.fullmatch("[0-9]+|[RDS][0-9]+", key) for key in parent)


def main():
    validators = load()
    with tempfile.TemporaryDirectory() as folder:
        samples = Samples(sys.argv[1], validators)
        collect(samples, pathlib.Path(folder))
    unused = set(validators) - {kind for kind, *_ in samples.kept}
    for message in samples.refused:
        print(f"refused: {message}", file=sys.stderr)
    for kind in sorted(unused):
        print(f"{kind}.json: nothing was validated against it", file=sys.stderr)

    controls, accepted = 0, 0
    for (kind, *_), value in samples.kept.items():
        is_valid = validators[kind].is_valid
        for what, wrong in perturbed(kind, value):
            controls += 1
            if is_valid(wrong):
                accepted += 1
                print(f"{kind}.json accepts an answer in which {what}", file=sys.stderr)
    print(
        f"{len(validators)} schemas: {samples.validated} answers and files validated, {len(samples.refused)} refused; "
        f"{controls} perturbed ones, {accepted} accepted"
    )
    return 1 if samples.refused or unused or accepted else 0


if __name__ == "__main__":
    sys.exit(main())
