# Lists every labelling that intervals and reversed intervals produce on n points (only the order of points and ends
# matters on the line) and finds the largest n for which all 2^n labellings occur.
import json
import sys


def labellings(n):
    ends = [i - 0.5 for i in range(n + 1)]
    found = set()
    for a in ends:
        for b in ends:
            inside = tuple(a <= x <= b for x in range(n))
            found |= {inside, tuple(not s for s in inside)}
    return found


shattered = [n for n in range(1, 9) if len(labellings(n)) == 2**n]
assert shattered == list(range(1, len(shattered) + 1))
NAMES = {1: "One", 2: "Two", 3: "Three", 4: "Four", 8: "Infinite"}
dimension = NAMES[max(shattered)]
answers = []
for v in json.load(sys.stdin)["variants"]:
    answers.append({"option": next(k for k, t in v["options"].items() if t.strip() == dimension)})
print(json.dumps({"answers": answers}))
