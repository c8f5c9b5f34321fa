# Runs the code of the stem with a plain union-find and counts the different roots.
# No number theory is used.
import json
import sys

CODE = """
uf = UnionFind({{n}})
for i in range({{n}}):
    uf.union(i, (i + {{p}}) % {{n}})
    uf.union(i, (i + {{q}}) % {{n}})
"""


class UnionFind:
    def __init__(self, n):
        self.parent = list(range(n))

    def find(self, i):
        while self.parent[i] != i:
            i = self.parent[i]
        return i

    def union(self, i, j):
        self.parent[self.find(i)] = self.find(j)


answers = []
for v in json.load(sys.stdin)["variants"]:
    code = CODE
    drawn = v["params"]
    for name, factor in (("n", "a"), ("p", "b"), ("q", "c")):   # all three numbers are multiples of g
        value = drawn["g"] * drawn[factor]
        code = code.replace("{{" + name + "}}", str(value))
    space = {"UnionFind": UnionFind}
    exec(code, space)
    uf = space["uf"]
    answers.append({"value": str(len({uf.find(i) for i in range(len(uf.parent))}))})
print(json.dumps({"answers": answers}))
