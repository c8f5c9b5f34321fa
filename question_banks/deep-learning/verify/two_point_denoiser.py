# Finds the output with the smallest expected squared error among draws of x_0 that lead to x_t near y:
# the joint density is laid out numerically in a thin slice around y and the risk minimised over a grid.
import json, sys
import numpy as np

grid = np.linspace(-1, 1, 20001)
noise = np.linspace(-8, 8, 32001)                      # fine grid of noise values, standard normal weights
weight = np.exp(-noise ** 2 / 2)
cache, out = {}, []
for v in json.load(sys.stdin)["variants"]:
    ab, y = v["params"]["ab"], v["params"]["y"]
    if (ab, y) not in cache:
        mass = {}
        for x0 in (-1.0, 1.0):
            xt = np.sqrt(ab) * x0 + np.sqrt(1 - ab) * noise
            mass[x0] = (weight * np.exp(-((xt - y) / 0.005) ** 2 / 2)).sum()   # thin slice around y
        risk = sum(m * (grid - x0) ** 2 for x0, m in mass.items())
        cache[ab, y] = grid[risk.argmin()]
    out.append({"value": f"{cache[ab, y]:.5f}"})
print(json.dumps({"answers": out}))
