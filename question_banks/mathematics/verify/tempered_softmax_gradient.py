import json, sys
from math import exp, log

job = json.load(sys.stdin)
# Evaluates the loss itself and differentiates it with a five-point central difference in z_2.


def solve(a, b, T):
    def loss(z2):
        return -log(exp(a / T) / (exp(a / T) + exp(z2 / T) + exp(0 / T)))

    h = 1e-3
    return (8 * (loss(b + h) - loss(b - h)) - (loss(b + 2 * h) - loss(b - 2 * h))) / (12 * h)


print(json.dumps({"answers": [{"value": f"{solve(**v['params']):.10g}"} for v in job["variants"]]}))
