import json, sys
import numpy as np

# Draws many pairs of convex functions and tests the midpoint inequality at random points;
# the answer is the one construction that fails.
job = json.load(sys.stdin)
rng = np.random.default_rng(21)


def convex():
    r = rng.normal(size=(2, 2))
    h, c, d = r @ r.T, rng.normal(size=2) * 2, rng.normal(size=(3, 2))
    return lambda x: 0.5 * (x - c) @ h @ (x - c) + 0.3 * np.max(d @ x) + rng_const


claims = dict.fromkeys("abcd", False)
for _ in range(300):
    rng_const = float(rng.normal())
    f, g = convex(), convex()
    m, b = rng.normal(size=(2, 2)), rng.normal(size=2)
    built = {
        "a": lambda x: max(f(x), g(x)),
        "b": lambda x: f(m @ x + b) + g(x),
        "c": lambda x: np.exp(f(x)),
        "d": lambda x: f(x) * g(x),
    }
    for _ in range(10):
        x, y = rng.normal(size=2), rng.normal(size=2)
        for k, h in built.items():
            sides = h((x + y) / 2), (h(x) + h(y)) / 2
            claims[k] = claims[k] or bool(sides[0] > sides[1] + 1e-9 * (1 + abs(sides[1])))
held = [k for k, true in claims.items() if true]
assert len(held) == 1, claims
print(json.dumps({"answers": [{"option": held[0]} for _ in job["variants"]]}))
