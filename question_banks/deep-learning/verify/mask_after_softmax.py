# Runs the code of the stem beside correct causal attention and changes the keys, then the values,
# of later positions only, to see what out[t] reacts to.
import json, sys
import numpy as np

json.load(sys.stdin)
rng = np.random.default_rng(10)
T, d, t = 6, 4, 2
q, k, v = rng.standard_normal((3, T, d))


def softmax(s):
    w = np.exp(s - s.max(-1, keepdims=True))
    return w / w.sum(-1, keepdims=True)


def stem(q, k, v):
    s = q @ k.T / d**0.5
    w = softmax(s)
    w = w * np.tril(np.ones((T, T)))
    return (w @ v)[t]


def usual(q, k, v):
    s = np.where(np.tril(np.ones((T, T))) > 0, q @ k.T / d**0.5, -np.inf)
    return (softmax(s) @ v)[t]


k2, v2 = k.copy(), v.copy()
k2[t + 1:] = rng.standard_normal((T - t - 1, d))
v2[t + 1:] = rng.standard_normal((T - t - 1, d))
assert np.allclose(usual(q, k, v), usual(q, k2, v2))
factor = lambda k: stem(q, k, v) / usual(q, k, v)
keys, values = not np.allclose(stem(q, k, v), stem(q, k2, v)), not np.allclose(stem(q, k, v), stem(q, k, v2))
claims = {
    "a": np.allclose(stem(q, k, v), usual(q, k, v)),
    "b": keys and not values,
    "c": values,
    "d": np.allclose(factor(k), factor(k2)),
}
good = [i for i, ok in claims.items() if ok]
assert len(good) == 1
print(json.dumps({"answers": [{"option": good[0]}]}))
