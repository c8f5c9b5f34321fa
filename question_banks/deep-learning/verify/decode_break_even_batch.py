# Times decoding steps of a model of square layers from counted bytes and counted operations, layer by layer,
# and locates the batch size at which the step time starts to grow.
import json, sys


def step_time(b, peak, bandwidth, bytes_per_weight, layers=12, d=4096):
    read = compute = 0.0
    for _ in range(layers):
        weights = d * d
        read += weights * bytes_per_weight / bandwidth
        multiplies = adds = weights * b
        compute += (multiplies + adds) / peak
    return max(read, compute)                              # perfect overlap


out = []
for v in json.load(sys.stdin)["variants"]:
    p = v["params"]
    f = lambda b: step_time(b, p["p"] * 1e12, p["bw"] * 1e12, p["w"])
    floor, lo, hi = f(1e-6), 1e-6, 1e6
    for _ in range(60):
        mid = (lo + hi) / 2
        lo, hi = (lo, mid) if f(mid) > floor * (1 + 1e-12) else (mid, hi)
    out.append({"value": f"{hi:.6g}"})
print(json.dumps({"answers": out}))
