# Evaluates the expression of every option in float64 over the whole range and compares it with 400-digit decimal arithmetic.
# Exactly one stays within a relative error of 1e-12 everywhere.
import json
import sys
from decimal import Decimal, getcontext

import numpy as np

getcontext().prec = 400
points = [-700.0, -600.5, -300.25, -50.0, -40.0, -36.5, -20.0, -5.5, -1.0, -0.125, 0.0, 0.3, 2.0, 30.0, 36.9, 200.0, 700.0, 709.5, 720.0, 1000.0]
truth = [(1 + Decimal(x).exp()).ln() for x in points]


def accurate(expression):
    with np.errstate(all="ignore"):
        got = eval(expression, {"np": np, "x": np.array(points)})
    if not np.isfinite(got).all():
        return False
    return all(abs(Decimal(float(g)) / t - 1) < Decimal("1e-12") for g, t in zip(got, truth))


answers = []
for v in json.load(sys.stdin)["variants"]:
    good = [o for o, text in v["options"].items() if accurate(text.strip("`"))]
    assert len(good) == 1, good
    answers.append({"option": good[0]})
print(json.dumps({"answers": answers}))
