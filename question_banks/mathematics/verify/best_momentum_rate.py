import json, sys
from functools import lru_cache

job = json.load(sys.stdin)
# For given (alpha, beta) the factor is the largest root modulus over eigenvalues in [mu, L];
# it is minimised numerically over both constants.


@lru_cache
def rate(kappa):
    eigenvalues = [1 + (kappa - 1) * i / 4 for i in range(5)]

    def worst(alpha, beta):
        radii = []
        for lam in eigenvalues:
            t = abs(1 + beta - alpha * lam)
            disc = t * t - 4 * beta
            radii.append(beta**0.5 if disc <= 0 else (t + disc**0.5) / 2)
        return max(radii)

    def over_alpha(beta):
        lo, hi = 0.0, 2 * (1 + beta) / kappa
        for _ in range(50):
            x, y = lo + (hi - lo) / 3, hi - (hi - lo) / 3
            lo, hi = (lo, y) if worst(x, beta) < worst(y, beta) else (x, hi)
        return worst((lo + hi) / 2, beta)

    best = min((over_alpha(i / 100), i / 100) for i in range(100))[1]
    width = 0.02
    for _ in range(6):
        grid = [min(max(best + width * (j - 5) / 5, 0.0), 0.9999) for j in range(11)]
        best = min((over_alpha(b), b) for b in grid)[1]
        width /= 4
    return over_alpha(best)


def solve(mu, L):
    return rate(L / mu)


print(json.dumps({"answers": [{"value": f"{solve(**v['params']):.10g}"} for v in job["variants"]]}))
