# Allocates the tensors of a scaled-down model (n * 1,024 parameters) rank by rank as NumPy arrays,
# measures the bytes held by the fullest rank, and scales the count up to n * 10^9 parameters.
import json, sys
import numpy as np

SMALL = 1024
out = []
for v in json.load(sys.stdin)["variants"]:
    n, g = v["params"]["n"], v["params"]["g"]
    params = n * SMALL
    held = []
    for rank in range(g):
        mine = len(np.array_split(np.empty(params, np.uint8), g)[rank]) if rank in (0, g - 1) else None
        if mine is None:
            continue
        tensors = [np.empty(params, np.float16)]                       # weights: all of them on each rank
        tensors += [np.empty(mine, np.float16)]                        # this rank's shard of the gradients
        tensors += [np.empty(mine, np.float32) for _ in range(3)]      # master weights and two moments
        held.append(sum(t.nbytes for t in tensors))
    out.append({"value": repr(max(held) / SMALL), "unit": "GB"})       # bytes / 1,024 params = GB / 10^9 params
print(json.dumps({"answers": out}))
