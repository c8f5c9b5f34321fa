# Plays the evaluation protocol on the table with exact fractions: greedy claims, then the area
# under the step curve of precision at each increase of recall.
import json, sys
from fractions import Fraction

out = []
for v in json.load(sys.stdin)["variants"]:
    p = v["params"]
    table = [("A", 0.91), ("A", p["u2"]), ("B", p["u3"]), ("C", p["u4"]), ("B", p["u5"])]
    claimed, recall, area = set(), Fraction(0), Fraction(0)
    for rank, (obj, iou) in enumerate(table, 1):
        if iou >= p["t"] and obj not in claimed:
            claimed.add(obj)
        now = Fraction(len(claimed), p["m"])
        area += (now - recall) * Fraction(len(claimed), rank)
        recall = now
    out.append({"value": f"{float(area):.6f}"})
print(json.dumps({"answers": out}))
