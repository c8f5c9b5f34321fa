# Tests each claimed function class on random instances of the 64-8-128-32 network:
# linearity, attained ranks, exact construction of rank-8 targets, impossibility of rank 9.
import json, sys
import numpy as np

rng = np.random.default_rng(1)
json.load(sys.stdin)


def net():
    return rng.standard_normal((8, 64)), rng.standard_normal((128, 8)), rng.standard_normal((32, 128))


linear = rank_ok = True
for _ in range(20):
    a, b, c = net()
    f = lambda x: c @ (b @ (a @ x))
    x, y = rng.standard_normal((2, 64))
    linear &= np.allclose(f(2 * x - 3 * y), 2 * f(x) - 3 * f(y))
    rank_ok &= np.linalg.matrix_rank(f(np.eye(64))) <= 8


def reachable(m):                       # best approximation by the network: truncated SVD, built as three layers
    u, s, vt = np.linalg.svd(m, full_matrices=False)
    w1 = vt[:8]
    w2 = np.zeros((128, 8)); w2[:8] = np.diag(s[:8])
    w3 = np.zeros((32, 128)); w3[:, :8] = u[:, :8]
    return np.allclose(w3 @ w2 @ w1, m)  # Eckart-Young: if this one fails, every rank-8 network fails


low = all(reachable(rng.standard_normal((32, r)) @ rng.standard_normal((r, 64))) for r in (1, 4, 8))
high = any(reachable(rng.standard_normal((32, r)) @ rng.standard_normal((r, 64))) for r in (9, 20, 32))
claims = {"a": linear and high, "b": not linear, "c": linear and rank_ok and low and not high, "d": not linear}
good = [k for k, v in claims.items() if v]
assert len(good) == 1
print(json.dumps({"answers": [{"option": good[0]}]}))
