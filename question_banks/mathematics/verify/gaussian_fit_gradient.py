import json, sys
import numpy as np

# Compares tr(M dS) of each candidate with a central difference of f along many random symmetric directions.
job = json.load(sys.stdin)
rng = np.random.default_rng(13)


def spd():
    r = rng.normal(size=(4, 6))
    return r @ r.T / 6 + 0.3 * np.eye(4)


def f(m, s):
    return np.linalg.slogdet(m)[1] + np.trace(np.linalg.solve(m, s))


claims = dict.fromkeys("abcde", True)
for _ in range(50):
    m, s, d = spd(), spd(), rng.normal(size=(4, 4))
    d = d + d.T
    h = 1e-5
    slope = (f(m + h * d, s) - f(m - h * d, s)) / (2 * h)
    i = np.linalg.inv(m)
    det = np.linalg.det(m)
    candidates = {"a": i @ (m + s) @ i, "b": det * i - i @ s @ i, "c": i - i @ i @ s, "d": i - i @ s @ i, "e": det * i - i @ i @ s}
    for k, c in candidates.items():
        claims[k] = claims[k] and bool(abs(np.trace(c @ d) - slope) < 1e-5 * max(1, abs(slope)))
held = [k for k, true in claims.items() if true]
assert len(held) == 1, claims
print(json.dumps({"answers": [{"option": held[0]} for _ in job["variants"]]}))
