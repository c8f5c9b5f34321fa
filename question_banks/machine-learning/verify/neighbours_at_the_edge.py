# Computes the expected squared error of the k-nearest-neighbour prediction at x = 0 exactly, for each k up to 14, by
# averaging over all sign patterns of a two-point noise with the stated standard deviation; picks the best k.
# Beyond 14 the squared bias alone exceeds the best error (asserted).
import json
import sys

import numpy as np


def solve(slope, sd):
    x = np.arange(31)
    errors = []
    for k in range(1, 15):
        signs = (np.arange(2**k)[:, None] >> np.arange(k)) % 2 * 2 - 1
        nearest = np.argsort(np.abs(x - 0), kind="stable")[:k]
        predictions = (slope * x[nearest] + sd * signs).mean(1)
        errors.append((predictions**2).mean())
    assert (slope * x[:15].mean()) ** 2 > min(errors)
    return int(np.argmin(errors)) + 1


job = json.load(sys.stdin)
print(json.dumps({"answers": [{"value": str(solve(**v["params"]))} for v in job["variants"]]}))
