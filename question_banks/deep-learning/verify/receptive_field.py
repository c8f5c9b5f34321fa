# Runs the layers on a one-dimensional slice (the side length is the same per axis) with positive weights,
# raises one input pixel at a time and counts the pixels that change a central output unit.
import json, sys
import numpy as np


def conv(x, k, d=1):
    n = x.shape[1] - (k - 1) * d
    return sum((1 + 0.1 * i) * x[:, i * d:i * d + n] for i in range(k))


def pool(x, s):
    n = x.shape[1] // s
    return x[:, :s * n].reshape(len(x), n, s).max(2)


cache, out = {}, []
for v in json.load(sys.stdin)["variants"]:
    p = v["params"]
    key = (p["k1"], p["s"], p["d"], p["k2"])
    if key not in cache:
        n = 120
        x = np.vstack([np.zeros(n), np.eye(n)])      # row 0: baseline; row i+1: pixel i raised
        y = conv(conv(pool(conv(x, p["k1"]), p["s"]), 3, p["d"]), p["k2"])
        c = y.shape[1] // 2
        hit = np.flatnonzero(y[1:, c] != y[0, c])
        cache[key] = hit.max() - hit.min() + 1
    out.append({"value": str(cache[key])})
print(json.dumps({"answers": out}))
