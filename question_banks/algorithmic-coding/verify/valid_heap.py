# Pops all elements from a copy of each list with heapq: a real heap gives them in sorted order, and heapify leaves it as it is.
# Exactly one of the lists passes both tests.
import ast
import heapq
import json
import sys


def heap_like(values):
    fixed = list(values)
    heapq.heapify(fixed)
    rest = list(values)
    popped = [heapq.heappop(rest) for _ in values]
    return fixed == list(values) and popped == sorted(values)


answers = []
for v in json.load(sys.stdin)["variants"]:
    good = [o for o, text in v["options"].items() if heap_like(ast.literal_eval(text.strip("`")))]
    assert len(good) == 1, good
    answers.append({"option": good[0]})
print(json.dumps({"answers": answers}))
