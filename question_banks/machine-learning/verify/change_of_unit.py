# Fits the five models on random data before and after multiplying one column by 1000 and compares
# predictions, t-statistics and the range of lasso penalties that keep the feature.
import json
import sys

import numpy as np

rng = np.random.default_rng(2)


def with_one(X):
    return np.column_stack([np.ones(len(X)), X])


def ols(X, y):
    D = with_one(X)
    w = np.linalg.lstsq(D, y, rcond=None)[0]
    e = y - D @ w
    se = np.sqrt(e @ e / (len(y) - D.shape[1]) * np.diag(np.linalg.inv(D.T @ D)))
    return D @ w, (w / se)[1]


def ridge(X, y, lam):
    A = X - X.mean(0)
    return y.mean() + A @ np.linalg.solve(A.T @ A + lam * np.eye(X.shape[1]), A.T @ (y - y.mean()))


def lasso_keeps_first(X, y, mu):
    A, r = X - X.mean(0), y - y.mean()
    w = np.zeros(X.shape[1])
    for _ in range(200):
        for j in range(len(w)):
            g = A[:, j] @ (r - A @ w + A[:, j] * w[j])
            w[j] = np.sign(g) * max(abs(g) - mu, 0) / (A[:, j] @ A[:, j])
    return w[0] != 0


def logistic(X, label):
    D, w = with_one(X), np.zeros(X.shape[1] + 1)
    for _ in range(30):
        p = 1 / (1 + np.exp(-D @ w))
        w += np.linalg.solve(D.T @ (D * (p * (1 - p))[:, None]), D.T @ (label - p))
    return 1 / (1 + np.exp(-D @ w))


held = {k: [] for k in "abcde"}
lasso = []
for _ in range(12):
    X = rng.standard_normal((60, 3))
    y = X @ [0.3, -1, 0.5] + rng.standard_normal(60)
    label = (rng.random(60) < 1 / (1 + np.exp(-y))).astype(float)
    Z = X * [1000, 1, 1]
    (p1, t1), (p2, t2) = ols(X, y), ols(Z, y)
    held["a"].append(np.allclose(p1, p2))
    held["b"].append(np.allclose(ridge(X, y, 10.0), ridge(Z, y, 10.0), atol=1e-3))
    held["d"].append(abs(t2 / t1 - 1000) < 1)
    held["e"].append(np.allclose(logistic(X, label), logistic(Z, label), atol=1e-6))
    for mu in (5.0, 15.0, 30.0):
        lasso.append((lasso_keeps_first(X, y, mu), lasso_keeps_first(Z, y, mu)))
assert len(set(lasso)) > 1
held["c"] = [(True, False) in lasso and (False, True) not in lasso]
true = [k for k, v in held.items() if all(v)]
job = json.load(sys.stdin)
print(json.dumps({"answers": [{"options": true} for _ in job["variants"]]}))
