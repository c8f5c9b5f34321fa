# Plays the sampling forward: for a group of transactions with fraud share q, counts what is left after sampling.
# Bisection finds the q for which the fraud share in the reduced group equals the model's score.
import json
import sys


def share_after_sampling(q, keep):
    group = 1e9
    frauds, normals = group * q, group * (1 - q)
    normals -= normals * (100 - keep) / 100
    return frauds / (frauds + normals)


def solve(keep, score):
    lo, hi = 0.0, 1.0
    for _ in range(80):
        mid = (lo + hi) / 2
        lo, hi = (mid, hi) if share_after_sampling(mid, keep) < score else (lo, mid)
    return lo


job = json.load(sys.stdin)
print(json.dumps({"answers": [{"value": f"{solve(**v['params']):.6f}"} for v in job["variants"]]}))
