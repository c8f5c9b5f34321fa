# Builds a task with the described symptoms (the label follows an interaction with 4 % label noise), carries out the four
# steps and picks the one that lowers the validation error clearly.
import json
import sys

import numpy as np

rng = np.random.default_rng(14)


def make(n):
    X = rng.standard_normal((n, 6))
    y = (0.8 * X[:, 0] + 1.5 * X[:, 1] * X[:, 2] > 0) ^ (rng.random(n) < 0.04)
    return X, y.astype(float)


def design(X, rich=False):
    parts = [np.ones((len(X), 1)), X]
    if rich:
        parts += [X[:, [i]] * X[:, [j]] for i in range(6) for j in range(i)]
    return np.hstack(parts)


def fit(D, y, penalty=1e-3, steps=12):
    w = np.zeros(D.shape[1])
    for _ in range(steps):
        p = 1 / (1 + np.exp(-np.clip(D @ w, -30, 30)))
        H = (D * (p * (1 - p))[:, None]).T @ D + penalty * np.eye(len(w))
        w += np.linalg.solve(H, D.T @ (y - p) - penalty * w)
    return w


def error(D, y, w):
    return ((D @ w > 0) != y).mean()


V, t = make(20_000)
X, y = make(20_000)
big_X, big_y = make(40_000)
w = fit(design(X), y)
start = error(design(V), t, w)
assert start > 0.25 and abs(error(design(X), y, w) - start) < 0.02
assert abs(error(design(V), t, fit(design(big_X), big_y)) - start) < 0.02
huge_X, huge_y = make(200_000)
after = {
    "a": error(design(V), t, fit(design(huge_X), huge_y)),
    "b": min(error(design(V), t, fit(design(X), y, c)) for c in (1, 10, 100, 1000)),
    "c": error(design(V, True), t, fit(design(X, True), y)),
    "d": min(error(design(V), t, fit(design(X), y, steps=s)) for s in range(1, 12)),
}
helps = [k for k, v in after.items() if v < start - 0.05]
assert len(helps) == 1, (start, after)
print(json.dumps({"answers": [{"option": helps[0]} for _ in json.load(sys.stdin)["variants"]]}))
