# Runs the code of the stem for every variant.
# Brute force over subsets shows in addition that the code does not do what was meant (the item's point).
import itertools
import json
import sys

CODE = """
def best(items, capacity):
    value = [0] * (capacity + 1)
    for weight, gain in items:
        for c in range(weight, capacity + 1):
            value[c] = max(value[c], value[c - weight] + gain)
    return value[capacity]
"""
space = {}
exec(CODE, space)
answers = []
for v in json.load(sys.stdin)["variants"]:
    p = v["params"]
    items = [(p["w1"], p["v1"]), (p["w2"], p["v2"])]
    got = space["best"](items, p["cap"])
    subsets = [s for k in range(3) for s in itertools.combinations(items, k) if sum(w for w, _ in s) <= p["cap"]]
    assert got > max(sum(g for _, g in s) for s in subsets)
    answers.append({"value": str(got)})
print(json.dumps({"answers": answers}))
