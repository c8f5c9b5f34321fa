import json, sys
from functools import lru_cache
from itertools import product

job = json.load(sys.stdin)
# Counts by adding one experiment at a time (state: how many GPUs are in use), and confirms the small
# cases by listing every assignment; neither binomials nor inclusion-exclusion are used.


@lru_cache
def solve(n, g):
    ways = [1] + [0] * g  # ways[k]: assignments so far that use exactly k GPUs
    for _ in range(n):
        ways = [0] + [ways[k] * k + ways[k - 1] * (g - k + 1) for k in range(1, g + 1)]
    if g**n <= 20_000:
        assert ways[3] == sum(len(set(a)) == 3 for a in product(range(g), repeat=n))
    return ways[3]


print(json.dumps({"answers": [{"value": str(solve(**v["params"]))} for v in job["variants"]]}))
