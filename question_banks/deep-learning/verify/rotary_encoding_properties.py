# Implements the rotation of the stem and tests each statement on random vectors,
# including step-by-step decoding with a cache of rotated keys.
import json, sys
import numpy as np

json.load(sys.stdin)
rng = np.random.default_rng(12)
d, T = 16, 12
theta = 10000.0 ** (-np.arange(d // 2) / (d // 2))


def rot(x, pos):
    a, b = x[..., 0::2], x[..., 1::2]
    c, s = np.cos(pos * theta), np.sin(pos * theta)
    y = np.empty_like(x)
    y[..., 0::2], y[..., 1::2] = a * c - b * s, a * s + b * c
    return y


def weights(q, k, start=0):
    s = np.array([[rot(q[m], m + start) @ rot(k[n], n + start) if n <= m else -np.inf for n in range(T)] for m in range(T)]) / np.sqrt(d)
    w = np.exp(s - s.max(1, keepdims=True))
    return w / w.sum(1, keepdims=True)


q, k = rng.standard_normal((2, T, d))
score = lambda m, n: rot(q[0], m) @ rot(k[0], n)
by_distance = [np.ptp([score(m, m - g) for m in range(g, g + 200, 7)]) for g in (0, 1, 5, 40)]
falls = [bool(np.all(np.diff([rot(q[i], g) @ rot(k[i], 0) for g in range(60)]) <= 0)) for i in range(T)]
cache, decoded = [], np.zeros((T, T))
for m in range(T):                                           # decoding: rotate the new key once, keep it
    cache.append(rot(k[m], m))
    s = np.array([rot(q[m], m) @ c for c in cache]) / np.sqrt(d)
    w = np.exp(s - s.max())
    decoded[m, :m + 1] = w / w.sum()
claims = {
    "a": max(by_distance) < 1e-9 and abs(score(3, 1) - score(9, 1)) > 1e-6,
    "b": all(np.isclose(np.linalg.norm(rot(x, p)), np.linalg.norm(x)) for x in q for p in (0, 3, 77)),
    "c": all(np.isclose(rot(q[i], m) @ rot(k[i], n), rot(q[i], n) @ rot(k[i], m)) for i in range(T) for m, n in ((5, 2), (40, 7))),
    "d": all(falls),
    "e": np.allclose(decoded, weights(q, k)),
}
print(json.dumps({"answers": [{"options": [i for i, ok in claims.items() if ok]}]}))
