# Trains the free logits of the buggy pipeline by gradient descent (softmax, then softmax + cross-entropy)
# and reports the loss it approaches; random probability vectors confirm that none is lower.
import json, sys
import numpy as np

rng = np.random.default_rng(0)


def softmax(z):
    w = np.exp(z - z.max(-1, keepdims=True))
    return w / w.sum(-1, keepdims=True)


def floor(k):
    z = rng.standard_normal(k) * 0.1
    for i in range(4000):
        p = softmax(z)
        g = softmax(p)
        g[0] -= 1.0                                   # d loss / d p
        dz = p * (g - p @ g)                          # through the first softmax
        z -= dz / (np.abs(dz).max() + 1e-300) * 0.01  # normalised steps: the slope fades away
    loss = -np.log(softmax(softmax(z)))[0]
    q = np.vstack([rng.dirichlet(np.full(k, a), 500) for a in (0.02, 0.2, 1.0)])
    q = q[np.isfinite(q).all(1)]
    assert (-np.log(softmax(q))[:, 0]).min() > loss - 1e-6
    return loss


cache, out = {}, []
for v in json.load(sys.stdin)["variants"]:
    k = v["params"]["k"]
    if k not in cache:
        cache[k] = floor(k)
    out.append({"value": f"{cache[k]:.5f}"})
print(json.dumps({"answers": out}))
