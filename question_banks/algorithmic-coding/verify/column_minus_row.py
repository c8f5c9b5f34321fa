# Runs the code of the stem with NumPy for every variant.
# A plain double loop over all pairs confirms the value.
import json
import sys

CODE = """
import numpy as np

y = {{s}}.0 * np.arange({{n}})
pred = y.reshape(-1, 1).copy()
mse = ((pred - y) ** 2).mean()
"""
answers = []
for v in json.load(sys.stdin)["variants"]:
    n, s = v["params"]["n"], v["params"]["s"]
    space = {}
    exec(CODE.replace("{{n}}", str(n)).replace("{{s}}", str(s)), space)
    pairs = [(s * i - s * j) ** 2 for i in range(n) for j in range(n)]
    assert abs(space["mse"] - sum(pairs) / len(pairs)) < 1e-9
    answers.append({"value": f"{space['mse']:.2f}"})
print(json.dumps({"answers": answers}))
