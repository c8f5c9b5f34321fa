"""Simulated examinees on a real pool: what an assessment would deliver before anybody has taken it."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.measurement import estimation
from app.measurement.adaptive import Response, advance
from app.measurement.exposure import EXPOSURE_LIMIT, draw_barred
from app.measurement.irt import FloatArray, IntArray, probability
from app.measurement.selection import Pool
from app.measurement.stopping import Rules

DISCRIMINATION_SPREAD = 0.3
"""Sd of the log of the true discrimination around the judged one, as in the calibration prior."""


@dataclass(frozen=True, eq=False)
class Truth:
    """True parameters of the items of a pool, each (n_items,), which the engine does not see."""

    discrimination: FloatArray
    difficulty: FloatArray
    guessing: FloatArray


@dataclass(frozen=True, eq=False)
class Simulation:
    """One row per simulated attempt, in logits.

    theta, theta_hat, se, lo95, hi95: (n_persons,).  n_items: (n_persons,) items answered.
    items: (n_persons, max_items) item indices in the order given, -1 after the end.
    """

    theta: FloatArray
    theta_hat: FloatArray
    se: FloatArray
    lo95: FloatArray
    hi95: FloatArray
    n_items: IntArray
    items: IntArray


def draw_truth(pool: Pool, rng: np.random.Generator) -> Truth:
    """Redraw a bank from the judged prior: b ~ N(b, difficulty_sd) + a shift N(0, shift_sd) common to all items.

    Log a ~ N(log a, .3) for items of uncertain difficulty; one with difficulty_sd 0 is calibrated and keeps its a.
    """
    n = len(pool.item_ids)
    log_error = DISCRIMINATION_SPREAD * rng.standard_normal(n)
    shift = pool.shift_sd * rng.standard_normal()
    return Truth(
        discrimination=pool.discrimination * np.exp(np.where(pool.difficulty_sd > 0.0, log_error, 0.0)),
        difficulty=pool.difficulty + pool.difficulty_sd * rng.standard_normal(n) + shift,
        guessing=pool.guessing,
    )


def answer(truth: Truth, item: int, theta: float, rng: np.random.Generator) -> int:
    """One simulated answer, 1 right or 0 wrong, of a person at theta (logits)."""
    p = probability(truth.discrimination[item], truth.difficulty[item], truth.guessing[item], theta)
    return int(rng.random() < p)


def answers(truth: Truth, theta: float, rng: np.random.Generator) -> IntArray:
    """(n_items,) simulated answers, 1 right or 0 wrong, of a person at theta (logits) to every item of the pool."""
    p = probability(truth.discrimination, truth.difficulty, truth.guessing, theta)
    return np.asarray(rng.random(p.size) < p, dtype=np.intp)


def simulate(
    pool: Pool,
    thetas: Sequence[float] | FloatArray,
    rules: Rules,
    seed: int,
    *,
    truth: Truth | None = None,
    r_max: float = EXPOSURE_LIMIT,
) -> Simulation:
    """Let one person per theta take the assessment, one after the other, so that exposure builds up as in life.

    Args:
        pool: the bank version.
        thetas: (n_persons,) true theta in logits.
        rules: when to stop; with `rules.lottery` each attempt first draws its barred items.
        seed: everything follows from it.
        truth: the true parameters; redrawn from the judged prior when not given.
        r_max: exposure limit of the lottery.
    """
    person_theta = np.asarray(thetas, dtype=np.float64)
    generator = np.random.default_rng(seed)
    truth = draw_truth(pool, generator) if truth is None else truth
    rng = random.Random(seed)
    seen = np.zeros(len(pool.item_ids))
    estimates = np.empty((person_theta.size, 4))
    items = np.full((person_theta.size, rules.max_items), -1, dtype=np.intp)
    for person in range(person_theta.size):
        barred: frozenset[int] = frozenset()
        if rules.lottery and person:
            shares = dict(zip(pool.item_ids, (seen / person).tolist(), strict=True))
            barred = draw_barred(pool, shares, person, r_max, rng, max_items=rules.max_items)
        scores = answers(truth, float(person_theta[person]), generator)
        history: list[Response] = []
        step = advance(pool, history, rules, rng, barred)
        while step.next_item is not None:
            history.append(Response(step.next_item, float(scores[step.next_item])))
            step = advance(pool, history, rules, rng, barred)
        given = [response.item for response in history]
        items[person, : len(given)] = given
        seen[given] += 1
        estimates[person] = (step.theta, step.se, *estimation.interval(step.weights, 0.95))
    theta_hat, se, lo95, hi95 = estimates.T
    return Simulation(person_theta, theta_hat, se, lo95, hi95, (items >= 0).sum(axis=1), items)


def exposure(simulation: Simulation, n_items: int) -> FloatArray:
    """(n_items,) share of attempts that saw each item of the pool."""
    counts = np.bincount(simulation.items[simulation.items >= 0], minlength=n_items)
    return np.asarray(counts / simulation.theta.size, dtype=np.float64)


def mean_overlap(simulation: Simulation) -> float:
    """Mean share of items that two attempts have in common, over all pairs (Chen, Ankenmann & Spray 2003).

    Raises:
        ValueError: with fewer than two attempts.
    """
    persons = simulation.theta.size
    if persons < 2:
        raise ValueError("overlap compares attempts; it needs at least two")
    counts = np.bincount(simulation.items[simulation.items >= 0])
    pairs = (counts * (counts - 1)).sum() / (persons * (persons - 1))
    return float(pairs / simulation.n_items.mean())
