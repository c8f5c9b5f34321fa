# Repeats the analyst's experiment on pure noise, with several fold assignments for each data set, and tests the four
# descriptions against the distribution of the cross-validated accuracy.
import json
import sys

import numpy as np

rng = np.random.default_rng(15)
N, P, K = 80, 20_000, 50


def cross_validate(X, y):
    fold, right = rng.permutation(N) % 10, 0
    for i in range(10):
        train, test = fold != i, fold == i
        A, mean = X[train], X[train].mean(0)
        level = y[train].mean()
        w = np.linalg.solve((A - mean).T @ (A - mean) + 10 * np.eye(K), (A - mean).T @ (y[train] - level))
        right += (np.sign((X[test] - mean) @ w + level) == y[test]).sum()
    return right / N


means, spreads = [], []
for _ in range(12):
    X, y = rng.standard_normal((N, P)), rng.integers(0, 2, N) * 2.0 - 1
    correlation = np.abs((X - X.mean(0)).T @ (y - y.mean())) / X.std(0)
    kept = X[:, np.argsort(-correlation)[:K]]
    accuracy = [cross_validate(kept, y) for _ in range(5)]
    means.append(np.mean(accuracy))
    spreads.append(np.std(accuracy))
mean, spread = np.mean(means), np.mean(spreads)
claims = {
    "a": 0.4 < mean < 0.6 and spread < 0.1,
    "b": mean > 0.8 and np.mean(np.array(means) > 0.9) > 0.3,
    "c": mean < 0.4,
    "d": 0.4 < mean < 0.6 and spread >= 0.1,
}
true = [k for k, v in claims.items() if v]
assert len(true) == 1, (means, spreads)
print(json.dumps({"answers": [{"option": true[0]} for _ in json.load(sys.stdin)["variants"]]}))
