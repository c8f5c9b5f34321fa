# Draws random queries and keys and measures, with and without the division: row sums of the weights,
# agreement with the cosine, multiplications per score, size of the softmax gradient.
import json, sys
import numpy as np

json.load(sys.stdin)
rng = np.random.default_rng(11)


def softmax(s):
    w = np.exp(s - s.max(-1, keepdims=True))
    return w / w.sum(-1, keepdims=True)


def study(d, n=64):
    q, k = rng.standard_normal((2, n, d))
    raw = q @ k.T
    cos = raw / np.linalg.norm(q, axis=1)[:, None] / np.linalg.norm(k, axis=1)
    slope = lambda s: (softmax(s) * (1 - softmax(s))).mean() * n       # mean diagonal of the softmax Jacobian, x n
    return raw, raw / np.sqrt(d), cos, slope


sums, saturated, healthy, cosine = [], [], [], []
for d in (16, 64, 256, 1024):
    raw, scaled, cos, slope = study(d)
    sums.append(np.allclose(softmax(raw).sum(1), 1))
    cosine.append(np.allclose(scaled, cos, atol=0.05))
    saturated.append(slope(raw)); healthy.append(slope(scaled))
mults = [sum(1 for _ in range(d)) + 1 for d in (16, 1024)]             # d products, one division by sqrt(d)
claims = {
    "a": not all(sums),                                                # would need: raw rows do not sum to one
    "b": all(cosine),
    "c": mults[0] == mults[1],
    "d": saturated[-1] < 0.2 * healthy[-1] and min(healthy) > 0.9 * max(healthy) and saturated[-1] < 0.5 * saturated[0],
}
good = [k for k, v in claims.items() if v]
assert len(good) == 1, (claims, saturated, healthy)
print(json.dumps({"answers": [{"option": good[0]}]}))
