import json, sys
import numpy as np

# Simulates 1,000,000 pairs and tests each statement against the sample.
job = json.load(sys.stdin)
from math import erf, sqrt

rng = np.random.default_rng(32)
n = 1_000_000
x = rng.normal(size=n)
y = x * rng.choice([-1, 1], size=n)


def normal(z):
    z = np.sort((z - z.mean()) / z.std())[:: n // 2000]
    cdf = np.array([0.5 * (1 + erf(v / sqrt(2))) for v in z])
    return bool(np.abs(cdf - np.arange(len(z)) / len(z)).max() < 0.005)


both = np.mean((np.abs(x) > 1) & (np.abs(y) > 1))
claims = {
    "a": normal(y) and abs(y.std() - 1) < 0.01 and abs(y.mean()) < 0.01,
    "b": bool(abs(both - np.mean(np.abs(x) > 1) * np.mean(np.abs(y) > 1)) < 0.005),
    "c": normal(x + y),
    "d": bool(abs(np.mean(x * y) - x.mean() * y.mean()) < 0.01),
    "e": bool(abs(np.mean(x**2 * y**2) - 3) < 0.1),
}
print(json.dumps({"answers": [{"options": [k for k, true in claims.items() if true]} for _ in job["variants"]]}))
