# Runs the code of the stem for every variant; the length of the list is the answer.
# n is the number of whole runs times their period, as in the item.
import json
import sys

CODE = """
a = list(range({{n}}))
for x in a:
    if x % {{m}} < {{r}}:
        a.remove(x)
"""
answers = []
for v in json.load(sys.stdin)["variants"]:
    p = v["params"]
    code = CODE
    for name, value in {"n": p["m"] * p["k"], "m": p["m"], "r": p["r"]}.items():
        code = code.replace("{{" + name + "}}", str(value))
    space = {}
    exec(code, space)
    answers.append({"value": str(len(space["a"]))})
print(json.dumps({"answers": answers}))
