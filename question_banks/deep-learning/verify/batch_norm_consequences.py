# Builds the layer in NumPy and tests each statement by perturbation: bias shift, weight scaling,
# finite-difference gradients at W and 2W, and replacing the other examples of the batch.
import json, sys
import numpy as np

json.load(sys.stdin)
rng = np.random.default_rng(4)
n, d, m = 16, 5, 4
x, w, b = rng.standard_normal((n, d)), rng.standard_normal((m, d)), rng.standard_normal(m)
scale, shift = rng.uniform(0.5, 2, m), rng.standard_normal(m)
target = rng.standard_normal((n, m))


def bn(z, stats=None):
    mu, sd = (z.mean(0), z.std(0)) if stats is None else stats
    return scale * (z - mu) / sd + shift


def ln(z):
    return scale * (z - z.mean(1, keepdims=True)) / z.std(1, keepdims=True) + shift


def grad(w0, h=1e-5):
    g = np.zeros_like(w0)
    loss = lambda q: ((bn(x @ q.T + b) - target) ** 2).mean()
    for i in np.ndindex(w0.shape):
        e = np.zeros_like(w0); e[i] = h
        g[i] = (loss(w0 + e) - loss(w0 - e)) / (2 * h)
    return g


y = bn(x @ w.T + b)
x2 = x.copy(); x2[1:] = rng.standard_normal((n - 1, d))      # first example kept, the others replaced
stats = (rng.standard_normal(m), rng.uniform(1, 2, m))
g1, g2 = grad(w), grad(2 * w)
assert not np.allclose(bn(x @ w.T + b)[0], bn(x2 @ w.T + b)[0])   # batch norm does mix examples in training
claims = {
    "a": np.allclose(y, bn(x @ w.T + b + 3.7)),
    "b": np.allclose(y, bn(x @ (2 * w).T + b)),
    "c": np.allclose(g2, g1 / 2, rtol=1e-3, atol=1e-7),
    "d": not np.allclose(bn(x @ w.T + b, stats)[0], bn(x2 @ w.T + b, stats)[0]),
    "e": np.allclose(ln(x @ w.T + b)[0], ln(x2 @ w.T + b)[0]),
}
print(json.dumps({"answers": [{"options": [k for k, v in claims.items() if v]}]}))
