# Rebuilds the test set example by example and computes the jackknife standard error of the accuracy difference:
# the estimate is recomputed with each example left out.
import json
import sys

import numpy as np


def solve(only_a, only_b, both_right, n):
    a = np.array([1] * (both_right + only_a) + [0] * (n - both_right - only_a))
    b = np.array([1] * both_right + [0] * only_a + [1] * only_b + [0] * (n - both_right - only_a - only_b))
    left_out = [(a.sum() - x) / (n - 1) - (b.sum() - y) / (n - 1) for x, y in zip(a, b)]
    return 100 * np.sqrt((n - 1) * np.var(left_out))


job = json.load(sys.stdin)
print(json.dumps({"answers": [{"value": f"{solve(**v['params']):.4f}"} for v in job["variants"]]}))
