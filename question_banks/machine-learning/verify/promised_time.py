# Minimises each loss over the prediction for a large right-skewed sample (one kind of order) by ternary search and
# measures which share of the deliveries takes longer than the minimiser.
import json
import sys

import numpy as np

rng = np.random.default_rng(12)
late_shares = {k: [] for k in "abcd"}


def pinball(level):
    return lambda f, t: np.where(t > f, level * (t - f), (1 - level) * (f - t)).mean()


losses = {
    "a": lambda f, t: ((t - f) ** 2).mean(),
    "b": lambda f, t: ((np.log(t) - np.log(f)) ** 2).mean(),
    "c": pinball(0.9),
    "d": pinball(0.1),
}
for draw in (lambda n: rng.lognormal(1, 0.7, n), lambda n: 1 + rng.exponential(3, n), lambda n: rng.gamma(1.5, 2, n)):
    times = draw(40_000)
    for key, loss in losses.items():
        lo, hi = times.min(), times.max()
        for _ in range(60):
            a, b = lo + (hi - lo) / 3, hi - (hi - lo) / 3
            lo, hi = (lo, b) if loss(a, times) < loss(b, times) else (a, hi)
        late_shares[key].append((times > lo).mean())
true = [k for k, v in late_shares.items() if all(abs(s - 0.1) < 0.02 for s in v)]
assert len(true) == 1, late_shares
print(json.dumps({"answers": [{"option": true[0]} for _ in json.load(sys.stdin)["variants"]]}))
