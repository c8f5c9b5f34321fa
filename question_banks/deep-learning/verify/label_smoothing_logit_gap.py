# Minimises the smoothed cross-entropy over free logits by gradient descent from a random start
# and reads off the gap between the labelled logit and the others.
import json, sys
import numpy as np

rng = np.random.default_rng(5)
cache, out = {}, []
for v in json.load(sys.stdin)["variants"]:
    k, s = v["params"]["k"], v["params"]["s"]
    if (k, s) not in cache:
        q = np.full(k, s / k)
        q[0] += 1 - s
        z = rng.standard_normal(k)
        for _ in range(6000):
            w = np.exp(z - z.max())
            z = z - (w / w.sum() - q)
        assert np.ptp(z[1:]) < 1e-4
        cache[k, s] = z[0] - z[1:].mean()
    out.append({"value": f"{cache[k, s]:.5f}"})
print(json.dumps({"answers": out}))
