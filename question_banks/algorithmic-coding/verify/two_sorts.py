# Runs the two lines of the stem on 200 random lists with many ties and tests each described order on the result.
# Exactly one description fits every list.
import json
import random
import sys

CODE = """
rows.sort(key=lambda row: row[1], reverse=True)
rows.sort(key=lambda row: row[0])
"""
rng = random.Random(1)
fits = {"falling-team": True, "team-falling": True, "team-original": True, "team-rising": True}
for _ in range(200):
    original = [(rng.choice("ABC"), rng.randint(0, 4)) for _ in range(12)]
    space = {"rows": list(original)}
    exec(CODE, space)
    rows = space["rows"]
    fits["falling-team"] &= rows == sorted(original, key=lambda r: (-r[1], r[0]))
    fits["team-falling"] &= rows == sorted(original, key=lambda r: (r[0], -r[1]))
    fits["team-original"] &= rows == [r for t in "ABC" for r in original if r[0] == t]
    fits["team-rising"] &= rows == sorted(original, key=lambda r: (r[0], r[1]))


def meaning(text):
    if text.startswith("By falling score"):
        return "falling-team"
    return {"falling score": "team-falling", "original list": "team-original", "rising score": "team-rising"}[" ".join(text.split()[-2:])]


answers = []
for v in json.load(sys.stdin)["variants"]:
    good = [o for o, text in v["options"].items() if fits[meaning(text)]]
    assert len(good) == 1, fits
    answers.append({"option": good[0]})
print(json.dumps({"answers": answers}))
