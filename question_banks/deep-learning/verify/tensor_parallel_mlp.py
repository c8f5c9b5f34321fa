# Runs the split MLP on four simulated GPUs under each proposed communication scheme
# and compares what every GPU ends up with to the undivided computation.
import json, math, sys
import numpy as np

json.load(sys.stdin)
rng = np.random.default_rng(19)
t, d, h, G = 5, 8, 16, 4
X, A, B = rng.standard_normal((t, d)), rng.standard_normal((d, h)), rng.standard_normal((h, d))
erf = np.vectorize(math.erf)
gelu = lambda z: z * 0.5 * (1 + erf(z / math.sqrt(2)))
Ai, Bi = np.split(A, G, axis=1), np.split(B, G, axis=0)
Y = gelu(X @ A) @ B
all_reduce = lambda parts: [sum(parts)] * G
all_gather = lambda parts: [np.concatenate(parts, axis=1)] * G


def scheme(before=None, after_gelu=None, end=None):
    """Result on every GPU, or None if the shapes of the scheme do not fit."""
    try:
        z = [X @ a for a in Ai]
        if before:
            z = before(z)
        z = [gelu(q) for q in z]
        if after_gelu:
            z = after_gelu(z)
        z = [q @ b for q, b in zip(z, Bi)]
        return end(z) if end else z
    except ValueError:
        return None


right = lambda r: r is not None and all(q.shape == Y.shape and np.allclose(q, Y) for q in r)
claims = {
    "a": right(scheme(end=all_reduce)),
    "b": right(scheme(end=all_gather)),
    "c": right(scheme(before=all_reduce, end=all_reduce)),
    "d": right(scheme(after_gelu=all_gather)),
}
good = [k for k, v in claims.items() if v]
assert len(good) == 1
print(json.dumps({"answers": [{"option": good[0]}]}))
