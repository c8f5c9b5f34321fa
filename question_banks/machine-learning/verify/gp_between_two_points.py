# Integrates the unnormalised posterior numerically: prior density of (f(-d), f(0), f(d)) times the two noise densities,
# on a grid, for arbitrary observed values; then reads off the variance of f(0). No conditioning formula is used.
import json
import math
import sys

import numpy as np

grid = np.linspace(-6, 6, 61)
L, M, R = np.meshgrid(grid, grid, grid, indexing="ij")


def solve(ell, d, noise):
    x = np.array([-d, 0.0, d])
    K = np.exp(-((x[:, None] - x[None]) ** 2) / (2 * ell**2))
    # whiten the prior so that the grid is well scaled even when the prior is nearly degenerate
    root = np.linalg.cholesky(K)
    f = [root[i, 0] * L + root[i, 1] * M + root[i, 2] * R for i in range(3)]
    log = -(L**2 + M**2 + R**2) / 2 - ((f[0] - 0.4) ** 2 + (f[2] + 0.1) ** 2) / (2 * noise)
    weight = np.exp(log)
    weight /= weight.sum()
    mean = (weight * f[1]).sum()
    return (weight * f[1] ** 2).sum() - mean**2


known, answers = {}, []
for v in json.load(sys.stdin)["variants"]:
    p = tuple(sorted(v["params"].items()))
    if p not in known:
        known[p] = solve(**v["params"])
    assert math.isfinite(known[p])
    answers.append({"value": f"{known[p]:.5f}"})
print(json.dumps({"answers": answers}))
