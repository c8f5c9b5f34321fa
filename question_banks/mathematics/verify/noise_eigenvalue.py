import json, sys
import numpy as np

# The edge of the limiting spectrum is the minimum of z(m) = -1/m + g/(1+m) on (-1, 0) (Silverstein-Choi);
# found by ternary search and cross-checked by one simulated matrix.
job = json.load(sys.stdin)
rng = np.random.default_rng(8)


def solve(g):
    def z(m):
        return -1 / m + g / (1 + m)

    lo, hi = -1 + 1e-9, -1e-9
    for _ in range(200):
        x, y = lo + (hi - lo) / 3, hi - (hi - lo) / 3
        lo, hi = (lo, y) if z(x) < z(y) else (x, hi)
    return z((lo + hi) / 2)


g = job["variants"][0]["params"]["g"]
x = rng.normal(size=(1200, round(1200 * g)))
top = np.linalg.eigvalsh(x.T @ x / 1200)[-1]
assert abs(top / solve(g) - 1) < 0.05, (top, solve(g))
print(json.dumps({"answers": [{"value": f"{solve(**v['params']):.10g}"} for v in job["variants"]]}))
