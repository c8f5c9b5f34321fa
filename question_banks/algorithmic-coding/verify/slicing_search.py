# Counts element reads and copied elements of the stem's code on long lists (a list type that counts).
# The growth law whose ratio cost/law stays flat from n = 2^8 to n = 2^17 is the answer.
import json
import math
import sys

CODE = """
def contains(a, x):
    if not a:
        return False
    m = len(a) // 2
    if a[m] == x:
        return True
    if a[m] < x:
        return contains(a[m + 1:], x)
    return contains(a[:m], x)
"""
work = 0


class Counted(list):
    def __getitem__(self, key):
        global work
        part = list.__getitem__(self, key)
        if isinstance(key, slice):
            work += len(part)
            return Counted(part)
        work += 1
        return part


space = {}
exec(CODE, space)


def worst(n):
    global work
    found = 0
    for x in (-1, 0, 2 * n // 3 * 2 + 1, 2 * n - 2, 2 * n):
        work = 0
        space["contains"](Counted(range(0, 2 * n, 2)), x)
        found = max(found, work)
    return found


LAWS = {
    r"$\Theta(\log n)$": lambda n: math.log2(n),
    r"$\Theta(n)$": lambda n: n,
    r"$\Theta(n \log n)$": lambda n: n * math.log2(n),
    r"$\Theta(n^2)$": lambda n: n * n,
}
small, large = 2**8, 2**17
cost = {n: worst(n) for n in (small, large)}
flat = {t: (cost[large] / g(large)) / (cost[small] / g(small)) for t, g in LAWS.items()}
answers = []
for v in json.load(sys.stdin)["variants"]:
    good = [o for o, text in v["options"].items() if 0.8 < flat[text] < 1.25]
    assert len(good) == 1, flat
    answers.append({"option": good[0]})
print(json.dumps({"answers": answers}))
