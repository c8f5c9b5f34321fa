# Reproduces the pattern of the table with an over-parameterised classifier trained by small-step gradient
# descent on clean splits (no leak, 20,000 validation points) and tests each explanation on it.
import json, sys
import numpy as np

json.load(sys.stdin)
rng = np.random.default_rng(6)
n, m, d, width = 300, 20000, 40, 600
truth = rng.standard_normal(d) / np.sqrt(d)
draw = lambda k: (lambda x: (x, np.where(x @ truth + 0.3 * rng.standard_normal(k) > 0, 1.0, -1.0)))(rng.standard_normal((k, d)))
(xa, ya), (xb, yb) = draw(n), draw(m)
w = rng.standard_normal((d, width)) / np.sqrt(d)
phi = lambda x: np.maximum(x @ w, 0) / np.sqrt(width)
fa, fb = phi(xa), phi(xb).astype(np.float32)
v, train, snap = np.zeros(width), [], []
for t in range(8001):
    z = ya * (fa @ v)
    train.append(np.logaddexp(0, -z).mean())
    if t in (400, 8000):
        zb = yb * (fb @ v.astype(np.float32))
        snap.append((np.logaddexp(0, -zb), zb > 0))
    v += 5.0 * fa.T @ (ya / (1 + np.exp(z))) / n
(l0, r0), (l1, r1) = snap
both_right, both_wrong = r0 & r1, ~r0 & ~r1
print(l0.mean(), l1.mean(), r0.mean(), r1.mean(), train[400], train[-1], file=sys.stderr)
assert l1.mean() > l0.mean() + 0.04 and r1.mean() >= r0.mean()      # the pattern to be explained
se = (l1 - l0).std() / np.sqrt(m)
claims = {
    "a": bool(np.any(np.diff(train) > 1e-9)),                              # would show in the training curve
    "b": (l1 - l0).mean() < 4 * se,                                        # would be within sampling error
    "c": False if np.intersect1d(xa[:, 0], xb[:, 0]).size == 0 else True,  # pattern arises without a shared image
    "d": bool(l1[both_wrong].mean() > l0[both_wrong].mean() and l1[both_right].mean() < l0[both_right].mean()
              and (l1 - l0)[both_wrong].sum() > -(l1 - l0)[both_right].sum()),
}
good = [k for k, ok in claims.items() if ok]
assert len(good) == 1
print(json.dumps({"answers": [{"option": good[0]}]}))
