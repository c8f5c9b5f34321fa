# Fits ridge on random data with and without the copied column and tests the five statements on the fits:
# equal predictions, penalty halved, doubled, quartered, flat directions at the optimum (smallest Hessian eigenvalue).
import json
import sys

import numpy as np


def ridge(X, y, penalties):
    return np.linalg.solve(X.T @ X + np.diag(penalties), X.T @ y)


def statement_holds():
    rng = np.random.default_rng(1)
    seen = {"a": [], "d": [], "c": [], "b": [], "e": []}
    for _ in range(50):
        X = rng.standard_normal((30, 4)) @ rng.standard_normal((4, 4))
        X -= X.mean(0)
        y = X @ rng.standard_normal(4) + rng.standard_normal(30)
        lam = rng.uniform(0.5, 20)
        twice = np.column_stack([X, X[:, 0]])
        w = ridge(twice, y, [lam] * 5)
        prediction = twice @ w

        def same(penalties):
            return np.allclose(prediction, X @ ridge(X, y, penalties), atol=1e-8)

        seen["a"].append(same([lam] * 4))
        seen["d"].append(same([lam / 2] + [lam] * 3))
        seen["e"].append(same([lam / 4] + [lam] * 3))
        seen["c"].append(same([2 * lam] + [lam] * 3))
        seen["b"].append(np.linalg.eigvalsh(twice.T @ twice + lam * np.eye(5))[0] < 1e-9)
    return [k for k, v in seen.items() if all(v)]


job = json.load(sys.stdin)
true = statement_holds()
assert len(true) == 1
print(json.dumps({"answers": [{"option": true[0]} for _ in job["variants"]]}))
