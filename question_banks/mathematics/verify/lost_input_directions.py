import json, sys
import numpy as np

# Builds a random integer matrix of the given shape and rank and eliminates modulo a prime;
# the answer is the number of columns left without a pivot.
job = json.load(sys.stdin)
rng = np.random.default_rng(1)
P = 1_000_003


def solve(n, m, r):
    a = (rng.integers(0, 1000, (m, r)) @ rng.integers(0, 1000, (r, n))) % P
    row = 0
    for col in range(n):
        pivots = np.nonzero(a[row:, col])[0]
        if len(pivots) == 0:
            continue
        k = row + pivots[0]
        a[[row, k]] = a[[k, row]]
        a[row] = a[row] * pow(int(a[row, col]), -1, P) % P
        for i in range(m):
            if i != row and a[i, col]:
                a[i] = (a[i] - a[i, col] * a[row]) % P
        row += 1
        if row == m:
            break
    return n - row


print(json.dumps({"answers": [{"value": f"{solve(**v['params']):.10g}"} for v in job["variants"]]}))
