# Solves hard-margin machines exactly in the plane (closest points of the two convex hulls are a pair of points or a
# point and a segment) on many small integer data sets and looks for a counterexample to each statement.
import json
import sys

import numpy as np

rng = np.random.default_rng(7)


def machine(X, y):
    """(w, b, margin) of the widest separating line, or None."""
    A, B = X[y > 0], X[y < 0]
    best = None
    directions = [a - b for a in A for b in B]
    for side in (A, B):
        for i in range(len(side)):
            for j in range(i):
                dx, dy = side[i] - side[j]
                directions += [np.array([-dy, dx]), np.array([dy, -dx])]
    for w in directions:
        size = np.hypot(*w)
        if size == 0:
            continue
        u = w / size
        low, high = (B @ u).max(), (A @ u).min()
        if high - low > 1e-9 and (best is None or high - low > best[2] + 1e-12):
            best = (u, -(low + high) / 2, high - low)
    return best


def same(m, k):
    return np.allclose(m[0], k[0], atol=1e-7) and abs(m[1] - k[1]) < 1e-7


holds = dict.fromkeys("abcde", True)
queries = rng.uniform(-2, 8, (60, 2))
cases = 0
while cases < 150:
    X = rng.integers(0, 6, (7, 2)).astype(float)
    y = np.array([1, 1, 1, 1, -1, -1, -1])
    m = machine(X, y)
    if m is None:
        continue
    cases += 1
    on_margin = np.abs(y * (X @ m[0] + m[1]) - m[2] / 2) < 1e-7
    wrong = 0
    for i in range(7):
        rest = np.arange(7) != i
        k = machine(X[rest], y[rest])
        if not on_margin[i] and not same(m, k):
            holds["a"] = False
        if k[2] < m[2] - 1e-9:
            holds["c"] = False
        if on_margin[i] and same(m, k):
            holds["d"] = False
        wrong += y[i] * (X[i] @ k[0] + k[1]) <= 1e-9
    if wrong > on_margin.sum():
        holds["b"] = False
    stretched = machine(X * 10, y)
    if (np.sign(queries @ m[0] + m[1]) != np.sign((queries * 10) @ stretched[0] + stretched[1])).any():
        holds["e"] = False
true = [k for k, v in holds.items() if v]
print(json.dumps({"answers": [{"options": true} for _ in json.load(sys.stdin)["variants"]]}))
