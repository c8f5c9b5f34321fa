# Simulates each policy on pure appends (up to 10^7) and on push/pop swings around every resize threshold.
# Good = the worst number of copies per operation stays bounded as n grows.
import json
import math
import sys

GROW = {
    "a": lambda cap: 2 * cap,
    "b": lambda cap: 2 * cap,
    "c": lambda cap: math.ceil(1.1 * cap),
    "d": lambda cap: cap + 10_000,
    "e": lambda cap: cap + math.ceil(math.sqrt(cap)),
}
SHRINK = {
    "a": lambda size, cap: cap // 2 if 2 * size < cap and cap > 1 else cap,
    "b": lambda size, cap: cap // 2 if 4 * size <= cap and cap > 1 else cap,
}


def appends(policy, n):
    cap, copies = 1, 0
    while cap < n:                      # the block is full with cap elements and one more comes
        copies += cap
        cap = max(cap + 1, GROW[policy](cap))
    return copies / n


def swings(policy, n):
    """Fill to a size near a threshold, then swing up and down by a few elements for n operations."""
    worst = 0.0
    shrink = SHRINK.get(policy, lambda size, cap: cap)
    for start in {n // 2 + d for d in (-2, -1, 0, 1, 2)} | {n // 4 + 1, n // 3}:
        for swing in (1, 2, 3, 5):
            size, cap, copies, ops = 0, 1, 0, 0
            plan = [1] * start + ([1] * swing + [-1] * swing) * (n // (2 * swing))
            for step in plan:
                ops += 1
                if step == 1:
                    if size == cap:
                        copies += size
                        cap = max(cap + 1, GROW[policy](cap))
                    size += 1
                elif size:
                    size -= 1
                    small = shrink(size, cap)
                    copies += size if small != cap else 0
                    cap = small
            worst = max(worst, copies / ops)
    return worst


def bounded(policy):
    growth = appends(policy, 10**7) / appends(policy, 10**5)
    if policy in SHRINK:
        growth = max(growth, swings(policy, 2**13) / swings(policy, 2**9))
    return growth < 2


answers = []
for v in json.load(sys.stdin)["variants"]:
    answers.append({"options": [o for o in v["options"] if bounded(o)]})
print(json.dumps({"answers": answers}))
