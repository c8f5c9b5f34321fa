import json, sys
from functools import lru_cache
from itertools import product

job = json.load(sys.stdin)
# Counts by adding one experiment at a time (state: how many GPUs are in use), and confirms the small
# cases by listing every assignment; inclusion-exclusion is not used.


@lru_cache
def solve(n, g):
    ways = [1] + [0] * g  # ways[k]: assignments so far that use exactly k GPUs
    for _ in range(n):
        ways = [0] + [ways[k] * k + ways[k - 1] * (g - k + 1) for k in range(1, g + 1)]
    if g**n <= 20_000:
        assert ways[g] == sum(len(set(a)) == g for a in product(range(g), repeat=n))
    return ways[g]


print(json.dumps({"answers": [{"value": f"{solve(**v['params']):.10g}"} for v in job["variants"]]}))
