# Runs the code of the stem with a probe in the loop condition and evaluates the equation of every option at each test, for x = 2..5, n = 0..40.
# The one equation that holds each time is the answer; all of them hold at the first test.
import json
import sys

CODE = """
def power(x, n):
    r, b, e = 1, x, n
    while e > 0:
        if e % 2 == 1:
            r *= b
        b *= b
        e //= 2
    return r
"""
states = []
space = {"probe": lambda **state: states.append(state)}
exec(CODE.replace("while e > 0:", "while probe(r=r, b=b, e=e, x=x, n=n) or e > 0:"), space)
for x in range(2, 6):
    for n in range(41):
        assert space["power"](x, n) == x**n
answers = []
for v in json.load(sys.stdin)["variants"]:
    equations = {o: compile(text.strip("`"), "option", "eval") for o, text in v["options"].items()}
    first = [s for s in states if s["e"] == s["n"] and s["r"] == 1 and s["b"] == s["x"]]
    assert all(eval(q, {}, s) for q in equations.values() for s in first)
    good = [o for o, q in equations.items() if all(eval(q, {}, s) for s in states)]
    assert len(good) == 1, good
    answers.append({"option": good[0]})
print(json.dumps({"answers": answers}))
