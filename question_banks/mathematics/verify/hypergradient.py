import json, sys

job = json.load(sys.stdin)
# Solves the inner problem by bisection on its derivative at lambda +- h and differentiates the
# validation loss numerically; the implicit function theorem is not used.


def solve(w, lam, r):
    c = w**3 + lam * w  # the coefficient shown in the stem; w itself is recovered below

    def v(strength):
        lo, hi = 0.0, 10.0
        for _ in range(100):
            mid = (lo + hi) / 2
            lo, hi = (mid, hi) if mid**3 + strength * mid < c else (lo, mid)
        return (lo - r) ** 2 / 2

    h = 1e-4
    return (v(lam + h) - v(lam - h)) / (2 * h)


print(json.dumps({"answers": [{"value": f"{solve(**v['params']):.10g}"} for v in job["variants"]]}))
