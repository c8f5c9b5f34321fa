import json, sys
import numpy as np

# Tests each statement on 200 random pairs of non-commuting orthogonal projections
# whose ranges share a random common part; a statement is kept if it never fails.
job = json.load(sys.stdin)
rng = np.random.default_rng(4)


def proj(vectors):
    u, s, _ = np.linalg.svd(vectors, full_matrices=False)
    u = u[:, s > 1e-9]
    return u @ u.T


claims = dict.fromkeys("abcde", True)
for _ in range(200):
    n = 7
    common = rng.normal(size=(n, rng.integers(0, 3)))
    a = np.column_stack([common, rng.normal(size=(n, rng.integers(1, 3)))])
    b = np.column_stack([common, rng.normal(size=(n, rng.integers(1, 3)))])
    p, q = proj(a), proj(b)
    assert np.abs(p @ q - q @ p).max() > 1e-6
    i = np.eye(n)
    meet = proj(common) if common.shape[1] else np.zeros((n, n))
    ev = np.linalg.eigvals(p @ q)
    power = p @ q
    cosines = np.linalg.svd(p @ q, compute_uv=False)
    if ((cosines > 0.99) & (cosines < 1 - 1e-9)).any():
        continue  # nearly parallel ranges: convergence too slow to see in floating point
    for _ in range(16):  # (PQ)^(2^16)
        power = power @ power
    claims["a"] &= np.allclose((i - p) @ (i - p), i - p) and np.allclose((i - p).T, i - p)
    claims["b"] &= np.allclose(p @ q @ p @ q, p @ q)
    claims["c"] &= np.allclose(p + q - p @ q, proj(np.column_stack([a, b])))
    claims["d"] &= bool(np.abs(ev.imag).max() < 1e-6 and ev.real.min() > -1e-6 and ev.real.max() < 1 + 1e-6)
    claims["e"] &= np.allclose(power, meet, atol=1e-4)
print(json.dumps({"answers": [{"options": [k for k, true in claims.items() if true]} for _ in job["variants"]]}))
