# Simulates applicants with an unrecorded impression that drives approval and repayment, trains the model on each
# proposed data set, and compares predicted with true repayment over strips of all applicants.
import json
import sys

import numpy as np

rng = np.random.default_rng(18)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def people(n):
    """Form, chance of repayment, repayment, approval by officers."""
    form, impression = rng.standard_normal(n), rng.standard_normal(n)
    chance = sigmoid(0.3 + form + 1.5 * impression)
    approved = form + 1.5 * impression + 0.3 * rng.standard_normal(n) > 0.5
    return form, chance, (rng.random(n) < chance).astype(float), approved


def design(form):
    return np.stack([np.ones_like(form), form, form**2, form**3], 1)


def fit(form, target, weight):
    D, w = design(form), np.zeros(4)
    for _ in range(30):
        p = sigmoid(np.clip(D @ w, -30, 30))
        gradient = D.T @ (weight * (target - p)) - 1e-3 * w
        w += np.linalg.solve((D * (weight * p * (1 - p))[:, None]).T @ D + 1e-3 * np.eye(4), gradient)
    return w


form, _, repaid, approved = people(20_000)
start = fit(form[approved], repaid[approved], np.ones(approved.sum()))
test_form, test_chance, test_repaid, test_approved = people(60_000)
predicted = sigmoid(design(test_form) @ start)
assert abs(predicted[test_approved].mean() - test_repaid[test_approved].mean()) < 0.02  # calibrated where approved


def error(form, target, weight):
    """Root mean square gap between predicted and true repayment, over ten equal strips of applicants."""
    score = sigmoid(design(test_form) @ fit(form, target, weight))
    strip = np.digitize(test_form, np.quantile(test_form, np.arange(0.1, 1, 0.1)))
    gap = [score[strip == s].mean() - test_chance[strip == s].mean() for s in range(10)]
    return np.sqrt(np.mean(np.square(gap)))


everyone = np.ones(len(form))
rate = sigmoid(design(form) @ fit(form, approved.astype(float), everyone))  # approval rate given the form
trial = people(20_000)
after = {
    "a": error(form[approved], repaid[approved], 1 / rate[approved]),
    "b": error(form, np.where(approved, repaid, 0.0), everyone),
    "c": error(trial[0], trial[2], everyone),
    "d": error(form, np.where(approved, repaid, sigmoid(design(form) @ start)), everyone),
}
good = [k for k, e in after.items() if e < 0.04]
assert len(good) == 1 and sorted(after.values())[1] > 0.08, after
print(json.dumps({"answers": [{"option": good[0]} for _ in json.load(sys.stdin)["variants"]]}))
