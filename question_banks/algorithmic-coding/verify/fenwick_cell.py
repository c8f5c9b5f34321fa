# Runs the code of the stem for every factor c and reads the entry from the list.
# No formula for the covered range is used.
import json
import sys

CODE = """
n = 128
tree = [0] * (n + 1)

def add(i, x):
    while i <= n:
        tree[i] += x
        i += i & -i        # i & -i is the lowest 1 bit of i

for j in range(1, n + 1):
    add(j, {{c}} * j)
"""
answers = []
for v in json.load(sys.stdin)["variants"]:
    space = {}
    exec(CODE.replace("{{c}}", str(v["params"]["c"])), space)
    answers.append({"value": str(space["tree"][v["params"]["i"]])})
print(json.dumps({"answers": answers}))
