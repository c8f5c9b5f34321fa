# Builds the adapted layer and tests each statement: outputs, stored entries, finite-difference gradients
# at the two initialisations, training from A = B = 0, and counted multiplications of the merged weight.
import json, sys
import numpy as np

json.load(sys.stdin)
rng = np.random.default_rng(1)
m, n, r, alpha = 5, 7, 2, 3.0
W0, x, y = rng.standard_normal((m, n)), rng.standard_normal(n), rng.standard_normal(m)
adapt = lambda A, B: W0 + alpha / r * B @ A
loss = lambda A, B: ((adapt(A, B) @ x - y) ** 2).sum()


def num(f, M, h=1e-6):
    g = np.zeros_like(M)
    for i in np.ndindex(M.shape):
        e = np.zeros_like(M); e[i] = h
        g[i] = (f(M + e) - f(M - e)) / (2 * h)
    return g


def train(A, B, steps=200):
    for _ in range(steps):
        A, B = A - 0.005 * num(lambda M: loss(M, B), A), B - 0.005 * num(lambda M: loss(A, M), B)
    return loss(A, B)


def multiplications(W):
    return sum(1 for _ in np.ndindex(W.shape))          # one product per stored entry


A, B = rng.standard_normal((r, n)), np.zeros((m, r))
gA, gB = num(lambda M: loss(M, B), A), num(lambda M: loss(A, M), B)
start = loss(A, B)
assert train(A, B) < 0.1 * start                         # the usual start does learn
claims = {
    "a": np.array_equal(adapt(A, B) @ x, W0 @ x),
    "b": A.size + B.size == r * (m + n),
    "c": np.abs(gB).max() < 1e-8 and np.abs(gA).max() > 1e-3,
    "d": multiplications(adapt(A, rng.standard_normal((m, r)))) > multiplications(W0),
    "e": train(np.zeros_like(A), B) < 0.99 * start,
}
print(json.dumps({"answers": [{"options": [k for k, v in claims.items() if v]}]}))
