# Runs the code of the stem on every directed graph with up to 3 vertices (loops included) and every loop-free one with 4.
# The truth comes from deleting vertices without successors again and again; then both kinds of error are looked for.
import itertools
import json
import sys

CODE = """
def has_cycle(g):
    seen = set()

    def visit(u):
        if u in seen:
            return True
        seen.add(u)
        return any(visit(v) for v in g[u])

    return any(visit(u) for u in g if u not in seen)
"""
space = {}
exec(CODE, space)


def cyclic(g):
    left = set(g)
    while True:
        sinks = {u for u in left if not left & set(g[u])}
        if not sinks:
            return bool(left)
        left -= sinks


missed = alarm = False
for n, loops in ((1, True), (2, True), (3, True), (4, False)):
    arcs = [(u, v) for u in range(n) for v in range(n) if loops or u != v]
    for bits in itertools.product((0, 1), repeat=len(arcs)):
        g = {u: [] for u in range(n)}
        for (u, v), bit in zip(arcs, bits):
            if bit:
                g[u].append(v)
        got, want = space["has_cycle"](g), cyclic(g)
        missed |= want and not got
        alarm |= got and not want
holds = {
    "in some graphs, but": missed and not alarm,
    "right result": not missed and not alarm,
    "whenever there is one": not missed and alarm,
    "in some graphs and": missed and alarm,
}
answers = []
for v in json.load(sys.stdin)["variants"]:
    good = [o for o, text in v["options"].items() if next(h for start, h in holds.items() if start in text)]
    assert len(good) == 1, holds
    answers.append({"option": good[0]})
print(json.dumps({"answers": answers}))
