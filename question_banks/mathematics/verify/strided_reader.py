import json, sys

job = json.load(sys.stdin)
# Runs the loader for 3n reads and counts the distinct positions.


def solve(n, s):
    return len({(s * k) % n for k in range(3 * n)})


print(json.dumps({"answers": [{"value": f"{solve(**v['params']):.10g}"} for v in job["variants"]]}))
