# Enumerates all frame sequences, applies the two collapse rules literally
# and adds up the exact probabilities of those that become the text "a".
import json, sys
from fractions import Fraction
from itertools import groupby, product


def collapse(frames):
    return "".join(s for s, _ in groupby(frames) if s != "-")


out = []
for v in json.load(sys.stdin)["variants"]:
    p = [Fraction(str(v["params"][k])) for k in ("p1", "p2", "p3")]
    total = Fraction(0)
    for frames in product("a-", repeat=3):
        if collapse(frames) == "a":
            w = Fraction(1)
            for s, q in zip(frames, p):
                w *= q if s == "a" else 1 - q
            total += w
    out.append({"value": f"{float(total):.6f}"})
print(json.dumps({"answers": out}))
