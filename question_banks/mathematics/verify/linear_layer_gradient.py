import json, sys
import numpy as np

# Differentiates a non-linear scalar loss of Y = XW numerically with respect to every weight
# and compares each candidate with the result.
job = json.load(sys.stdin)
rng = np.random.default_rng(11)
x, w = rng.normal(size=(5, 3)), rng.normal(size=(3, 4))


def loss(w):
    return float(np.sum(np.sin(x @ w) + (x @ w) ** 3 / 5))


y = x @ w
g = np.cos(y) + 3 * y**2 / 5  # dL/dY of this loss
truth = np.zeros_like(w)
for i in range(3):
    for j in range(4):
        step = np.zeros_like(w)
        step[i, j] = 1e-6
        truth[i, j] = (loss(w + step) - loss(w - step)) / 2e-6
candidates = {"a": x.T @ g, "b": x.T @ g / len(x), "c": g @ w.T, "d": w @ g.T}
claims = {k: bool(m.shape == truth.shape and np.allclose(m, truth, rtol=1e-5, atol=1e-5)) for k, m in candidates.items()}
held = [k for k, true in claims.items() if true]
assert len(held) == 1, claims
print(json.dumps({"answers": [{"option": held[0]} for _ in job["variants"]]}))
