# Simulates trials, finds both estimates by maximising log-likelihood and log-posterior numerically (ternary search) and
# fits the exponent with which their median distance falls between n = 1,000 and n = 64,000.
import json
import math
import sys

import numpy as np

rng = np.random.default_rng(20)


def maximise(f):
    lo, hi = 1e-9, 1 - 1e-9
    for _ in range(100):
        a, b = lo + (hi - lo) / 3, hi - (hi - lo) / 3
        lo, hi = (a, hi) if f(a) < f(b) else (lo, b)
    return (lo + hi) / 2


def distance(n):
    s = int(rng.binomial(n, 0.4))

    def likelihood(q):
        return (s * math.log(q) + (n - s) * math.log(1 - q)) / n

    def posterior(q):
        return likelihood(q) + (7 * math.log(q) + math.log(1 - q)) / n

    return abs(maximise(likelihood) - maximise(posterior))


small, large = (np.median([distance(n) for _ in range(60)]) for n in (1_000, 64_000))
exponent = math.log(large / small) / math.log(64)
nearest = min({"a": -2, "b": -1, "c": -0.5, "d": 0}.items(), key=lambda kv: abs(kv[1] - exponent))
assert abs(nearest[1] - exponent) < 0.15, exponent
print(json.dumps({"answers": [{"option": nearest[0]} for _ in json.load(sys.stdin)["variants"]]}))
