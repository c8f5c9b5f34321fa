"""One adaptive step: from everything answered so far to the estimate, and to the next item or the reason to stop."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.measurement import estimation
from app.measurement.irt import FloatArray
from app.measurement.selection import Pool, select, select_by_rate
from app.measurement.stopping import Rules, StopReason, should_stop


@dataclass(frozen=True)
class Response:
    """The score of one item of the pool: 1.0 right, 0.0 wrong (a skipped item is wrong).

    Raises:
        ValueError: for any other score; items with partial credit need a calibrated graded model first.
    """

    item: int
    score: float

    def __post_init__(self) -> None:
        if self.score not in (0.0, 1.0):
            raise ValueError(f"score {self.score} of item {self.item}: only 0.0 and 1.0 are understood")


@dataclass(frozen=True, eq=False)
class Step:
    """Posterior weights (61,), EAP and standard error in logits; then either the next item or the reason to stop."""

    weights: FloatArray
    theta: float
    se: float
    next_item: int | None
    stop: StopReason | None


@dataclass(frozen=True, eq=False)
class QuickStep:
    """The next item and its domain, or the reason to stop; `steps` holds where every domain stands."""

    domain: str | None
    item: int | None
    stop: StopReason | None
    steps: Mapping[str, Step]


def advance(
    pool: Pool,
    history: Sequence[Response],
    rules: Rules,
    rng: random.Random,
    barred: frozenset[int] = frozenset(),
) -> Step:
    """Score everything answered so far and choose what comes next; pure, so any attempt can be replayed.

    Args:
        pool: the bank version the attempt pinned.
        history: all responses so far, in the order given.
        rules: when to stop.
        rng: the generator of this position, derived from the seed of the attempt and the number of responses.
        barred: what `exposure.draw_barred` drew for this attempt.

    Raises:
        ValueError: if a response names an item that is not in the pool, or one item twice.
    """
    used, weights, theta, se = _estimate(pool, history)
    stop = should_stop(rules, len(used), se, weights)
    next_item = None if stop else select(pool, weights, used, rng, barred=barred)
    if stop is None and next_item is None:
        stop = StopReason.EXHAUSTED
    return Step(weights, theta, se, next_item, stop)


def estimate(pool: Pool, history: Sequence[Response]) -> Step:
    """Where a domain stands after these responses, with nothing chosen: for states, results and replays.

    Raises:
        ValueError: if a response names an item that is not in the pool, or one item twice.
    """
    _, weights, theta, se = _estimate(pool, history)
    return Step(weights, theta, se, None, None)


def _estimate(pool: Pool, history: Sequence[Response]) -> tuple[list[int], FloatArray, float, float]:
    used = [response.item for response in history]
    if len(set(used)) != len(used):
        raise ValueError("one item was answered twice in this attempt; its responses must name each item once")
    weights = estimation.posterior(
        pool.log_table, [(response.item, int(response.score)) for response in history], shift_sd=pool.shift_sd
    )
    return used, weights, *estimation.expected_theta(weights)


def advance_quick(
    pools: Mapping[str, Pool],
    history: Sequence[tuple[str, Response]],
    domain_weights: Mapping[str, float],
    budget_s: float,
    rng: random.Random,
    barred: Mapping[str, frozenset[int]] | None = None,
) -> QuickStep:
    """One step of the quick test over several domains, within a budget of stated time.

    The next domain is the one with the largest weight x variance^4, with no minimum per domain: what is known least
    comes first, and the profile's weights decide between domains that are known about equally well. (Weight x variance
    alone gave the lightest of four domains 1.3 of 17 items and left its standard error at .91; so it gets 3.6 and .84.)
    Inside the domain comes the item with the most information per stated second, because time is what runs
    out here: 17 items in 20 minutes instead of 11. Only an item that would pass the budget by at most half of itself
    may come, so the stated times of the items given end within half an item of the budget. Where a domain has none that
    fits, the next one is asked.

    Args:
        pools: one per domain.
        history: (domain, response) in the order given.
        domain_weights: weight of each domain in the profile; domains of weight 0 are never asked.
        budget_s: stated seconds of all items together.
        rng: the generator of this position.
        barred: per domain, what the lottery drew.

    Raises:
        ValueError: if a response names a domain without a pool, a domain has no weight, or one item is named twice.
    """
    if missing := sorted({domain for domain, _ in history} - set(pools)) + sorted(set(pools) - set(domain_weights)):
        raise ValueError(f"no pool or no weight for: {', '.join(missing)}")
    steps: dict[str, Step] = {}
    used: dict[str, list[int]] = {}
    spent = 0.0
    for domain, pool in pools.items():
        used[domain], weights, theta, se = _estimate(pool, [response for name, response in history if name == domain])
        spent += float(pool.seconds[used[domain]].sum())
        steps[domain] = Step(weights, theta, se, None, None)

    left = budget_s - spent
    asked = [domain for domain in pools if domain_weights[domain] > 0.0]
    asked.sort(key=lambda domain: -domain_weights[domain] * steps[domain].se ** 8)
    out = barred or {}
    for domain in asked if left > 0.0 else ():
        item = select_by_rate(
            pools[domain],
            steps[domain].weights,
            used[domain],
            rng,
            barred=out.get(domain, frozenset()),
            longest=2.0 * left,
        )
        if item is not None:
            chosen = steps[domain]
            steps[domain] = Step(chosen.weights, chosen.theta, chosen.se, item, None)
            return QuickStep(domain, item, None, steps)
    nothing_left = all(
        select_by_rate(pools[domain], steps[domain].weights, used[domain], rng, barred=out.get(domain, frozenset()))
        is None
        for domain in asked
    )
    return QuickStep(None, None, StopReason.EXHAUSTED if nothing_left else StopReason.BUDGET, steps)
