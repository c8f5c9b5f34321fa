"""What comes next in an attempt: section, item, or the reason to stop. Pure: the same log gives the same course."""

import hashlib
import hmac
import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from app.attempts.plan import Plan
from app.attempts.state import EndReason
from app.measurement import adaptive, stopping
from app.measurement.adaptive import Response, Step
from app.measurement.irt import PRIOR
from app.measurement.selection import Pool
from app.measurement.stopping import Rules, StopReason

_REASONS = {
    StopReason.PRECISE: EndReason.PRECISE,
    StopReason.LEVEL_CERTAIN: EndReason.PRECISE,
    StopReason.LONGEST: EndReason.LONGEST,
    StopReason.EXHAUSTED: EndReason.EXHAUSTED,
    StopReason.BUDGET: EndReason.BUDGET,
}


@dataclass(frozen=True)
class Given:
    """One answered item: its domain, its place in the domain's pool, its score 0..1."""

    domain: str
    item: int
    score: float


@dataclass(frozen=True, eq=False)
class Decision:
    """Where the attempt stands: the section, the next item or why there is none, and the estimates just made."""

    section_index: int
    section_started_at: datetime
    domain: str | None
    item: int | None
    reason: EndReason | None
    steps: Mapping[str, Step]


@dataclass(frozen=True)
class Progress:
    """For the candidate: how many questions are likely, how much of the precision is there, what more would buy.

    `more_items` further questions are expected to bring the 90 % interval to about +- `more_half_width` points.
    """

    answered: int
    likely_total: tuple[int, int]
    precision: float
    half_width: float
    more_items: int | None
    more_half_width: float | None


def generator(seed: bytes, position: int) -> random.Random:
    """The random numbers of one turn, derived from the attempt's seed and the turn's position."""
    return random.Random(hmac.digest(seed, f"turn:{position}".encode(), hashlib.sha256))


def decide(
    plan: Plan,
    pools: Mapping[str, Pool],
    history: Sequence[Given],
    seed: bytes,
    now: datetime,
    section_index: int,
    section_started_at: datetime,
) -> Decision:
    """The next turn after `history`, which is everything answered so far in the order it was answered.

    Args:
        now: when the last answer arrived (the start, for the first turn): a section's own time is judged by it.
        section_index, section_started_at: where the attempt stood before this answer.
    """
    rng = generator(seed, len(history))
    if plan.is_quick:
        return _decide_quick(plan, pools, history, rng, section_started_at)
    steps: dict[str, Step] = {}
    reason = EndReason.EXHAUSTED
    for index in range(section_index, len(plan.sections)):
        section = plan.sections[index]
        pool = pools[section.domain]
        step = adaptive.advance(
            pool, responses_in(history, section.domain), section.rules, rng, barred(plan, pools, section.domain)
        )
        steps[section.domain] = step
        if step.stop is not None:
            reason = _REASONS[step.stop]
        elif _time_is_over(section.minutes, section_started_at, now):
            reason = EndReason.TIME
        else:
            return Decision(index, section_started_at, section.domain, step.next_item, None, steps)
        section_started_at = now
    return Decision(len(plan.sections) - 1, section_started_at, None, None, reason, steps)


def _decide_quick(
    plan: Plan, pools: Mapping[str, Pool], history: Sequence[Given], rng: random.Random, started_at: datetime
) -> Decision:
    assert plan.budget_s is not None  # noqa: S101  (that is what makes it quick)
    quick = adaptive.advance_quick(
        pools,
        [(given.domain, Response(given.item, given.score)) for given in history],
        plan.weights,
        plan.budget_s,
        rng,
        {domain: barred(plan, pools, domain) for domain in plan.barred},
    )
    reason = None if quick.stop is None else _REASONS[quick.stop]
    return Decision(0, started_at, quick.domain, quick.item, reason, quick.steps)


def _time_is_over(minutes: float | None, started_at: datetime, now: datetime) -> bool:
    return minutes is not None and now - started_at >= timedelta(minutes=minutes)


def responses_in(history: Sequence[Given], domain: str) -> list[Response]:
    """The responses of one domain in order, as the engine takes them."""
    return [Response(given.item, given.score) for given in history if given.domain == domain]


def barred(plan: Plan, pools: Mapping[str, Pool], domain: str) -> frozenset[int]:
    """What the lottery took out, as places in the pool."""
    out = plan.barred.get(domain, ())
    if not out:
        return frozenset()
    ids = pools[domain].item_ids
    wanted = set(out)
    return frozenset(index for index, item_id in enumerate(ids) if item_id in wanted)


def standing(pool: Pool, history: Sequence[Given], domain: str) -> Step:
    """Where one domain stands, without choosing anything."""
    return adaptive.estimate(pool, responses_in(history, domain))


def progress(
    plan: Plan, pools: Mapping[str, Pool], history: Sequence[Given], section_index: int, domain: str, step: Step
) -> Progress:
    """How far along the attempt is, and what more questions in this domain would buy.

    The promise is modest: to halve the doubt when this test still can, else what its last question is expected to do.
    """
    section = plan.sections[section_index]
    seen = stopping.outlook(
        pools[domain],
        step.weights,
        [given.item for given in history if given.domain == domain],
        section.rules,
        barred(plan, pools, domain),
    )
    likely, more, reached = seen.likely_total, seen.more, seen.reached
    if plan.budget_s is not None:
        likely = _likely_total_of_quick(plan, pools, history, plan.budget_s)
        # the quick test asks the domains in turn, so only a share of its questions narrows this one
        more, reached = 0, step.se
    else:
        counts = Counter(given.domain for given in history) if len(plan.sections) > 1 else Counter[str]()
        for later in plan.sections[section_index + 1 :]:
            low, high = _untouched(pools[later.domain], later.rules)
            taken = counts[later.domain]  # a continued attempt brings answers for sections that are still to come
            likely = (likely[0] + max(low, taken), likely[1] + max(high, taken))
        before = sum(counts[earlier.domain] for earlier in plan.sections[:section_index])
        likely = (likely[0] + before, likely[1] + before)
    target = section.rules.target_se if section.rules.target_se is not None else stopping.STANDARD.target_se
    return Progress(
        answered=len(history),
        likely_total=likely,
        precision=stopping.precision(step.se, target or 1.0),
        half_width=_half_width(step.se),
        more_items=more or None,
        more_half_width=_half_width(reached) if more else None,
    )


def _half_width(se: float) -> float:
    """Half the width of a 90 % interval in points (50 points a logit, normal approximation)."""
    return 1.645 * se * 50


@lru_cache(maxsize=256)
def _untouched(pool: Pool, rules: Rules) -> tuple[int, int]:
    """The likely length of a section that has not begun; the same for everybody."""
    return stopping.forecast(pool, PRIOR, [], rules)


def _likely_total_of_quick(
    plan: Plan, pools: Mapping[str, Pool], history: Sequence[Given], budget_s: float
) -> tuple[int, int]:
    """From the stated seconds that are left: at the pace of the items so far, at the start that of the quicker half."""
    given = [float(pools[one.domain].seconds[one.item]) for one in history]
    all_seconds = sorted(float(s) for domain in plan.domains for s in pools[domain].seconds)
    quicker = all_seconds[: (len(all_seconds) + 1) // 2]
    usual = sum(given) / len(given) if given else sum(quicker) / len(quicker)
    left = max(budget_s - sum(given), 0.0) / usual
    return len(history) + int(0.8 * left), len(history) + math.ceil(1.2 * left)
