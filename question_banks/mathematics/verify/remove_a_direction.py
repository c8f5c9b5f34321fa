import json, sys

job = json.load(sys.stdin)
# The orthogonal remainder is the shortest v - t*u: minimise its length over t by ternary search,
# without using the projection formula.


def solve(a, b, c):
    def length(t):
        return ((a - t) ** 2 + (b - 2 * t) ** 2 + (c - 2 * t) ** 2) ** 0.5

    lo, hi = -20.0, 20.0
    for _ in range(120):
        x, y = lo + (hi - lo) / 3, hi - (hi - lo) / 3
        lo, hi = (lo, y) if length(x) < length(y) else (x, hi)
    return length((lo + hi) / 2)


print(json.dumps({"answers": [{"value": f"{solve(**v['params']):.10g}"} for v in job["variants"]]}))
