# Plays the process forward: the probability of each state after t steps, times the reward, times the discount,
# summed until the discount is negligible. No Bellman equation is solved.
import json
import sys


def solve(r, c, p, gamma):
    works, broken, weight, total = 1.0, 0.0, 1.0, 0.0
    while weight > 1e-12:
        total += weight * (works * r - broken * c)
        works, broken = works * (1 - p) + broken, works * p
        weight *= gamma
    return total


job = json.load(sys.stdin)
print(json.dumps({"answers": [{"value": f"{solve(**v['params']):.4f}"} for v in job["variants"]]}))
