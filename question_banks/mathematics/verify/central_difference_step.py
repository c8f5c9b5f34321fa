import json, sys
import numpy as np

# Measures the error of central differences at many points for several smooth functions, for the step of
# each option, and picks the step with the smallest median error.
job = json.load(sys.stdin)
import re

rng = np.random.default_rng(51)
pairs = [(np.sin, np.cos), (np.exp, np.exp), (np.tanh, lambda x: 1 - np.tanh(x) ** 2), (np.log, lambda x: 1 / x)]
x = rng.uniform(0.5, 1.5, 400)


def error(h):
    return np.median([np.abs((f(x + h) - f(x - h)) / (2 * h) - d(x)) for f, d in pairs])


answers = []
for v in job["variants"]:
    steps = {k: 10.0 ** int(re.search(r"\^\{(-\d+)\}", t)[1]) for k, t in v["options"].items()}
    answers.append({"option": min(steps, key=lambda k: error(steps[k]))})
print(json.dumps({"answers": answers}))
