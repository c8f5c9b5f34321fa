# Simulates scans grouped by patient with a forest of fully grown random trees and tests each explanation:
# patients resampled as a whole, one scan per patient, four times as many trees, new patients from the same population.
import json
import sys

import numpy as np

rng = np.random.default_rng(4)
P = 12


def make(patients, scans):
    centre = rng.standard_normal((patients, P))
    label = (centre[:, 0] + 1.5 * rng.standard_normal(patients) > 0).astype(int)
    group = np.repeat(np.arange(patients), scans)
    return centre[group] + 0.1 * rng.standard_normal((patients * scans, P)), label[group], group


def grow(X, y, index, out_X, out_index, vote):
    """Random tree grown to pure leaves; adds its votes for the points in out_index."""
    if len(out_index) == 0:
        return
    y_here = y[index]
    if y_here.min() == y_here.max():
        vote[out_index, y_here[0]] += 1
        return
    best = None
    for j in rng.integers(0, P, 4):
        cut = rng.choice(X[index, j])
        side = X[index, j] < cut
        if side.any() and not side.all():
            score = sum(m.sum() * y_here[m].mean() * (1 - y_here[m].mean()) for m in (side, ~side))
            if best is None or score < best[0]:
                best = (score, j, cut, side)
    if best is None:
        vote[out_index, int(y_here.mean() > 0.5)] += 1
        return
    _, j, cut, side = best
    out_side = out_X[out_index, j] < cut
    grow(X, y, index[side], out_X, out_index[out_side], vote)
    grow(X, y, index[~side], out_X, out_index[~out_side], vote)


def forest(data, new, trees, by_patient=False):
    X, y, group = data
    oob, test = np.zeros((len(y), 2)), np.zeros((len(new[1]), 2))
    for _ in range(trees):
        if by_patient:
            drawn = rng.integers(0, group.max() + 1, group.max() + 1)
            bag = np.concatenate([np.flatnonzero(group == g) for g in drawn])
        else:
            bag = rng.integers(0, len(y), len(y))
        out = np.setdiff1d(np.arange(len(y)), bag)
        grow(X, y, bag, np.vstack([X, new[0]]), np.concatenate([out, len(y) + np.arange(len(new[1]))]), both := np.zeros((len(y) + len(new[1]), 2)))
        oob += both[: len(y)]
        test += both[len(y) :]
    return (oob.argmax(1) == y).mean(), (test.argmax(1) == new[1]).mean()


data, new = make(60, 8), make(200, 1)
oob, fresh = forest(data, new, 25)
oob_more, fresh_more = forest(data, new, 75)
oob_grouped, fresh_grouped = forest(data, new, 25, by_patient=True)
oob_single, fresh_single = forest(make(200, 1), new, 25)
gap = oob - fresh
assert gap > 0.2, gap
claims = {
    "a": oob_single - fresh_single > 0.5 * gap,
    "d": abs(oob_grouped - fresh_grouped) < 0.5 * gap,
    "c": oob_more - fresh_more < 0.5 * gap,
    "b": gap < 0.1,  # the simulated new patients are from the same population, so a gap refutes this
}
true = [k for k, v in claims.items() if v]
assert len(true) == 1, (claims, oob, fresh, oob_grouped, fresh_grouped, oob_single, fresh_single)
print(json.dumps({"answers": [{"option": true[0]} for _ in json.load(sys.stdin)["variants"]]}))
