# Builds 30 examples in which the first one has the stated target, fitted value and leverage (inputs and target of that
# example set by bisection), then deletes it, fits again and predicts it. The shortcut formula is not used.
import json
import sys

import numpy as np

rng = np.random.default_rng(21)
INPUTS = rng.standard_normal((30, 2))
NOISE = rng.standard_normal(30)


def design(scale):
    X = np.column_stack([np.ones(30), INPUTS])
    X[0, 1:] = scale * np.array([1.0, 0.7])
    return X


def bisect(f, target, lo, hi):
    for _ in range(80):
        mid = (lo + hi) / 2
        lo, hi = (mid, hi) if f(mid) < target else (lo, mid)
    return lo


def leverage(X):
    return X[0] @ np.linalg.solve(X.T @ X, X[0])


def solve(y, gap, h):
    X = design(bisect(lambda scale: leverage(design(scale)), h, 0.5, 50))
    targets = NOISE.copy()
    targets[0] = y

    def fitted(shift):
        """Fitted value of the first example when the other targets are moved by a constant."""
        moved = np.r_[targets[0], targets[1:] + shift]
        return X[0] @ np.linalg.lstsq(X, moved, rcond=None)[0]

    targets[1:] += bisect(fitted, y - gap, -500, 500)
    assert abs(leverage(X) - h) < 1e-9 and abs(fitted(0) - (y - gap)) < 1e-8
    return X[0] @ np.linalg.lstsq(X[1:], targets[1:], rcond=None)[0]


job = json.load(sys.stdin)
print(json.dumps({"answers": [{"value": f"{solve(**v['params']):.4f}"} for v in job["variants"]]}))
