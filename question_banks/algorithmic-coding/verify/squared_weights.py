# Tests every statement on 400 random weighted graphs with 5 vertices (all spanning trees, paths and tours by enumeration).
# A statement with a counterexample is out; a statement that survives all graphs holds.
import itertools
import json
import math
import random
import sys
from fractions import Fraction

N = 5
PAIRS = list(itertools.combinations(range(N), 2))


def spans(tree):
    seen = {0}
    for _ in range(N):
        for u, v in tree:
            if (u in seen) != (v in seen):
                seen |= {u, v}
    return len(seen) == N


TREES = [t for t in itertools.combinations(PAIRS, N - 1) if spans(t)]
PATHS = {
    t: [(0, *mid, t) for k in range(N - 1) for mid in itertools.permutations([v for v in range(1, N) if v != t], k)]
    for t in range(1, N)
}
TOURS = [(0, *rest, 0) for rest in itertools.permutations(range(1, N))]


def edges(walk):
    return [tuple(sorted(e)) for e in zip(walk, walk[1:])]


def best(candidates, cost):
    """All candidates with the least cost, or None if the graph has none of them."""
    priced = [(cost(c), c) for c in candidates]
    low = min(p for p, _ in priced)
    return None if low == float("inf") else {c for p, c in priced if p == low}


def facts(w):
    get = lambda e: w.get(e, float("inf"))
    length = lambda walk: sum(get(e) for e in edges(walk))
    largest = lambda walk: max(get(e) for e in edges(walk))
    product = lambda walk: math.prod(get(e) for e in edges(walk))
    return {
        "minimum spanning tree": best(TREES, lambda tree: sum(get(e) for e in tree)),
        "that had the least length": best(PATHS[4], length),
        "largest edge": best(PATHS[4], largest),
        "product of weights": best(PATHS[4], product),
        "closed tour": best(TOURS, length),
    }


rng = random.Random(6)
holds = {}
for _ in range(400):
    chosen = [e for e in PAIRS if rng.random() < 0.8]
    w = dict(zip(chosen, (Fraction(k, 10) for k in rng.sample(range(1, 40), len(chosen)))))
    before = facts(w)
    if before["minimum spanning tree"] is None:
        continue                                  # not connected
    after = facts({e: x * x for e, x in w.items()})
    for name in before:
        kept = before[name] is None or before[name] <= after[name]
        holds[name] = holds.get(name, True) and kept
answers = []
for v in json.load(sys.stdin)["variants"]:
    picked = []
    for option, text in v["options"].items():
        key = "closed tour" if text.startswith("A closed tour") else next(n for n in holds if n in text)
        picked += [option] if holds[key] else []
    answers.append({"options": picked})
print(json.dumps({"answers": answers}))
