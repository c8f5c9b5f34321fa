# Runs the code of the stem with a probe at point P on all lists of length <= 6 over 0..3 (and every k) and tests each statement there.
# Removals are counted by a deque that counts its pops; the output is compared with a direct maximum.
import collections
import itertools
import json
import sys

CODE = """
from collections import deque

def window_max(a, k):
    q, out = deque(), []
    for i, x in enumerate(a):
        while q and a[q[-1]] <= x:
            q.pop()
        q.append(i)
        if q[0] <= i - k:
            q.popleft()
        if i >= k - 1:
            out.append(a[q[0]])
        # point P
    return out
"""
removed = 0


class Counting(collections.deque):
    def pop(self):
        global removed
        removed += 1
        return super().pop()

    def popleft(self):
        global removed
        removed += 1
        return super().popleft()


holds = {"last index": True, "strictly decreasing": True, "min(k": True, "largest value": True, "have been removed": True}


def probe(a, k, i, q):
    window = range(max(0, i - k + 1), i + 1)
    top = max(a[j] for j in window)
    values = [a[j] for j in q]
    holds["last index"] &= q[-1] == i
    holds["strictly decreasing"] &= all(x > y for x, y in zip(values, values[1:]))
    holds["min(k"] &= len(q) == min(k, i + 1)
    holds["largest value"] &= all(j in q for j in window if a[j] == top)
    holds["have been removed"] &= removed <= i


code = CODE.replace("from collections import deque\n", "").replace("# point P", "probe(a, k, i, q)")
space = {"deque": Counting, "probe": probe}
exec(code, space)
for n in range(1, 7):
    for a in itertools.product(range(4), repeat=n):
        for k in range(1, n + 1):
            removed = 0
            assert space["window_max"](a, k) == [max(a[i:i + k]) for i in range(n - k + 1)]
answers = []
for v in json.load(sys.stdin)["variants"]:
    answers.append({"options": [o for o, text in v["options"].items() if next(h for part, h in holds.items() if part in text)]})
print(json.dumps({"answers": answers}))
