# Builds 128-dimensional embeddings for each proposed state (several batches) and checks
# which one gives 5.545 to three decimals in every batch.
import json, sys
import numpy as np

json.load(sys.stdin)
rng = np.random.default_rng(17)
N, tau = 256, 0.1
unit = lambda v: v / np.linalg.norm(v, axis=1, keepdims=True)


def loss(u, v):
    s = unit(u) @ unit(v).T / tau
    top = s.max(1, keepdims=True)
    return (np.log(np.exp(s - top).sum(1)) + top[:, 0] - np.diag(s)).mean()


def states(d):
    base = rng.standard_normal((N, d))
    noise = lambda c: c * rng.standard_normal((N, d))
    one = rng.standard_normal((1, d))
    return {
        "a": (base + noise(0.1), base + noise(0.1)),
        "b": (one + noise(1e-5), one + noise(1e-5)),
        "c": (base + noise(0.1), -base + noise(0.1)),
        "d": (base, noise(1.0)),
    }


values = {k: [] for k in "abcd"}
for _ in range(20):
    for k, (u, v) in states(128).items():
        values[k].append(loss(u, v))
print({k: (min(v), max(v)) for k, v in values.items()}, file=sys.stderr)
good = [k for k, v in values.items() if all(round(x, 3) == 5.545 for x in v)]
assert len(good) == 1
print(json.dumps({"answers": [{"option": good[0]}]}))
