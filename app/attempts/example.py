"""One simulated candidate on a real bank, for the picture on the home page. Pure; worked out once a bank version."""

import random
from functools import lru_cache

import numpy as np

from app.banks.pool import DomainPool
from app.measurement import adaptive, scale, simulation
from app.measurement.adaptive import Response
from app.measurement.stopping import STANDARD

THETA = 0.6  # 180 points: between the middle and a researcher
AFTER = (1, 8, 30)  # answers at which the picture shows the range
SEED = 7


@lru_cache(maxsize=4)
def candidate(known: DomainPool) -> tuple[tuple[int, float, tuple[float, float]], ...]:
    """(answers, score, 90 % interval) of one candidate after 1, 8 and 30 answers, in points."""
    numbers = np.random.default_rng(SEED)
    scores = simulation.answers(simulation.draw_truth(known.pool, numbers), THETA, numbers)
    rng = random.Random(SEED)
    history: list[Response] = []
    seen = []
    step = adaptive.advance(known.pool, history, STANDARD, rng)
    while step.next_item is not None and len(history) < max(AFTER):
        history.append(Response(step.next_item, float(scores[step.next_item])))
        step = adaptive.advance(known.pool, history, STANDARD, rng)
        if len(history) in AFTER:
            lo, hi = scale.score_interval(step.weights, 0.90)
            seen.append((len(history), scale.score(step.theta), (lo, hi)))
    return tuple(seen)
