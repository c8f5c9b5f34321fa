import json, sys
import numpy as np

# Constructs concrete tall U, V with the given V^T U and takes the big determinant numerically
# (two sizes, to show that the size does not matter).
job = json.load(sys.stdin)
rng = np.random.default_rng(3)


def solve(a, b, c, d):
    m = np.array([[a, b], [c, d]], float)
    dets = []
    for n in (25, 60):
        u = rng.normal(size=(n, 2))
        noise = rng.normal(size=(n, 2))
        inverse = np.linalg.inv(u.T @ u)
        v = u @ inverse @ m.T + noise - u @ inverse @ (u.T @ noise)
        assert np.allclose(v.T @ u, m)
        dets.append(np.linalg.det(np.eye(n) + u @ v.T))
    assert abs(dets[0] - dets[1]) < 1e-6 * max(1, abs(dets[0]))
    return round(dets[1], 6)


print(json.dumps({"answers": [{"value": f"{solve(**v['params']):.10g}"} for v in job["variants"]]}))
