# Compares the shifted and the plain softmax in 60-digit decimals, and looks for overflow and underflow of the shifted code in float64.
# Each option's claim is tested; exactly one survives.
import json
import sys
from decimal import Decimal, getcontext

import numpy as np

CODE = """
import numpy as np

def softmax(z):
    e = np.exp(z - z.max())
    return e / e.sum()
"""
space = {}
exec(CODE, space)
getcontext().prec = 60


def exact(scores, shift):
    e = [(Decimal(s) - shift).exp() for s in scores]
    return [x / sum(e) for x in e]


rng = np.random.default_rng(0)
same = flatter = True
overflow = underflow = plain_overflow = False
for scale in (1, 10, 300, 3000):
    for _ in range(20):
        scores = [int(s) for s in rng.integers(-scale, scale + 1, 5)]
        one, two = exact(scores, 0), exact(scores, max(scores))
        same &= all(abs(x - y) < Decimal(10) ** -50 for x, y in zip(one, two))
        flatter &= max(two) < max(one)
        z = np.array(scores, float)
        with np.errstate(over="ignore"):
            plain_overflow |= bool(np.isinf(np.exp(z)).any())
        e = np.exp(z - z.max())
        overflow |= bool(np.isinf(e).any())
        underflow |= bool((e == 0).any())
        got = space["softmax"](z)
        assert np.allclose(got, [float(x) for x in one], rtol=1e-12, atol=1e-300)
holds = {
    ("is the same", "underflow"): same and not underflow,
    ("is the same", "overflow"): same and plain_overflow and not overflow,
    ("less peaked", "underflow"): flatter and not underflow,
    ("less peaked", "overflow"): flatter and plain_overflow and not overflow,
}
answers = []
for v in json.load(sys.stdin)["variants"]:
    good = [o for o, text in v["options"].items() if next(h for parts, h in holds.items() if all(f" {part}" in text for part in parts))]
    assert len(good) == 1, holds
    answers.append({"option": good[0]})
print(json.dumps({"answers": answers}))
