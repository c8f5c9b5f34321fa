# Compares the code of the stem with brute force on all lists of length <= 5 over -3..3 and random longer lists, for all k that matter.
# A property is a guarantee if no list that has it is a counterexample.
import itertools
import json
import random
import sys

CODE = """
def shortest(a, k):
    left = total = 0
    best = len(a) + 1
    for right, value in enumerate(a):
        total += value
        while total >= k:
            best = min(best, right - left + 1)
            total -= a[left]
            left += 1
    return best
"""
space = {}
exec(CODE, space)
shortest = space["shortest"]


def right_for_all_k(a):
    n = len(a)
    sums = {}
    for i in range(n):
        total = 0
        for j in range(i, n):
            total += a[j]
            sums[total] = min(sums.get(total, n + 1), j - i + 1)
    for k in {1} | {s for s in sums if s >= 1} | {s + 1 for s in sums if s >= 1}:
        if shortest(a, k) != min([length for s, length in sums.items() if s >= k], default=n + 1):
            return False
    return True


PROPERTY = {
    "All elements are": lambda a: all(x >= 0 for x in a),
    "non-increasing": lambda a: all(x >= y for x, y in zip(a, a[1:])),
    "non-decreasing": lambda a: all(x <= y for x, y in zip(a, a[1:])),
    "At most one": lambda a: sum(x < 0 for x in a) <= 1,
    "All prefix sums": lambda a: all(s >= 0 for s in itertools.accumulate(a)),
}
rng = random.Random(3)
lists = [list(t) for n in range(1, 6) for t in itertools.product(range(-3, 4), repeat=n)]
for _ in range(600):
    a = [rng.randint(-20, 20) for _ in range(rng.randint(6, 12))]
    lists += [sorted(a), sorted(a, reverse=True), [abs(x) for x in a]]
holds = {name: True for name in PROPERTY}
for a in lists:
    names = [name for name, test in PROPERTY.items() if holds[name] and test(a)]
    if names and not right_for_all_k(a):
        for name in names:
            holds[name] = False
answers = []
for v in json.load(sys.stdin)["variants"]:
    chosen = []
    for option, text in v["options"].items():
        (name,) = [n for n in PROPERTY if n in text]
        chosen += [option] if holds[name] else []
    answers.append({"options": chosen})
print(json.dumps({"answers": answers}))
