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
    "c": bool(abs(norms[-1] - 200) < 20),
    "d": bool(norms.max() > 100 and norms.argmax() > 1 and norms[-1] < 1e-9),
    "e": bool(norms.argmax() == 1 and abs(norms[1] - 40) < 2 and norms[-1] < 1e-9),
}
held = [k for k, true in claims.items() if true]
assert len(held) == 1, claims
print(json.dumps({"answers": [{"option": held[0]} for _ in job["variants"]]}))
