# The smallest feature dimension is the largest possible rank of a Gram matrix. Computes that rank exactly,
# modulo a prime, for random integer points (more points than the answer), by Gaussian elimination.
import json
import sys

import numpy as np

PRIME = 1_000_003


def rank(p, d, points=240):
    rng = np.random.default_rng(5)
    X = rng.integers(0, PRIME, (points, p))
    base = np.ones((points, points), dtype=np.int64)
    for j in range(p):
        base = (base + np.outer(X[:, j], X[:, j]) % PRIME) % PRIME
    K = np.ones_like(base)
    for _ in range(d):
        K = K * base % PRIME
    r = 0
    while r < points and K[r:, r:].any():
        i, j = np.argwhere(K[r:, r:])[0] + r
        K[[r, i]], K[:, [r, j]] = K[[i, r]], K[:, [j, r]]
        K[r] = K[r] * pow(int(K[r, r]), -1, PRIME) % PRIME
        K[r + 1 :] = (K[r + 1 :] - np.outer(K[r + 1 :, r], K[r])) % PRIME
        r += 1
    assert r < points
    return r


known = {}
answers = []
for v in json.load(sys.stdin)["variants"]:
    pd = (v["params"]["p"], v["params"]["d"])
    if pd not in known:
        known[pd] = rank(*pd)
    answers.append({"value": str(known[pd])})
print(json.dumps({"answers": answers}))
