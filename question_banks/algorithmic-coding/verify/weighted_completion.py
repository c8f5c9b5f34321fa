# Plays all 24 orders of the four jobs with a clock and takes the smallest cost.
# No sorting rule is used.
import itertools
import json
import sys


def cost(order):
    clock = total = 0
    for duration, weight in order:
        clock += duration
        total += weight * clock
    return total


answers = []
for v in json.load(sys.stdin)["variants"]:
    p = v["params"]
    jobs = [(p[f"t{i}"], p[f"w{i}"]) for i in range(1, 5)]
    answers.append({"value": str(min(map(cost, itertools.permutations(jobs))))})
print(json.dumps({"answers": answers}))
