import json, sys
import numpy as np

# Draws many matrices of each class and looks, from the computed eigenvectors, whether they are
# real and mutually orthogonal; a property survives if no draw fails.
job = json.load(sys.stdin)
rng = np.random.default_rng(5)


def has_basis(a):
    w, v = np.linalg.eig(a)  # generic draws: simple eigenvalues, so eigenvectors are unique up to sign
    return bool(np.abs(w.imag).max() < 1e-9 and np.allclose(v.T @ v, np.eye(len(a)), atol=1e-7))


def invertible():
    return rng.normal(size=(4, 4))


def symmetric():
    a = rng.normal(size=(4, 4))
    return a + a.T


def distinct():
    s = rng.normal(size=(4, 4))
    return s @ np.diag([1.0, 2.0, 3.0, 4.0]) @ np.linalg.inv(s)


def orthogonal():
    return np.linalg.qr(rng.normal(size=(4, 4)))[0]


makers = {"a": invertible, "b": symmetric, "c": distinct, "d": orthogonal}
claims = {k: all(has_basis(make()) for _ in range(100)) for k, make in makers.items()}
held = [k for k, true in claims.items() if true]
assert len(held) == 1, claims
print(json.dumps({"answers": [{"option": held[0]} for _ in job["variants"]]}))
