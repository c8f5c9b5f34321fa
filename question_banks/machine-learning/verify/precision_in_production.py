# Builds an explicit production batch by replicating the tested parts until the defect share is right, counts the flagged
# parts one by one, and takes the share of defective ones among them.
import json
import sys


def solve(found, alarms, share):
    tested = [("defect", i < found) for i in range(200)] + [("intact", i < alarms) for i in range(200)]
    copies = {"defect": share, "intact": 100 - share}
    batch = {"defect": 0, "intact": 0}
    flagged = {"defect": 0, "intact": 0}
    for kind, alarm in tested:
        batch[kind] += copies[kind]
        flagged[kind] += copies[kind] * alarm
    assert batch["defect"] * 100 == share * sum(batch.values())
    return 100 * flagged["defect"] / sum(flagged.values())


job = json.load(sys.stdin)
print(json.dumps({"answers": [{"value": f"{solve(**v['params']):.3f}"} for v in job["variants"]]}))
