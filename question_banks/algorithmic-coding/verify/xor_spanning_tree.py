# Builds the complete graph and runs Prim's algorithm on it for every n.
# No use is made of the structure of the weights.
import json
import sys


def prim(n):
    cheapest = {v: v for v in range(1, n)}            # weight to vertex 0 is v ^ 0
    total = 0
    while cheapest:
        u = min(cheapest, key=cheapest.get)
        total += cheapest.pop(u)
        for v in cheapest:
            cheapest[v] = min(cheapest[v], u ^ v)
    return total


variants = json.load(sys.stdin)["variants"]
print(json.dumps({"answers": [{"value": str(prim(v["params"]["n"]))} for v in variants]}))
