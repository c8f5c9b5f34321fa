# Makes a text of 1,000 tokens with varying probabilities and byte lengths that have the stated means,
# adds up ideal code lengths -log2 p over all tokens and divides by the total number of bytes.
import json, sys
import numpy as np

rng = np.random.default_rng(14)
out = []
for v in json.load(sys.stdin)["variants"]:
    p, n = v["params"], 1000
    nll = rng.exponential(1.0, n)
    nll *= p["l"] / nll.mean()
    prob = np.exp(-nll)
    size = np.full(n, int(p["c"]))
    size[: round((p["c"] - int(p["c"])) * n)] += 1
    assert abs(size.mean() - p["c"]) < 1e-9 and abs(-np.log(prob).mean() - p["l"]) < 1e-9
    out.append({"value": f"{-np.log2(prob).sum() / size.sum():.6f}"})
print(json.dumps({"answers": out}))
