import json, sys
from functools import lru_cache

job = json.load(sys.stdin)
# Simulates the counter with exact integers, rounding each sum to p significant bits, ties to even.


def rounded(value, p):
    drop = max(0, value.bit_length() - p)
    unit = 1 << drop
    low = value // unit
    rest = 2 * (value - low * unit)
    up = rest > unit or (rest == unit and low % 2 == 1)
    return (low + up) * unit


@lru_cache
def solve(p):
    counter = 0
    while (following := rounded(counter + 1, p)) != counter:
        counter = following
    return counter


print(json.dumps({"answers": [{"value": f"{solve(**v['params']):.10g}"} for v in job["variants"]]}))
