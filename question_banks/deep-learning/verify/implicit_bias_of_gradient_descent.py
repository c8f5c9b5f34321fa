# Runs both models. For model C the late phase is followed with steps divided by the loss (the same path in
# faster time), and limits are compared with the max-margin direction found by a grid over all directions.
import json, sys
import numpy as np

json.load(sys.stdin)
rng = np.random.default_rng(7)
A, y = rng.standard_normal((4, 9)), rng.standard_normal(4)


def least_squares(w):
    for _ in range(20000):
        w = w - 0.02 * A.T @ (A @ w - y)
    assert np.allclose(A @ w, y)
    return w


from_zero, elsewhere = least_squares(np.zeros(9)), least_squares(rng.standard_normal(9))
_, _, vt = np.linalg.svd(A)
rivals = [from_zero + c * u for u in vt[4:] for c in (-0.5, -0.01, 0.01, 0.5)]       # other exact solutions
assert all(np.allclose(A @ r, y) for r in rivals)

X = np.array([[1.0, 3.0], [2.0, 0.3], [3.0, 1.0], [1.5, 4.0]])                        # labels folded in: want X w > 0
t = np.linspace(-np.pi, np.pi, 200001)
dirs = np.stack([np.cos(t), np.sin(t)], 1)
best = dirs[(dirs @ X.T).min(1).argmax()]                                            # largest Euclidean margin
angle = lambda w: np.degrees(np.arccos(min(1.0, w @ best / np.linalg.norm(w))))


def grad(w):
    return -(X / (1 + np.exp(X @ w))[:, None]).sum(0)


w, norms = np.zeros(2), []
for i in range(20000):                                                                # plain gradient descent
    w = w - 0.05 * grad(w)
    if i in (2000, 19999):
        norms.append(np.linalg.norm(w))
grows = norms[1] > norms[0] + 0.5
for _ in range(60000):                                                                # loss-scaled steps
    w = w - 0.01 * grad(w) / np.logaddexp(0, -X @ w).sum()
norms.append(np.linalg.norm(w))
s = np.zeros(2)
for _ in range(40000):
    s = s - 0.01 * np.sign(grad(s))
print("angles to the margin direction:", angle(w), angle(s), "norms", norms, file=sys.stderr)
claims = {
    "a": all(np.linalg.norm(from_zero) < np.linalg.norm(r) for r in rivals) and np.abs(vt[4:] @ from_zero).max() < 1e-9,
    "b": np.allclose(from_zero, elsewhere, atol=1e-3),
    "c": bool(grows and norms[2] > 5 * norms[1]),
    "d": bool(angle(w) < 0.5),
    "e": bool(angle(s) < 2.0),
}
print(json.dumps({"answers": [{"options": [k for k, v in claims.items() if v]}]}))
