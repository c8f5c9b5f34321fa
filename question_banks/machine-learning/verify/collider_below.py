# Draws random conditional probability tables for the graph, builds the full joint of the six binary variables and
# tests each option's independence by exact summation; the statement must hold in all of 40 networks.
import json
import re
import sys

import numpy as np

rng = np.random.default_rng(8)
NAMES = "ABCDEF"


def joint():
    def coin(*parents):
        p = rng.uniform(0.1, 0.9, (2,) * len(parents))
        return np.stack([1 - p, p], -1)

    return np.einsum("a,b,f,abc,cd,bfe->abcdef", coin(), coin(), coin(), coin(0, 0), coin(0), coin(0, 0))


def independent(table, x, y, given):
    keep = x + y + given
    p = np.einsum(f"abcdef->{keep.lower()}", table)
    left = p * p.sum((0, 1), keepdims=True)
    right = p.sum(1, keepdims=True) * p.sum(0, keepdims=True)
    return np.allclose(left, right, atol=1e-12)


networks = [joint() for _ in range(40)]
answers = []
for v in json.load(sys.stdin)["variants"]:
    true = []
    for key, text in v["options"].items():
        left, given = text.split(r"\mid")
        x, y = re.findall("[A-F]", left)
        if all(independent(t, x, y, "".join(re.findall("[A-F]", given))) for t in networks):
            true.append(key)
    assert len(true) == 1, true
    answers.append({"option": true[0]})
print(json.dumps({"answers": answers}))
