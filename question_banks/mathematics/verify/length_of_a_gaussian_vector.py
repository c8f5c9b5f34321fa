import json, sys
import numpy as np

# Draws 1,500 vectors of this dimension, measures the deviation of their lengths and picks the option
# that is nearest on a ratio scale.
job = json.load(sys.stdin)
rng = np.random.default_rng(33)
lengths = np.array([np.linalg.norm(rng.normal(size=10_000)) for _ in range(1500)])
assert abs(lengths.mean() - 100) < 1
answers = []
for v in job["variants"]:
    answers.append({"option": min(v["options"], key=lambda k: abs(np.log(float(v["options"][k]) / lengths.std())))})
print(json.dumps({"answers": answers}))
