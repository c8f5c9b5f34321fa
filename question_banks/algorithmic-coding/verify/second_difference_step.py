# Measures the error of the second difference for exp, sin and cos at 300 points each and compares the root mean square per step.
# The step is read from the option text.
import json
import re
import sys

import numpy as np

rng = np.random.default_rng(1)
x = rng.uniform(0.2, 1.3, 300)
CASES = [(np.exp, np.exp), (np.sin, lambda t: -np.sin(t)), (np.cos, lambda t: -np.cos(t))]


def error(h):
    parts = [((f(x + h) - 2 * f(x) + f(x - h)) / h**2 - second(x)) ** 2 for f, second in CASES]
    return float(np.sqrt(np.mean(parts)))


answers = []
for v in json.load(sys.stdin)["variants"]:
    steps = {o: 10.0 ** int(re.search(r"10\^\{(-\d+)\}", text).group(1)) for o, text in v["options"].items()}
    ranked = sorted(steps, key=lambda o: error(steps[o]))
    assert error(steps[ranked[1]]) > 30 * error(steps[ranked[0]])      # clearly best, not by luck
    answers.append({"option": ranked[0]})
print(json.dumps({"answers": answers}))
