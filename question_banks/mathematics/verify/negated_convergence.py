import json, sys
import numpy as np

# Reads "|x_n - x| < eps" as an arbitrary truth table over (eps, N, n >= N) and compares each candidate with
# the opposite of the definition on 3,000 random tables.
job = json.load(sys.stdin)
rng = np.random.default_rng(41)
claims = dict.fromkeys("abcd", True)
for _ in range(3000):
    close = rng.random((3, 3, 3)) < rng.random()  # axes: eps, N, n
    converges = close.all(axis=2).any(axis=1).all(axis=0)
    far = ~close
    candidates = {
        "a": far.all(axis=2).any(axis=1).any(axis=0),
        "b": far.any(axis=2).all(axis=1).any(axis=0),
        "c": far.any(axis=2).all(axis=1).all(axis=0),
        "d": far.all(axis=2).any(axis=1).all(axis=0),
    }
    for k, value in candidates.items():
        claims[k] = claims[k] and bool(value) == (not converges)
held = [k for k, true in claims.items() if true]
assert len(held) == 1, claims
print(json.dumps({"answers": [{"option": held[0]} for _ in job["variants"]]}))
