# Runs the described model: an explicit pipeline (standardise, then linear score, then sigmoid) on raw call counts.
# The intercept that gives the first customer the stated probability is found by bisection.
import json
import math
import sys


def pipeline(calls, mean, sd, beta, intercept):
    z = (calls - mean) / sd
    return 1 / (1 + math.exp(-(intercept + beta * z)))


def solve(p, beta, sd, steps):
    mean, first = 37.0, 12.0
    lo, hi = -50.0, 50.0
    for _ in range(100):
        mid = (lo + hi) / 2
        lo, hi = (mid, hi) if pipeline(first, mean, sd, beta, mid) < p else (lo, mid)
    return pipeline(first + sd * steps, mean, sd, beta, lo)


job = json.load(sys.stdin)
print(json.dumps({"answers": [{"value": f"{solve(**v['params']):.5f}"} for v in job["variants"]]}))
