# Adds up all six paths (the orders of two moves right and two moves down) for every grid.
# The smallest sum is the answer; no recurrence is used.
import itertools
import json
import sys

PATHS = set(itertools.permutations("RRDD"))


def price(p, path):
    r = c = 0
    total = p["a00"]
    for move in path:
        r, c = (r, c + 1) if move == "R" else (r + 1, c)
        total += p[f"a{r}{c}"]
    return total


variants = json.load(sys.stdin)["variants"]
print(json.dumps({"answers": [{"value": str(min(price(v["params"], path) for path in PATHS))} for v in variants]}))
