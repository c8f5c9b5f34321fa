# Runs the code of the stem for every n.
# The counter of the code itself is the answer.
import json
import sys

CODE = """
calls = 0

def choose(i, left):
    global calls
    calls += 1
    if i == {{n}}:
        return
    choose(i + 1, left)
    if left > 0:
        choose(i + 1, left - 1)

choose(0, 2)
"""
answers = []
for v in json.load(sys.stdin)["variants"]:
    space = {}
    exec(CODE.replace("{{n}}", str(v["params"]["n"])), space)
    answers.append({"value": str(space["calls"])})
print(json.dumps({"answers": answers}))
