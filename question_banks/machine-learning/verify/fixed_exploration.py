# Runs the recommender for 20,000 visitors in 300 parallel simulations, records the expected loss along the way and fits
# the growth exponent over the second half of the run: 0, "almost 0", 1/2 or 1.
import json
import sys

import numpy as np

rng = np.random.default_rng(19)
RUNS, T = 300, 20_000
rates = np.array([0.3, 0.5])
clicks, shown = np.ones((RUNS, 2)) * 0.5, np.ones((RUNS, 2))
row = np.arange(RUNS)
loss = np.zeros(T)
for t in range(T):
    chosen = np.argmax(clicks / shown, 1)
    explore = rng.random(RUNS) < 0.1
    chosen = np.where(explore, rng.integers(0, 2, RUNS), chosen)
    clicks[row, chosen] += rng.random(RUNS) < rates[chosen]
    shown[row, chosen] += 1
    loss[t] = (rates.max() - rates[chosen]).mean()
total = np.cumsum(loss)
exponent = np.log(total[-1] / total[T // 4]) / np.log(4)
claims = {"a": exponent < 0.03, "b": 0.03 <= exponent < 0.3, "c": 0.3 <= exponent < 0.7, "d": exponent > 0.9}
true = [k for k, v in claims.items() if v]
assert len(true) == 1, exponent
print(json.dumps({"answers": [{"option": true[0]} for _ in json.load(sys.stdin)["variants"]]}))
