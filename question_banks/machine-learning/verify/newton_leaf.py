# Evaluates the summed log loss of the leaf, takes its slope and curvature at w = 0 by finite differences,
# and minimises the resulting penalised parabola by ternary search.
import json
import math
import sys


def solve(pos, neg, p, lam):
    start = math.log(p / (1 - p))

    def loss(w):
        q = 1 / (1 + math.exp(-(start + w)))
        return -pos * math.log(q) - neg * math.log(1 - q)

    h = 1e-3
    slope = (loss(h) - loss(-h)) / (2 * h)
    bend = (loss(h) - 2 * loss(0) + loss(-h)) / h**2

    def objective(w):
        return loss(0) + slope * w + bend * w * w / 2 + lam * w * w / 2

    lo, hi = -30.0, 30.0
    for _ in range(120):
        a, b = lo + (hi - lo) / 3, hi - (hi - lo) / 3
        lo, hi = (lo, b) if objective(a) < objective(b) else (a, hi)
    return (lo + hi) / 2


job = json.load(sys.stdin)
print(json.dumps({"answers": [{"value": f"{solve(**v['params']):.4f}"} for v in job["variants"]]}))
