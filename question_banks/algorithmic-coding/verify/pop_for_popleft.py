# Runs the code of the stem and the corrected code on 3,000 random directed graphs and collects which kinds of difference occur.
# The option whose description fits the observed kinds is the answer; the example in the feedback is checked too.
import json
import random
import sys

CODE = """
from collections import deque

def distances(g, s):
    d = {s: 0}
    q = deque([s])
    while q:
        u = q.pop()
        for v in g[u]:
            if v not in d:
                d[v] = d[u] + 1
                q.append(v)
    return d
"""
stack, queue = {}, {}
exec(CODE, stack)
exec(CODE.replace("q.pop()", "q.popleft()"), queue)
rng = random.Random(4)
lacks = larger = smaller = False
for _ in range(3000):
    n = rng.randint(2, 9)
    g = {u: rng.sample(range(n), rng.randint(0, min(3, n))) for u in range(n)}
    got, want = stack["distances"](g, 0), queue["distances"](g, 0)
    lacks |= set(got) != set(want)
    larger |= any(got[v] > want[v] for v in got if v in want)
    smaller |= any(got[v] < want[v] for v in got if v in want)
assert stack["distances"]({0: [1, 2], 1: [3], 2: [4], 4: [3], 3: []}, 0)[3] == 3
holds = {
    "none is too small": not lacks and larger and not smaller,
    "others too small": not lacks and larger and smaller,
    "order of discovery": not lacks and not larger and not smaller,
    "may lack": lacks and not larger and not smaller,
}
answers = []
for v in json.load(sys.stdin)["variants"]:
    good = [o for o, text in v["options"].items() if next(h for part, h in holds.items() if part in text)]
    assert len(good) == 1, holds
    answers.append({"option": good[0]})
print(json.dumps({"answers": answers}))
