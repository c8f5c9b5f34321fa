# Propagates the pre-activation distribution layer by layer, with E[relu(z)^2] integrated numerically;
# one random network of width 1500 confirms the recursion itself.
import json, sys
import numpy as np

z = np.linspace(-12, 12, 48001)
pdf = np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
dz = z[1] - z[0]


def layer(q, g):
    return g * (np.maximum(np.sqrt(q) * z, 0) ** 2 * pdf).sum() * dz


rng, n = np.random.default_rng(3), 1500          # sanity check of the recursion, 4 layers
h = rng.standard_normal((n, 8))
h *= np.sqrt(n / (h ** 2).sum(0))
pre = rng.standard_normal((n, n)) * np.sqrt(1.5 / n) @ h
q = first = (pre ** 2).mean()
for _ in range(3):
    pre = rng.standard_normal((n, n)) * np.sqrt(1.5 / n) @ np.maximum(pre, 0)
    q = layer(q, 1.5)
assert abs((pre ** 2).mean() / q - 1) < 0.15

out, cache = [], {}
for v in json.load(sys.stdin)["variants"]:
    p = v["params"]
    key = (p["g"], p["m"])
    if key not in cache:
        q = 1.0
        for _ in range(p["m"]):
            q = layer(q, p["g"])
        cache[key] = q
    out.append({"value": f"{cache[key]:.6g}"})
print(json.dumps({"answers": out}))
