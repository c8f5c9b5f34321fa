# Goes through every four-digit window with the given hash and first digit, slides the real window, and hashes it from scratch.
# All of them must agree; their common hash is the answer (no rolling formula is used).
import json
import sys

answers = []
for v in json.load(sys.stdin)["variants"]:
    p = v["params"]
    new_hashes = set()
    for rest in range(1000):
        window = str(p["x"]) + f"{rest:03d}"
        if int(window) % p["m"] == p["h"]:
            new_hashes.add(int(window[1:] + str(p["y"])) % p["m"])
    assert len(new_hashes) == 1, (p, new_hashes)
    answers.append({"value": str(new_hashes.pop())})
print(json.dumps({"answers": answers}))
