# Runs the code of the stem for every variant.
# The value of `total` is the answer.
import json
import sys

CODE = """
grid = [[0] * {{n}}] * {{m}}
for i in range({{m}}):
    grid[i][i] = {{c}} * (i + 1)
total = sum(sum(row) for row in grid)
"""
answers = []
for v in json.load(sys.stdin)["variants"]:
    code = CODE
    for name, value in v["params"].items():
        code = code.replace("{{" + name + "}}", str(value))
    space = {}
    exec(code, space)
    answers.append({"value": str(space["total"])})
print(json.dumps({"answers": answers}))
