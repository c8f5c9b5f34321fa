# Computes the estimate on 60 simulated logs (an action sequence is a 30-bit number, the policy's own actions another) and
# classifies each outcome; unbiasedness and the mean weight are checked by enumeration at a short horizon.
import json
import sys

import numpy as np

rng = np.random.default_rng(17)
EPISODES, STEPS = 100_000, 30
outcomes = dict.fromkeys("abcd", 0)
for _ in range(60):
    policy = rng.integers(0, 2**STEPS)
    logged = rng.integers(0, 2**STEPS, EPISODES)
    agreeing = np.bitwise_xor(logged, policy)
    returns = rng.uniform(10, 14, EPISODES)
    returns[agreeing == 0] = 18  # the value of the new policy, clearly different from the logged average of 12
    estimate = np.where(agreeing == 0, 2.0**STEPS, 0.0) @ returns / EPISODES
    outcomes["b"] += abs(estimate - 18) < 2
    outcomes["a"] += estimate == 0
    outcomes["c"] += estimate > 20
    outcomes["d"] += abs(estimate - returns.mean()) < 2
# all action sequences of six steps are equally likely: the mean weight and the mean estimate are exact sums
weights = [2**6 if sequence == 13 else 0 for sequence in range(2**6)]
assert sum(weights) / 2**6 == 1 and sum(w * 18 for w in weights) / 2**6 == 18
true = [k for k, n in outcomes.items() if n > 55]
assert len(true) == 1, outcomes
print(json.dumps({"answers": [{"option": true[0]} for _ in json.load(sys.stdin)["variants"]]}))
