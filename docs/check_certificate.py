#!/usr/bin/env python3
"""A second checker of certificates: Python's standard library only, no code shared with the first.
    python3 check_certificate.py FILE      prints {"verdict", "rule", "step", "reason"}
    python3 check_certificate.py --lines   the same for every line of standard input, a JSON string that holds a certificate

Exit code 0: valid (with --lines: all judged); 1: invalid; 2: no such file, wrong usage. The rules: see "The certificate format".
"""
import hashlib, itertools, json, math, re, sys
from fractions import Fraction
MAX_BYTES, MAX_NUMBER, MAX_SUM, MAX_SUM_NUMBER = 64 * 2**20, 60_000, 1_000_000, 10_000
MAX_TERMS, MAX_PRECISION, MAX_ROWS, MAX_ENTRIES = 4_096, 2**16, 100_000, 4_000_000
PRIMES = [p for p in range(2, 300) if all(p % q for q in range(2, p))]
TERM = r"(?:(?:([0-9]+(?:/[0-9]+)?)\*)?sqrt\(([0-9]+)\)|([0-9]+(?:/[0-9]+)?))"
class Rejected(Exception):
    """The rule that is broken, at which jump (None outside the jumps), and how."""
def require(holds, rule, step, reason="the equation or inequality of this rule does not hold"):
    if not holds:
        raise Rejected(rule, step, reason)
def grammar(holds, expected):
    require(holds, "format", None, f"expected {expected}")

def whole(text):  # Every value has one spelling, and sizes are checked before a number is built.
    grammar(type(text) is str and len(text) <= MAX_NUMBER and re.fullmatch("0|-?[1-9][0-9]*", text), "an integer as text")
    return int(text)
def rational(text):
    grammar(type(text) is str and len(text) <= MAX_NUMBER, "a rational as text")
    parts = [whole(part) for part in text.split("/")]
    grammar(len(parts) == 1 or len(parts) == 2 and parts[1] > 1 and math.gcd(*parts) == 1, "a rational in lowest terms")
    return Fraction(*parts)
def bracket(value):
    grammar(type(value) is list and len(value) == 2, "two ends of a bracket")
    return [whole(end) for end in value]

