import json, sys
import numpy as np

# A second-order expansion is the one whose error falls like x^3 or faster; the error of each
# candidate is measured at two small points.
job = json.load(sys.stdin)


def softplus(x):
    return np.log1p(np.exp(x))


polys = {
    "a": lambda x: np.log(2) + x / 2 + x**2 / 4,
    "b": lambda x: np.log(2) + x / 2 + x**2 / 8,
    "c": lambda x: np.log(2) + x / 2 - x**2 / 8,
    "d": lambda x: np.log(2) + x / 2 - x**2 / 4,
}


def is_expansion(p):
    big, small = (abs(softplus(x) - p(x)) for x in (0.1, 0.01))
    return bool(small < 2e-3 * big)  # x^3 would give 1e-3, x^2 gives 1e-2


claims = {k: is_expansion(p) for k, p in polys.items()}
held = [k for k, true in claims.items() if true]
assert len(held) == 1, claims
print(json.dumps({"answers": [{"option": held[0]} for _ in job["variants"]]}))
