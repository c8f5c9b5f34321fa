# Runs EM on random data sets and tests the statements: monotone climb, symmetric start, collapse of one component on a
# data point, hard limit of the responsibilities, exchange of two complete sets of parameters.
import json
import sys

import numpy as np

rng = np.random.default_rng(9)


def log_density(X, mean, cov):
    z = X - mean
    return -0.5 * np.einsum("ni,ij,nj->n", z, np.linalg.inv(cov), z) - 0.5 * np.log(np.linalg.det(cov)) - np.log(2 * np.pi)


def terms(X, w, means, covs):
    return np.stack([np.log(w[k]) + log_density(X, means[k], covs[k]) for k in range(len(w))], 1)


def loglik(X, *theta):
    t = terms(X, *theta)
    top = t.max(1)
    return (top + np.log(np.exp(t - top[:, None]).sum(1))).sum()


def responsibilities(X, *theta):
    t = terms(X, *theta)
    r = np.exp(t - t.max(1, keepdims=True))
    return r / r.sum(1, keepdims=True)


def step(X, *theta):
    r = responsibilities(X, *theta)
    n = r.sum(0)
    means = r.T @ X / n[:, None]
    covs = [((X - m).T * r[:, k]) @ (X - m) / n[k] for k, m in enumerate(means)]
    return n / len(X), means, covs


held = {k: [] for k in "abcde"}
for _ in range(10):
    X = rng.standard_normal((60, 2)) + 2 * rng.integers(0, 2, (60, 1))
    theta = np.array([0.2, 0.3, 0.5]), X[:3].copy(), [np.eye(2)] * 3
    path = [loglik(X, *theta)]
    for _ in range(25):
        theta = step(X, *theta)
        path.append(loglik(X, *theta))
    held["a"].append(np.diff(path).min() > -1e-8)
    twins = np.array([0.2, 0.8]), np.array([X[0], X[0]]), [np.eye(2)] * 2
    for _ in range(10):
        twins = step(X, *twins)
    held["b"].append(np.allclose(twins[1][0], twins[1][1]) and np.allclose(twins[2][0], twins[2][1]))
    spikes = [loglik(X, np.array([0.5, 0.5]), np.array([X[0], X.mean(0)]), [s * np.eye(2), 3 * np.eye(2)]) for s in (1e-4, 1e-20, 1e-80, 1e-140)]
    held["c"].append(not (np.diff(spikes) > 30).all())
    centres = X[:3]
    distance = ((X[:, None] - centres) ** 2).sum(-1)
    r = responsibilities(X, np.ones(3) / 3, centres, [1e-7 * np.eye(2)] * 3)
    clear = np.sort(distance, 1)[:, 1] - distance.min(1) > 1e-4
    held["d"].append((r[clear, distance[clear].argmin(1)] > 1 - 1e-9).all())
    swap = [1, 0, 2]
    before, after = loglik(X, *theta), loglik(X, theta[0][swap], theta[1][swap], [theta[2][i] for i in swap])
    held["e"].append(after < before - 1e-6)
true = [k for k, v in held.items() if all(v)]
print(json.dumps({"answers": [{"options": true} for _ in json.load(sys.stdin)["variants"]]}))
