# Runs the recurrence step by step, by a doubling scan (counting rounds) and by the best fixed kernel
# fitted to many sequences; a constant-coefficient control shows that the kernel fit itself works.
import json, math, sys
import numpy as np

json.load(sys.stdin)
rng = np.random.default_rng(9)
T, N = 64, 400


def stepwise(a, b):
    h, out = np.zeros(len(a)), []
    for t in range(T):
        h = a[:, t] * h + b[:, t]
        out.append(h)
    return np.stack(out, 1)


def scan(a, b):
    a, b, shift, rounds = a.copy(), b.copy(), 1, 0
    while shift < T:                                  # every position is updated at once in a round
        b[:, shift:] = b[:, shift:] + a[:, shift:] * b[:, :-shift]
        a[:, shift:] = a[:, shift:] * a[:, :-shift]
        shift, rounds = 2 * shift, rounds + 1
    return b, rounds


def kernel_error(a, b):                               # last state predicted from the inputs by one fixed kernel
    h = stepwise(a, b)[:, -1]
    k, *_ = np.linalg.lstsq(b[:N // 2], h[:N // 2], rcond=None)
    return np.sqrt(((b[N // 2:] @ k - h[N // 2:]) ** 2).mean()) / h.std()


x = rng.standard_normal((N, T))
a, b = 1 / (1 + np.exp(-2 * x)), np.tanh(x) + 0.5
got, rounds = scan(a, b)
scan_ok = np.allclose(got, stepwise(a, b)) and rounds <= math.ceil(math.log2(T))
kernel_ok = kernel_error(a, b) < 1e-6
assert kernel_error(np.full_like(a, 0.8), b) < 1e-6   # control
claims = {"a": scan_ok and not kernel_ok, "b": kernel_ok and not scan_ok, "c": kernel_ok and scan_ok, "d": not scan_ok and not kernel_ok}
good = [k for k, v in claims.items() if v]
assert len(good) == 1
print(json.dumps({"answers": [{"option": good[0]}]}))
