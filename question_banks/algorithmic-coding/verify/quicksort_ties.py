# Runs the code of the stem for every pair of block lengths, with a list type that counts the element comparisons on its own.
# The returned value must equal that independent count and the list must end up sorted.
import json
import sys

CODE = '''
def quicksort(a, lo, hi):
    """Sort a[lo:hi] in place and return the number of comparisons."""
    if hi - lo < 2:
        return 0
    pivot, i, count = a[hi - 1], lo, 0
    for j in range(lo, hi - 1):
        count += 1
        if a[j] < pivot:
            a[i], a[j] = a[j], a[i]
            i += 1
    a[i], a[hi - 1] = a[hi - 1], a[i]
    return count + quicksort(a, lo, i) + quicksort(a, i + 1, hi)

a = [0] * {{p}} + [1] * {{q}}
result = quicksort(a, 0, len(a))
'''


class Tie(int):
    compared = 0

    def __lt__(self, other):
        Tie.compared += 1
        return int(self) < int(other)


answers = []
for v in json.load(sys.stdin)["variants"]:
    p, q = v["params"]["p"], v["params"]["q"]
    space = {}
    exec(CODE.replace("{{p}}", str(p)).replace("{{q}}", str(q)), space)
    Tie.compared = 0
    space["quicksort"]([Tie(0) for _ in range(p)] + [Tie(1) for _ in range(q)], 0, p + q)
    assert Tie.compared == space["result"] and space["a"] == [0] * p + [1] * q
    answers.append({"value": str(space["result"])})
print(json.dumps({"answers": answers}))
