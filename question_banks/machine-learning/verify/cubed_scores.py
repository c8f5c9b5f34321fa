# Computes the five metrics from their definitions on random test sets, before and after cubing the scores,
# and keeps those that agree each time.
import json
import sys

import numpy as np

rng = np.random.default_rng(16)


def auc(s, y):
    return (s[y == 1][:, None] > s[y == 0]).mean()


def average_precision(s, y):
    ranked = y[np.argsort(-s)]
    return (np.cumsum(ranked) / np.arange(1, len(y) + 1))[ranked == 1].mean()


def best_f1(s, y):
    return max(2 * (y[s >= c].sum()) / ((s >= c).sum() + y.sum()) for c in s)


def log_loss(s, y):
    return -np.where(y == 1, np.log(s), np.log(1 - s)).mean()


def accuracy(s, y):
    return ((s > 0.5) == y).mean()


metrics = {"a": auc, "b": average_precision, "c": best_f1, "d": log_loss, "e": accuracy}
kept = set(metrics)
for _ in range(100):
    y = rng.integers(0, 2, 40)
    y[:2] = 0, 1
    s = np.clip(rng.random(40) * 0.8 + 0.15 * y, 0.01, 0.99)
    kept -= {k for k in kept if abs(metrics[k](s, y) - metrics[k](s**3, y)) > 1e-9}
print(json.dumps({"answers": [{"options": sorted(kept)} for _ in json.load(sys.stdin)["variants"]]}))
