# Builds a small network of this kind and feeds it images of side 32 and 64 from one noise source:
# does it run, how do feature-map sizes and class scores compare?
import json, sys
import numpy as np

json.load(sys.stdin)
rng = np.random.default_rng(8)
w1, w2, head = rng.standard_normal((6, 1, 3, 3)), rng.standard_normal((8, 6, 3, 3)), rng.standard_normal((5, 8))
seen = []


def conv(x, w):
    p = np.pad(x, ((0, 0), (1, 1), (1, 1)))
    n = x.shape[1]
    return np.maximum(sum(np.einsum("oc,chw->ohw", w[:, :, i, j], p[:, i:i + n, j:j + n]) for i in range(3) for j in range(3)), 0)


def net(x):
    sizes = []
    for w in (w1, w2):
        x = conv(x, w)
        sizes.append(x.shape[1] * x.shape[2])
        x = x.reshape(x.shape[0], x.shape[1] // 2, 2, x.shape[2] // 2, 2).max((2, 4))
    seen.append(sizes)
    return head @ x.mean((1, 2))


small = np.mean([net(rng.standard_normal((1, 32, 32))) for _ in range(10)], 0)
failed = None
try:
    big = np.mean([net(rng.standard_normal((1, 64, 64))) for _ in range(10)], 0)
except ValueError as error:
    failed = str(error)
ratio = np.linalg.norm(big) / np.linalg.norm(small)
quadruple = all(b == 4 * s for s, b in zip(seen[0], seen[-1]))
claims = {"a": failed is not None, "b": failed is not None, "c": failed is None and quadruple and 0.7 < ratio < 1.4, "d": failed is None and 3 < ratio < 5}
good = [k for k, v in claims.items() if v]
assert len(good) == 1
print(json.dumps({"answers": [{"option": good[0]}]}))
