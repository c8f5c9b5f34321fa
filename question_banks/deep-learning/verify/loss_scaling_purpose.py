# Back-propagates through a small fp16 chain with loss scale 1 and 1024 and checks each claimed gain:
# forward overflow, size of the recovered gradients against float64, number of operations, values flushed to zero.
import json, sys
import numpy as np

json.load(sys.stdin)
rng = np.random.default_rng(18)
np.seterr(all="ignore")
ws = [rng.standard_normal((32, 32)) / 6 for _ in range(4)]


def run(scale, dtype, x, top):
    ops, hs = 0, [x.astype(dtype)]
    for w in ws:
        hs.append(w.astype(dtype) @ hs[-1]); ops += 1
    g, grads = (scale * top).astype(dtype), []
    for w, h in zip(ws[::-1], hs[-2::-1]):
        grads.append(np.outer(g, h).astype(dtype)); ops += 1
        g = w.astype(dtype).T @ g; ops += 1
    return hs, [q.astype(np.float32) / scale for q in grads], ops


x, top = rng.standard_normal(32), 1e-7 * rng.standard_normal(32)
_, exact, _ = run(1, np.float64, x, top)
_, plain, ops1 = run(1, np.float16, x, top)
_, scaled, ops2 = run(1024, np.float16, x, top)
flat = lambda gs: np.concatenate([q.ravel() for q in gs])
zero = lambda gs: (flat(gs) == 0).mean()
huge = [np.isinf(run(s, np.float16, 6e4 * np.ones(32), top)[0][1]).sum() for s in (1, 1024)]
assert huge[0] > 0
ratio = np.linalg.norm(flat(scaled)) / np.linalg.norm(flat(exact))
claims = {"a": huge[1] < huge[0], "b": ratio > 1.5, "c": ops2 < ops1, "d": zero(plain) > 0.1 and zero(scaled) < 0.1 * zero(plain)}
good = [k for k, v in claims.items() if v]
assert len(good) == 1, (claims, zero(plain), zero(scaled))
print(json.dumps({"answers": [{"option": good[0]}]}))
