import json, sys
import numpy as np

# Builds such an X, collects several minimisers (checked by their gradient) and compares them
# with each other: number, fitted vectors, weights on the two copies.
job = json.load(sys.stdin)
rng = np.random.default_rng(2)
x = rng.normal(size=(30, 4))
x = np.column_stack([x, x[:, 1]])  # column 4 is a copy of column 1
y = rng.normal(size=30)
found = []
for _ in range(20):  # gradient descent from random starts ends in some minimiser
    w = rng.normal(size=5) * 3
    for _ in range(3000):
        w = w - 0.01 * x.T @ (x @ w - y)
    if np.linalg.norm(x.T @ (x @ w - y)) < 1e-8:
        found.append(w)
ws = np.array(found)
exists = len(ws) > 0
several = exists and ws.std(axis=0).max() > 0.1
same_fit = exists and (ws @ x.T).std(axis=0).max() < 1e-7
equal = exists and np.allclose(ws[:, 1], ws[:, 4])
one_zero = exists and bool((np.abs(ws[:, [1, 4]]).min(axis=1) < 1e-7).all())
claims = {
    "a": not exists,
    "b": exists and not several and equal,
    "c": several and same_fit,
    "d": several and not same_fit,
    "e": exists and not several and one_zero,
}
held = [k for k, true in claims.items() if true]
assert len(held) == 1, claims
print(json.dumps({"answers": [{"option": held[0]} for _ in job["variants"]]}))
