import json, sys
import numpy as np

# Runs pure Newton with numerically differentiated gradient and Hessian and looks where it ends.
job = json.load(sys.stdin)


def f(p):
    x, y = p
    return x**2 / 2 - y**2 / 2 + y**4 / 4


def grad(p, h=1e-5):
    return np.array([(f(p + h * e) - f(p - h * e)) / (2 * h) for e in np.eye(2)])


def hess(p, h=1e-4):
    return np.array([(grad(p + h * e) - grad(p - h * e)) / (2 * h) for e in np.eye(2)])


p = np.array([0.5, 0.1])
assert np.linalg.eigvalsh(hess(p))[0] < 0
defined = True
for _ in range(30):
    try:
        p = p - np.linalg.solve(hess(p), grad(p))
    except np.linalg.LinAlgError:
        defined = False
        break


def near(q):
    return bool(np.linalg.norm(p - q) < 1e-4)


claims = {"a": defined and near([0, 0]), "b": defined and near([0, 1]), "c": not defined, "d": bool(abs(p[1]) > 10)}
held = [k for k, true in claims.items() if true]
assert len(held) == 1, claims
print(json.dumps({"answers": [{"option": held[0]} for _ in job["variants"]]}))
