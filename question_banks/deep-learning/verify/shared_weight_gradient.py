# Differentiates the whole network as a black box: central differences of the loss
# at two step sizes, combined by Richardson extrapolation. No chain rule is used.
import json, sys


def loss(w, x, b, t):
    return 0.5 * (w * max(0.0, w * x + b) - t) ** 2


out = []
for v in json.load(sys.stdin)["variants"]:
    p = v["params"]
    f = lambda w: loss(w, p["x"], p["b"], p["t"])
    d = lambda s: (f(p["w"] + s) - f(p["w"] - s)) / (2 * s)
    out.append({"value": f"{(4 * d(5e-4) - d(1e-3)) / 3:.6f}"})
print(json.dumps({"answers": out}))
