# Applies the change named in each option to the code of the stem and runs it, with a step limit, on all sorted lists of length <= 5 over 0..4.
# The only change that gives the right index every time is the answer; the unchanged code must hang somewhere.
import itertools
import json
import re
import sys

CODE = """
def last_at_most(a, x):
    lo, hi = -1, len(a) - 1
    while lo < hi:
        mid = (lo + hi) // 2
        if a[mid] <= x:
            lo = mid
        else:
            hi = mid - 1
    return lo
"""


class Hang(Exception):
    pass


class Watched(list):
    reads = 0

    def __getitem__(self, key):
        self.reads += 1
        if self.reads > 60:
            raise Hang
        return list.__getitem__(self, key)


def right(code):
    space = {}
    exec(code, space)
    for n in range(6):
        for a in itertools.combinations_with_replacement(range(5), n):
            for x in (-1, 0, 1, 2, 3, 4, 5):
                want = sum(v <= x for v in a) - 1
                try:
                    if space["last_at_most"](Watched(a), x) != want:
                        return False
                except (Hang, IndexError):
                    return False
    return True


def changed(text):
    parts = re.findall(r"`([^`]*)`", text)
    if len(parts) == 1:
        parts.append("mid = (lo + hi) // 2")
    new, old = parts
    assert len(re.findall(re.escape(old) + r"(?=[:\n])", CODE)) == 1, old
    return re.sub(re.escape(old) + r"(?=[:\n])", new, CODE)


assert not right(CODE)
answers = []
for v in json.load(sys.stdin)["variants"]:
    good = [o for o, text in v["options"].items() if right(changed(text))]
    assert len(good) == 1, good
    answers.append({"option": good[0]})
print(json.dumps({"answers": answers}))
