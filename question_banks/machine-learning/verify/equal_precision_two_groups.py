# Builds a large group of people, flags the ill ones at the stated recall and then bisects for the number of healthy
# people who have to be flagged so that the measured precision is the stated one; compares the two groups.
import json
import sys


def false_positive_rate(recall, precision, base):
    people = 10**9
    ill = people * base // 100
    hits, healthy = ill * recall // 100, people - ill
    lo, hi = 0, healthy
    while hi - lo > 1:
        alarms = (lo + hi) // 2
        lo, hi = (alarms, hi) if hits / (hits + alarms) > precision / 100 else (lo, alarms)
    return 100 * hi / healthy


def solve(recall, precision, base_a, base_b):
    return false_positive_rate(recall, precision, base_b) - false_positive_rate(recall, precision, base_a)


job = json.load(sys.stdin)
print(json.dumps({"answers": [{"value": f"{solve(**v['params']):.4f}"} for v in job["variants"]]}))
