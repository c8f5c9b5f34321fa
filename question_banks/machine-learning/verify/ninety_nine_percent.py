# Goes through all detectors (counts of hits and false alarms) with accuracy 99.0 % on 10,000 parts, 100 of them defective,
# and keeps the conclusions that hold for each of these detectors.
import json
import sys

DEFECTIVE, INTACT = 100, 9900
no_flag_accuracy = INTACT / (DEFECTIVE + INTACT)
holds = dict.fromkeys("abcd", True)
detectors = 0
for hits in range(DEFECTIVE + 1):
    for alarms in range(INTACT + 1):
        accuracy = (hits + INTACT - alarms) / (DEFECTIVE + INTACT)
        if abs(accuracy - 0.99) > 1e-9:
            continue
        detectors += 1
        holds["a"] &= abs(hits / DEFECTIVE - 0.99) < 0.02
        holds["b"] &= hits + alarms > 0 and abs(hits / (hits + alarms) - 0.99) < 0.02
        holds["c"] &= abs(accuracy - no_flag_accuracy) < 1e-9
        # the flag as a score: share of (defective, intact) pairs ranked strictly in the right order
        holds["d"] &= hits * (INTACT - alarms) / (DEFECTIVE * INTACT) > 0.5
assert detectors > 50
true = [k for k, v in holds.items() if v]
assert len(true) == 1
print(json.dumps({"answers": [{"option": true[0]} for _ in json.load(sys.stdin)["variants"]]}))
