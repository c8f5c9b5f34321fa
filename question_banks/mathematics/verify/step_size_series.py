import json, sys
import numpy as np

# Sums each series over dyadic blocks [2^k, 2^(k+1)). The series converges exactly when the sum over
# blocks does; block sums that fall like k^-q with q <= 1 (or do not fall) mean divergence.
job = json.load(sys.stdin)
ln = np.log
schedules = {
    "a": lambda t: t**-0.5,
    "b": lambda t: t**-0.75,
    "c": lambda t: t**-1.1,
    "d": lambda t: 1 / (t * ln(t)),
    "e": lambda t: 0.9999**t,
}


def diverges(f):
    ks = np.arange(24, 48)
    blocks = []
    for k in ks:  # block sum as an integral in log-scale (midpoint rule, the terms are smooth and monotone)
        s = (np.arange(4000) + 0.5) / 4000
        t = 2.0 ** (k + s)
        blocks.append(np.mean(f(t) * t) * ln(2))
    blocks = np.array(blocks) + 1e-300
    q = -np.polyfit(ln(ks + 0.5), ln(blocks), 1)[0]
    return bool(q < 1.05)


assert diverges(lambda t: 1 / t) and not diverges(lambda t: 1 / (t * ln(t) ** 2))
claims = {k: diverges(f) and not diverges(lambda t, f=f: f(t) ** 2) for k, f in schedules.items()}
print(json.dumps({"answers": [{"options": [k for k, true in claims.items() if true]} for _ in job["variants"]]}))
