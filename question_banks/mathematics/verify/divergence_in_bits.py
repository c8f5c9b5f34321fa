import json, sys
from math import log

job = json.load(sys.stdin)
# As a function of Q(1) = t the divergence has slope (t - p) / (t (1 - t)) nats and is 0 at t = p:
# integrate that slope by Simpson's rule.


def solve(p, q):
    n = 2000
    h = (q - p) / n

    def slope(i):
        t = p + i * h
        return (t - p) / (t * (1 - t))

    total = slope(0) + slope(n) + sum((4 if i % 2 else 2) * slope(i) for i in range(1, n))
    return total * h / 3 / log(2)


print(json.dumps({"answers": [{"value": f"{solve(**v['params']):.10g}"} for v in job["variants"]]}))
