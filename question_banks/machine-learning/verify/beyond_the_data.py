# Grows a small forest of regression trees on the described data and reads off its prediction at x = 20.
# The option whose number is nearest to that prediction is the answer.
import json
import re
import sys

import numpy as np

rng = np.random.default_rng(3)


def grow(x, y, leaf=5):
    """Prediction function of a tree on sorted x with variance-reducing splits."""
    n = len(x)
    if n < 2 * leaf:
        return lambda q: y.mean()
    sums, k = np.cumsum(y)[:-1], np.arange(1, n)
    gain = sums**2 / k + (y.sum() - sums) ** 2 / (n - k)
    gain[: leaf - 1] = gain[n - leaf :] = -np.inf
    gain[x[1:] == x[:-1]] = -np.inf
    i = int(np.argmax(gain)) + 1
    if not np.isfinite(gain[i - 1]):
        return lambda q: y.mean()
    cut, left, right = (x[i - 1] + x[i]) / 2, grow(x[:i], y[:i]), grow(x[i:], y[i:])
    return lambda q: left(q) if q < cut else right(q)


x = np.sort(rng.uniform(0, 10, 1000))
y = 3 * x + 0.05 * rng.standard_normal(1000)
trees = []
for _ in range(20):
    i = np.sort(rng.integers(0, 1000, 1000))
    trees.append(grow(x[i], y[i]))
at_20 = np.mean([t(20.0) for t in trees])
answers = []
for v in json.load(sys.stdin)["variants"]:
    numbers = {k: float(re.search(r"\d+", t).group()) for k, t in v["options"].items()}
    answers.append({"option": min(numbers, key=lambda k: abs(numbers[k] - at_20))})
print(json.dumps({"answers": answers}))
