# Runs the code of the stem for every n.
# The returned count is the answer; no formula is used.
import json
import sys

CODE = """
def pairs(n):
    count = 0
    for i in range(n):
        for j in range(i):
            count += 1
    return count
"""

space = {}
exec(CODE, space)
variants = json.load(sys.stdin)["variants"]
print(json.dumps({"answers": [{"value": str(space["pairs"](v["params"]["n"]))} for v in variants]}))
