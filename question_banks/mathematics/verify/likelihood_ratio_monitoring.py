import json, sys
import numpy as np

# Monitors 4,000 null sequences for up to 2,000 observations, for four pairs (p, q), and compares the share
# that ever reaches 20 with each statement.
job = json.load(sys.stdin)
rng = np.random.default_rng(34)
paths, steps = 4000, 2000


def ever(increments):  # increments(rng) draws one log-ratio per path under p
    log_m, hit, early = np.zeros(paths), np.zeros(paths, bool), 0.0
    for n in range(1, steps + 1):
        log_m += increments()
        hit |= log_m >= np.log(20)
        if n == 50:
            early = hit.mean()
    return early, hit.mean()


def gauss(shift):
    return lambda: shift * rng.normal(size=paths) - shift**2 / 2


def coin(p, q):
    return lambda: np.where(rng.random(paths) < p, np.log(q / p), np.log((1 - q) / (1 - p)))


results = [ever(gauss(0.1)), ever(gauss(0.5)), ever(coin(0.5, 0.6)), ever(coin(0.1, 0.4))]
early, late = (np.array(r) for r in zip(*results))
slack = 3 * (0.05 * 0.95 / paths) ** 0.5
claims = {
    "a": bool((late > 0.5).all()),
    "b": bool((np.abs(late - (1 - 0.95**steps)) < 0.05).all()),
    "c": bool((early < 0.05).all() and (late > 0.05 + slack).any()),
    "d": bool((late <= 0.05 + slack).all()),
}
held = [k for k, true in claims.items() if true]
assert len(held) == 1, claims
print(json.dumps({"answers": [{"option": held[0]} for _ in job["variants"]]}))