def root_of(square):
    """The pair (c, r) with sqrt(square) = c * sqrt(r), the squares of small primes pulled out."""
    parts = []
    for n in (square.numerator, square.denominator):
        root = 1
        for p in PRIMES:
            while n % (p * p) == 0:
                n, root = n // (p * p), root * p
        smooth = math.gcd(n, math.prod(PRIMES))
        s = math.isqrt(n // smooth)
        parts.append((root * s, smooth) if s * s * smooth == n else (root, n))
    (above, radicand), (below, other) = parts
    return Fraction(above, below * other), radicand * other

def add_roots(terms):
    """The sum of c * sqrt(q) over the pairs (c, q): a dictionary from radicands, no two commensurable, to coefficients."""
    total = {}
    for c, q in terms:
        if c and q:
            size, radicand = root_of(Fraction(c * c * q))
            c = size if c > 0 else -size
            for r in [] if radicand in total else total:
                s = math.isqrt(r * radicand) if max(r, radicand) >= 300**3 else 0
                if s * s == r * radicand:
                    c, radicand = c * Fraction(s, r), r
                    break
            total[radicand] = total.get(radicand, 0) + c
    return {r: c for r, c in total.items() if c}
def equal(pairs, total):
    return not add_roots([*pairs, *((-c, r) for r, c in total.items())])

def exact_sum(text):
    """A sum such as 1/2*sqrt(3) - 5/7 by ascending radicand, the rational term last, no term to merge or to simplify."""
    grammar(type(text) is str and len(text) <= MAX_SUM and re.fullmatch(f"0|-?{TERM}(?: [+-] {TERM})*", text), "a sum as text")
    terms, found = [], re.findall(f"([+-]?) ?{TERM}", text) if text != "0" else []
    grammar(len(found) <= MAX_TERMS and all(len(part) <= MAX_SUM_NUMBER for parts in found for part in parts), "a shorter sum")
    for sign, coefficient, radicand, constant in found:
        c, r = rational(coefficient or constant or "1"), whole(radicand or "1")
        grammar("1" not in (coefficient, radicand) and root_of(c * c * r) == (c, r), "the one spelling of a sum")
        terms.append((r == 1, r, -c if sign == "-" else c))
    total = add_roots((c, r) for _, r, c in terms)
    grammar(terms == sorted(terms) and len(total) == len(terms), "ascending terms without a square as product")
    return total

def instance_of(**rest):
    return {"system": str, "name": str, "inputs": [[rational]], "labels": [rational], **rest, "exponents": [rational]}

DIAGONAL = {
    "version": int, "hash": str, "instance": instance_of(shape=[rational]),
    "jumps": [{
        "time": rational, "hits": [int], "dual": [rational], "beta": [rational], "loss": rational,
        "fit": ("inherited", {"independent": [[rational]]}, {"not-unique": [rational]},
                {"separated": {"left_inverse": [[rational]], "separator": [rational]}})}],
    "end": {"interpolates": bool, "witness": [rational], "weighted_norm": rational}}
RELU = {
    "version": int, "hash": str, "precision": int, "active_sets": [[int]],
    "instance": instance_of(hidden=[[rational]], output=({"signs": [("+", "-")]}, {"weights": [rational]})),
    "jumps": [{
        "time": {"bracket": bracket, "exact": (None, exact_sum)}, "duration": bracket, "points": [int], "loss": rational,
        "winners": [{"neuron": int, "block": [int], "fourth_power": rational, "tie": (None, "equal-histories", "exact-sum")}],
        "racers": [{"neuron": int, "squared_rate": rational, "root": bracket, "exponent": bracket}]}],
    "end": {"unfitted": [int], "interpolates": bool, "squared_norm": (None, exact_sum), "min_squared_norm": exact_sum}}

def read(schema, value):
    """Dictionaries stand for objects, lists for lists, tuples for alternatives."""
    if type(schema) is dict:
        grammar(type(value) is dict and set(value) == set(schema), f"an object with the keys {list(schema)}")
        return {key: read(part, value[key]) for key, part in schema.items()}
    if type(schema) is list:
        grammar(type(value) is list, "a list")
        return [read(schema[0], item) for item in value]
    if type(schema) is tuple:
        for option in schema:
            if option == value or callable(option) or type(option) is type(value) is dict and set(option) == set(value):
                return value if option == value else read(option, value)
        grammar(False, f"one of {schema}")
    grammar(schema not in (int, bool, str) or type(value) is schema, schema.__name__)
    return value if schema in (int, bool, str) else schema(value)

def integers(numbers):
    """The numbers over one denominator, because fractions are slow to add."""
    scale = math.lcm(*[q.denominator for q in numbers])
    return [q.numerator * (scale // q.denominator) for q in numbers], scale
def product(a, b):
    return sum(map(int.__mul__, a, b))
def dot(a, b):
    (a, scale), (b, other) = integers(a), integers(b)
    return Fraction(product(a, b), scale * other)

def check_table(rows, height):
    fits = rows and 0 < len(rows[0]) <= MAX_ROWS and len(rows) <= MAX_ROWS and len(rows) * len(rows[0]) <= MAX_ENTRIES
    good = fits and height == len(rows) and all(len(row) == len(rows[0]) for row in rows)
    require(good, "instance", None, "expected a table within the limits, and a number or sign for every row")

def check_header(certificate, raw, schema):
    (version, digest, instance), keys = (certificate[key] for key in ("version", "hash", "instance")), schema["instance"]
    text = json.dumps({key: raw["instance"][key] for key in keys}, separators=(",", ":"), ensure_ascii=False)
    right = hashlib.sha256(text.encode()).hexdigest()
    require(version == 1, "version", None, f"found version {version}, expected 1")
    require(digest == right, "hash", None, f"found {digest[:64]}, expected {right}")
    check_table(instance["inputs"], len(instance["labels"]))

def check_diagonal(certificate):
    x, y, shape, k = (certificate["instance"][key] for key in ("inputs", "labels", "shape", "exponents"))
    n, d, columns, end = len(x), len(x[0]), list(zip(*x)), certificate["end"]
    require(len(shape) == len(k) == d and all(q > 0 for q in shape + k), "instance", None, f"expected {d} positive numbers")
    for step, jump in enumerate(certificate["jumps"]):
        require(len(jump["dual"]) == len(jump["beta"]) == d, "shape", step)
    require(len(end["witness"]) == n, "shape", None)
    def gradient_and_loss(beta):
        residual = [dot(row, beta) - label for row, label in zip(x, y)]
        return [dot(column, residual) / n for column in columns], dot(residual, residual) / (2 * n)
    time, s, beta, independent = 0, [Fraction(0)] * d, [Fraction(0)] * d, True
    gradient, loss = gradient_and_loss(beta)
    for step, jump in enumerate(certificate["jumps"]):
        require(jump["time"] > time, "time", step)
        require(jump["dual"] == [a - (jump["time"] - time) * g for a, g in zip(s, gradient)], "step", step)
        time, s, beta = jump["time"], jump["dual"], jump["beta"]
        require(all(abs(a) <= bound for a, bound in zip(s, k)), "bounds", step)
        at_bound = [i for i in range(d) if abs(s[i]) == k[i]]
        require(jump["hits"] and jump["hits"] == [i for i in at_bound if gradient[i]], "hits", step)
        gradient, loss = gradient_and_loss(beta)
        require(all(b == 0 or a == (bound if b > 0 else -bound) for a, b, bound in zip(s, beta, k)), "signs", step)
        require(all(b == 0 or g == 0 for b, g in zip(beta, gradient)), "stationarity", step)
        require(all(s[i] * gradient[i] >= 0 for i in at_bound), "descent", step)
        face, support = [i for i in at_bound if gradient[i] == 0], [i for i in range(d) if beta[i]]
        (kind, witness), = [("inherited", None)] if jump["fit"] == "inherited" else jump["fit"].items()
        if kind == "inherited":
            proved = independent and len(set(jump["hits"]) & set(face)) <= 1
        elif kind == "not-unique":
            allowed = all(h == 0 or i in face and (beta[i] or h * s[i] > 0) for i, h in zip(range(d), witness))
            proved = len(witness) == d and any(witness) and allowed and not any(dot(row, witness) for row in x)
        else:
            rows, chosen = (witness["left_inverse"], support) if kind == "separated" else (witness, face)
            proved = [len(row) for row in rows] == [n] * len(chosen) and all(
                dot(row, columns[i]) == (a == b) for a, row in enumerate(rows) for b, i in enumerate(chosen))
            if proved and kind == "separated":
                z = witness["separator"]
                products = {i: dot(columns[i], z) for i in face}
                proved = len(z) == n and all(q == 0 if beta[i] else q * s[i] > 0 for i, q in products.items())
        require(proved, "uniqueness", step)
        independent = kind in ("inherited", "independent")
        require(jump["loss"] == loss, "loss", step)
    require(not any(gradient), "end", None)
    require(end["interpolates"] == (loss == 0), "interpolation", None)
    require([dot(column, end["witness"]) for column in columns] == s, "dual-witness", None)
    require(end["weighted_norm"] == sum(bound * abs(b) for bound, b in zip(k, beta)), "weighted-norm", None)

def check_relu(certificate):
    x, y, hidden, output, k = (certificate["instance"][key] for key in ("inputs", "labels", "hidden", "output", "exponents"))
    n, m, p, sets, end = len(x), len(hidden), certificate["precision"], certificate["active_sets"], certificate["end"]
    rows, weights = [integers(row)[0] for row in x], [integers(row)[0] for row in hidden]
    for i, row in enumerate(rows):
        require(any(row) and not any(product(row, other) for other in rows[:i]), "orthogonality", None)
    (kind, output), = output.items()
    check_table(hidden, len(output))
    require(len(k) == m and min(k) > 0, "instance", None, f"expected {m} positive exponents")
    if kind == "weights":
        require(all(a and a * a >= dot(w, w) for a, w in zip(output, hidden)), "instance", None, "an output weight is too small")
        output = ["-" if a < 0 else "+" for a in output]
    require(len(hidden[0]) == len(x[0]), "instance", None, "expected hidden weights of the dimension of the inputs")
    require(p <= MAX_PRECISION and len(sets) == m, "shape", None)
    for j in range(m):
        active = [i for i in range(n) if y[i] and (y[i] > 0) == (output[j] == "+") and product(weights[j], rows[i]) > 0]
        require(sets[j] == active, "active-sets", None, f"neuron {j}: expected {active}")
    norms, one = [dot(row, row) for row in x], 2**p
    push = [y[i] ** 2 * norms[i] / n**2 for i in range(n)]
    quartic = lambda points: sum((y[i] ** 2 / norms[i] for i in points), Fraction(0))
    up = lambda a, b: -(-a // b)
    exponents = {j: [q.numerator * one // q.denominator, up(q.numerator * one, q.denominator)] for j, q in enumerate(k)}
    fitted, jumped, elapsed, history, exact_times, norm = {i for i in range(n) if y[i] == 0}, set(), [0, 0], [], [], []
    def arrives(j, time):
        """Whether time * rate = k + the sum of (change of rate at jump s) * (time of jump s)."""
        terms = [(-k[j], 1), *((c, r * history[-1][j]) for r, c in time.items())]
        for earlier, (before, after) in zip(exact_times, itertools.pairwise(history)):
            if before[j] != after[j]:
                if earlier is None:
                    return False
                terms += [(sign * c, r * q) for r, c in earlier.items() for sign, q in ((1, before[j]), (-1, after[j]))]
        return not add_roots(terms)
    for step, jump in enumerate([*certificate["jumps"], None]):
        blocks = [[] if j in jumped else [i for i in sets[j] if i not in fitted] for j in range(m)]
        history.append([sum((push[i] for i in block), Fraction(0)) for block in blocks])
        running = [j for j in range(m) if blocks[j]]
        if jump is None:
            break
        winners, racers, duration, exact = jump["winners"], jump["racers"], jump["duration"], jump["time"]["exact"]
        require([racer["neuron"] for racer in racers] == running, "racers", step)
        require([racer["squared_rate"] for racer in racers] == [history[-1][j] for j in running], "rates", step)
        for racer in racers:
            (lo, hi), q = racer["root"], racer["squared_rate"]
            below, scaled, above = lo * lo * q.denominator, q.numerator * one**2, (lo + 1) ** 2 * q.denominator
            require(lo >= 0 and below <= scaled < above and hi == lo + (below < scaled), "roots", step)
        names = [winner["neuron"] for winner in winners]
        require(names and names == sorted(set(names) & set(running)), "winners", step)
        require(all(winner["block"] == blocks[winner["neuron"]] for winner in winners), "blocks", step)
        require(jump["points"] == sorted(set(itertools.chain(*[blocks[j] for j in names]))), "points", step)
        require(all(winner["fourth_power"] == quartic(winner["block"]) for winner in winners), "sizes", step)
        first, (lo, hi), root = names[0], exponents[names[0]], racers[running.index(names[0])]["root"]
        require(root[0] > 0 and lo >= 0 and duration == [lo * one // root[1], up(hi * one, root[0])], "duration", step)
        for j, racer in zip(running, racers):
            (lo, hi), (slow, fast) = exponents[j], racer["root"]
            fall = [lo - up(fast * duration[1], one), hi - slow * duration[0] // one]
            require(racer["exponent"] == ([0, 0] if j in names else fall), "exponents", step)
        require(all(j in names or racer["exponent"][0] > 0 for j, racer in zip(running, racers)), "separation", step)
        proof = {None: lambda j: j == first, "exact-sum": lambda j: j != first and exact is not None and arrives(j, exact),
                 "equal-histories": lambda j: j != first and all(
                     k[first] ** 2 * rates[j] == k[j] ** 2 * rates[first] for rates in history)}
        require(all(proof[winner["tie"]](winner["neuron"]) for winner in winners), "tie", step)
        elapsed = [elapsed[0] + duration[0], elapsed[1] + duration[1]]
        require(jump["time"]["bracket"] == elapsed and (exact is None or arrives(first, exact)), "time", step)
        different = {tuple(blocks[j]) for j in names}
        overlap = norm is None or len(jump["points"]) < sum(map(len, different))
        norm = None if overlap else norm + [(2, quartic(block)) for block in different]
        exact_times, exponents = [*exact_times, exact], exponents | {racer["neuron"]: racer["exponent"] for racer in racers}
        jumped, fitted = jumped.union(names), fitted.union(jump["points"])
        require(jump["loss"] == sum((y[i] ** 2 for i in range(n) if i not in fitted), Fraction(0)) / (2 * n), "loss", step)
    require(not running, "end", None)
    require(end["unfitted"] == [i for i in range(n) if i not in fitted], "unfitted", None)
    require(end["interpolates"] == (not end["unfitted"]), "interpolation", None)
    stated, sides = end["squared_norm"], ((i for i in range(n) if y[i] > 0), (i for i in range(n) if y[i] < 0))
    require(stated is norm if None in (stated, norm) else equal(norm, stated), "squared-norm", None)
    require(equal([(2, quartic(side)) for side in sides], end["min_squared_norm"]), "minimal-norm", None)

def object_of(pairs):
    grammar(len(dict(pairs)) == len(pairs), "no key twice")
    return dict(pairs)
def number_of(text):
    grammar(re.fullmatch("0|[1-9][0-9]{0,18}", text), f"an index or an exact number as text, found {text[:20]}")
    return int(text)

def check(data):
    try:
        grammar(len(data) <= MAX_BYTES, "a shorter file")
        raw = json.loads(data.decode(), object_pairs_hook=object_of, parse_int=number_of, parse_float=number_of,
                         parse_constant=number_of)
        instance = raw.get("instance") if type(raw) is dict else None
        system = instance.get("system") if type(instance) is dict else None
        grammar(system in ("relu-orthogonal", "diagonal-linear"), "a certificate for one of the two systems")
        schema, rules = (RELU, check_relu) if system == "relu-orthogonal" else (DIAGONAL, check_diagonal)
        certificate = read(schema, raw)
        grammar(certificate["version"] < 2**32 > certificate.get("precision", 0), "a smaller version and precision")
        check_header(certificate, raw, schema)
        rules(certificate)
    except (Rejected, ValueError, RecursionError) as error:
        broken = error.args if type(error) is Rejected else ("format", None, f"expected JSON: {error}"[:200])
        return dict(zip(("verdict", "rule", "step", "reason"), ("invalid", *broken)))
    return {"verdict": "valid", "rule": None, "step": None, "reason": None}

def main(arguments):
    sys.set_int_max_str_digits(0)  # The lengths of texts are limited above.
    if arguments == ["--lines"]:
        for line in sys.stdin:
            print(json.dumps(check(json.loads(line).encode("utf-8", "surrogatepass"))), flush=True)
        return 0
    try:
        with open(*arguments, "rb") as file:
            verdict = check(file.read(MAX_BYTES + 1))
    except (OSError, TypeError, ValueError) as error:
        print(f"{error}\n{__doc__}", file=sys.stderr)
        return 2
    print(json.dumps(verdict))
    return int(verdict["verdict"] != "valid")

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
