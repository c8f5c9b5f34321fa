# Runs Adam on pure gradient noise, with the penalty inside the gradient and outside it,
# for 400 copies of each weight, and compares how far the means have moved from 1.
import json, sys
import numpy as np

json.load(sys.stdin)


def shrink(decoupled, steps=4000, copies=400, lr=1e-3, lam=0.01):
    rng = np.random.default_rng(2)
    sd = np.array([[10.0], [0.1]])
    w = np.ones((2, copies)); m = np.zeros_like(w); s = np.zeros_like(w)
    for t in range(1, steps + 1):
        g = sd * rng.standard_normal(w.shape)
        if not decoupled:
            g = g + lam * w
        m = 0.9 * m + 0.1 * g
        s = 0.999 * s + 0.001 * g * g
        step = lr * (m / (1 - 0.9 ** t)) / (np.sqrt(s / (1 - 0.999 ** t)) + 1e-8)
        w = w - step - (lr * lam * w if decoupled else 0.0)
    return 1 - w.mean(1)


i, ii = shrink(False), shrink(True)
same = lambda r: abs(r[0] - r[1]) < 0.02
slow, fast = (lambda r: r[0] + 0.1 < r[1]), (lambda r: r[0] > r[1] + 0.1)
print("shrinkage of u, v:", i, ii, file=sys.stderr)
claims = {"a": fast(i) and same(ii), "b": slow(i) and same(ii), "c": same(i) and slow(ii), "d": same(i) and same(ii)}
good = [k for k, v in claims.items() if v]
assert len(good) == 1
print(json.dumps({"answers": [{"option": good[0]}]}))
