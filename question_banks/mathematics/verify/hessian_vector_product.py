import json, sys
import numpy as np

# Runs the four methods on a small loss: each must reproduce H v (H from differences of a hand-written
# gradient) and is charged in gradient evaluations as n grows.
job = json.load(sys.stdin)
rng = np.random.default_rng(12)


def trial(n):
    m = rng.normal(size=(n, n)) / n**0.5
    x, v = rng.normal(size=n), rng.normal(size=n)
    calls = [0]

    def loss(t):
        return np.sum(np.log(np.cosh(m @ t)))

    def grad(t):
        calls[0] += 1
        z = m @ t
        tanh = (np.exp(2 * z) - 1) / (np.exp(2 * z) + 1)  # analytic, so it accepts complex arguments
        return m.T @ tanh

    eye = np.eye(n)
    hessian = np.array([(grad(x + 1e-5 * e) - grad(x - 1e-5 * e)) / 2e-5 for e in eye])
    truth = hessian @ v

    def rows():  # derivative of each gradient component, one pass per row
        return np.array([grad(x + 1e-30j * e).imag / 1e-30 for e in eye]) @ v

    def outer():
        g = grad(x)
        return g * (g @ v)

    def through_gradient():  # derivative of the gradient along v = gradient of grad.v (H is symmetric)
        return grad(x + 1e-30j * v).imag / 1e-30

    def directional():
        return np.atleast_1d(loss(x + 1e-30j * v).imag / 1e-30)

    out = {}
    for k, method in {"a": rows, "b": outer, "c": through_gradient, "d": directional}.items():
        calls[0] = 0
        r = method()
        out[k] = (r.shape == truth.shape and np.allclose(r, truth, atol=1e-6), calls[0])
    return out


small, large = trial(6), trial(24)
claims = {k: bool(small[k][0] and large[k][0] and large[k][1] <= 4 and small[k][1] <= 4) for k in small}
held = [k for k, true in claims.items() if true]
assert len(held) == 1, claims
print(json.dumps({"answers": [{"option": held[0]} for _ in job["variants"]]}))
