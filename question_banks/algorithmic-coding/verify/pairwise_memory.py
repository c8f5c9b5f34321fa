# Runs the code of the stem on real arrays with each axis shrunk in turn to lengths 1 and 2; nbytes is linear in each axis,
# so the bytes for the full lengths follow from the measured sizes (the full arrays could need gigabytes).
import json
import sys

import numpy as np

CODE = """
diff = x[:, None, :] - y[None, :, :]
dist2 = (diff ** 2).sum(axis=-1)
"""


def measured(n, m, d):
    space = {"x": np.ones((n, d)), "y": np.ones((m, d))}
    exec(CODE, space)
    assert space["dist2"].shape == (n, m)
    return space["diff"].nbytes


def extrapolated(n, m, d):
    base = measured(5, 3, 2)
    for factor, shape in ((4, (20, 3, 2)), (7, (5, 21, 2)), (3, (5, 3, 6))):
        assert measured(*shape) == factor * base     # proportional to every axis
    return base * n * m * d / 30


assert measured(60, 50, 16) == extrapolated(60, 50, 16)
answers = []
for v in json.load(sys.stdin)["variants"]:
    p = v["params"]
    answers.append({"value": str(extrapolated(p["n"], p["m"], p["d"]) / 10**6), "unit": "MB"})
print(json.dumps({"answers": answers}))
