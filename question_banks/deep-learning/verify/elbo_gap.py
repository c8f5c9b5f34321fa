# Random models with a discrete latent variable, where every term can be summed exactly:
# compares log p(x) - ELBO with the four candidate expressions.
import json, sys
import numpy as np

json.load(sys.stdin)
rng = np.random.default_rng(15)
kl = lambda a, b: (a * np.log(a / b)).sum()
hits = {k: 0 for k in "abcd"}
trials = 200
for _ in range(trials):
    prior, q = rng.dirichlet(np.ones(5), 2) + 1e-3
    prior, q = prior / prior.sum(), q / q.sum()
    lik = rng.uniform(0.01, 1, 5)                       # p(x | z) at this x, for each of the 5 values of z
    px = (prior * lik).sum()
    post = prior * lik / px
    gap = np.log(px) - ((q * np.log(lik)).sum() - kl(q, prior))
    guess = {"a": kl(q, post), "b": kl(q, prior), "c": kl(post, q), "d": kl(prior, q)}
    for k, g in guess.items():
        hits[k] += bool(abs(g - gap) < 1e-9)
good = [k for k, n in hits.items() if n == trials]
assert len(good) == 1
print(json.dumps({"answers": [{"option": good[0]}]}))
