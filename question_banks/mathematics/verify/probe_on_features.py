import json, sys
import numpy as np

# Enumerates all maps g from 4 inputs to 3 features for random joint laws (including the best one for the labels)
# and computes mutual informations exactly; XOR shows accuracy and information apart.
job = json.load(sys.stdin)
from itertools import product

rng = np.random.default_rng(61)


def info(joint):
    a, b = joint.sum(1, keepdims=True), joint.sum(0, keepdims=True)
    ok = joint > 0
    return float((joint[ok] * np.log2((joint / (a * b + 1e-300))[ok])).sum())


def push(joint, g):
    out = np.zeros((max(g) + 1, joint.shape[1]))
    for i, z in enumerate(g):
        out[z] += joint[i]
    return out


more, less, trained_more = False, False, False
for _ in range(50):
    joint = rng.dirichlet(np.ones(8) * 0.5).reshape(4, 2)
    values = [info(push(joint, g)) - info(joint) for g in product(range(3), repeat=4)]
    more |= max(values) > 1e-9
    less |= min(values) < -1e-6
    label_map = tuple(int(row.argmax()) for row in joint)  # features trained to predict the label
    trained_more |= info(push(joint, label_map)) > info(joint) + 1e-9


def best_linear(points, labels):  # best accuracy of a threshold on a linear function, by random search
    best = 0.0
    for _ in range(2000):
        score = points @ rng.normal(size=points.shape[1]) + rng.normal()
        best = max(best, np.mean((score > 0) == labels))
    return best


bits = np.array(list(product([0, 1], repeat=2)), float)
xor = (bits.sum(1) == 1)
joint = np.array([[0.25 * (not y), 0.25 * y] for y in xor])
gain = best_linear(xor[:, None].astype(float), xor) - best_linear(bits, xor)
same = abs(info(push(joint, tuple(int(y) for y in xor))) - info(joint)) < 1e-12
claims = {"a": not more and gain > 0.2, "b": not less and not more, "c": more or not (gain > 0.2 and same), "d": trained_more}
held = [k for k, true in claims.items() if true]
assert len(held) == 1, claims
print(json.dumps({"answers": [{"option": held[0]} for _ in job["variants"]]}))
