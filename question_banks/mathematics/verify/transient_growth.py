import json, sys
import numpy as np

# Runs the recursion for 1,000 steps and classifies the sequence of norms.
job = json.load(sys.stdin)
a = np.array([[0.9, 40.0], [0.0, 0.8]])
h = np.array([0.0, 1.0])
norms = [1.0]
for _ in range(1000):
    h = a @ h
    norms.append(float(np.linalg.norm(h)))
norms = np.array(norms)
claims = {
    "a": bool((np.diff(norms) < 0).all()),
    "b": bool(norms[-1] > 1e6),
    "c": bool(norms[-1] > 1e-3 and abs(norms[-1] / norms[-2] - 1) < 1e-6),
    "d": bool(80 < norms.max() < 120 and norms[-1] < 1e-9),
}
held = [k for k, true in claims.items() if true]
assert len(held) == 1, claims
print(json.dumps({"answers": [{"option": held[0]} for _ in job["variants"]]}))
