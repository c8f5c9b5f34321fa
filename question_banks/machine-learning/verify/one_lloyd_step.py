# Runs one iteration of the algorithm literally: distances to both centres, assignment, and then the centre that
# minimises the sum of squared distances by search over a fine grid instead of taking a mean.
import json
import sys


def solve(u, v, w, m):
    mine = [x for x in (1, 3, u, v, 12, w) if abs(x - m) < abs(x - 2)]
    candidates = [i / 600 for i in range(0, 20 * 600)]
    lo, hi = 0, len(candidates) - 1
    while hi - lo > 2:  # the cost is a parabola, so a discrete ternary search is exact
        a, b = lo + (hi - lo) // 3, hi - (hi - lo) // 3
        cost = [sum((x - candidates[i]) ** 2 for x in mine) for i in (a, b)]
        lo, hi = (lo, b) if cost[0] <= cost[1] else (a, hi)
    return min(candidates[lo : hi + 1], key=lambda c: sum((x - c) ** 2 for x in mine))


job = json.load(sys.stdin)
print(json.dumps({"answers": [{"value": f"{solve(**v['params']):.4f}"} for v in job["variants"]]}))
