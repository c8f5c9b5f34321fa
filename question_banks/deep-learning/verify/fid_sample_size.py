# Estimates the Frechet distance repeatedly in a scaled-down setting (40 dimensions, 100 or 1,000 samples:
# about the ratio of samples to dimensions of the item) and compares the averages.
import json, sys
import numpy as np

json.load(sys.stdin)
rng = np.random.default_rng(16)
d = 40
spec = 1.0 / np.arange(1, d + 1)                                  # decaying spectrum, as of real features
mu, scale = np.full(d, 0.08), np.sqrt(spec * rng.uniform(0.6, 1.6, d))   # generator: somewhat off in both moments


def root(m):
    w, u = np.linalg.eigh(m)
    return (u * np.sqrt(np.maximum(w, 0))) @ u.T


half = np.diag(np.sqrt(spec))
frechet = lambda m, c: m @ m + np.trace(c) + spec.sum() - 2 * np.trace(root(half @ c @ half))


def average(n, runs=60):
    f = []
    for _ in range(runs):
        x = mu + rng.standard_normal((n, d)) * scale
        f.append(frechet(x.mean(0), np.cov(x.T)))
    return np.mean(f), np.std(f) / np.sqrt(runs)


(small, e1), (large, e2) = average(100), average(1000)
err = 4 * np.hypot(e1, e2)
true = frechet(mu, np.diag(scale ** 2))
print(f"few {small:.3f}, many {large:.3f}, true {true:.3f}", file=sys.stderr)
claims = {"a": abs(small - large) < err, "b": small < large - err, "c": large + err < small < 7 * large, "d": small >= 7 * large}
good = [k for k, v in claims.items() if v]
assert len(good) == 1
print(json.dumps({"answers": [{"option": good[0]}]}))
