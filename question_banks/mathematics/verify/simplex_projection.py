import json, sys
import numpy as np

# Minimises the squared distance over the simplex by brute force: a grid of points, refined
# around the best one; no optimality conditions are used.
job = json.load(sys.stdin)


def solve(v1, v2, v3):
    x, y, width = 0.5, 0.25, 0.5
    for _ in range(14):
        a, b = np.meshgrid(np.linspace(x - width, x + width, 33), np.linspace(y - width, y + width, 33))
        a, b = a.clip(0, 1), b.clip(0, 1)
        b = np.minimum(b, 1 - a)
        i = np.argmin((a - v1) ** 2 + (b - v2) ** 2 + (1 - a - b - v3) ** 2)
        x, y, width = a.flat[i], b.flat[i], width / 2.5
    return x


print(json.dumps({"answers": [{"value": f"{solve(**v['params']):.10g}"} for v in job["variants"]]}))
