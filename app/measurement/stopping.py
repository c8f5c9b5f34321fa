"""When an attempt has told enough, how far along it is, and how many items are still likely to come."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist

import numpy as np

from app.measurement import estimation, scale
from app.measurement.irt import FloatArray
from app.measurement.selection import Pool, look_ahead


@dataclass(frozen=True)
class Rules:
    """When to stop: after min_items, once the standard error is at most target_se (logits) or one level has at least
    level_certainty; at max_items in any case. `lottery` says whether exposure is controlled.

    Raises:
        ValueError: if min_items and max_items do not fit together.
    """

    min_items: int = 10
    max_items: int = 30
    target_se: float | None = 0.35
    level_certainty: float | None = None
    lottery: bool = True

    def __post_init__(self) -> None:
        if not 1 <= self.min_items <= self.max_items:
            raise ValueError(f"expected 1 <= min_items <= max_items, not {self.min_items} and {self.max_items}")


STANDARD = Rules()
VERIFIED = Rules(max_items=40, target_se=0.30)
SCREENING = Rules(target_se=None, level_certainty=0.95)


class StopReason(StrEnum):
    """Why an attempt ended by itself."""

    PRECISE = "precise"
    LEVEL_CERTAIN = "level_certain"
    LONGEST = "longest"
    EXHAUSTED = "exhausted"
    BUDGET = "budget"


def should_stop(rules: Rules, answered: int, se: float, weights: FloatArray) -> StopReason | None:
    """Why to stop after `answered` items with standard error `se` and posterior `weights` (61,); None is go on."""
    if answered < rules.min_items:
        return None
    if rules.target_se is not None and se <= rules.target_se:
        return StopReason.PRECISE
    if rules.level_certainty is not None and max(scale.level_probabilities(weights).values()) >= rules.level_certainty:
        return StopReason.LEVEL_CERTAIN
    return StopReason.LONGEST if answered >= rules.max_items else None


def precision(se: float, target: float) -> float:
    """Share in 0..1 of the information wanted that is there: (1 / se^2 - 1) / (1 / target^2 - 1).

    The prior N(0, 1) brings the 1 that is taken off, so an attempt begins at 0. A target of 1 or more is always met.
    """
    wanted = 1.0 / target**2 - 1.0
    if wanted <= 0.0:
        return 1.0
    return min(max((1.0 / se**2 - 1.0) / wanted, 0.0), 1.0)


def _information_at(pool: Pool, se: float) -> float:
    """Test information that stands behind a standard error (inf where the shared shift alone allows no such error).

    Normal approximation: 1 / se^2 = 1 + 1 / (1 / I + shift_sd^2). The shared shift of the difficulties is a variance
    that no number of items removes.
    """
    if se <= 0.0:
        return math.inf
    rest = 1.0 / max(1.0 / se**2 - 1.0, 1e-9) - pool.shift_sd**2
    return 1.0 / rest if rest > 1e-6 else math.inf


def _error_at(pool: Pool, information: float) -> float:
    """The standard error that a test information gives; the inverse of `_information_at`."""
    return 1.0 / math.sqrt(1.0 + 1.0 / (1.0 / max(information, 1e-9) + pool.shift_sd**2))


def _first_reaching(pool: Pool, now: float, total: FloatArray, target: float) -> int | None:
    """How many of the next items until the error is expected to be `target`; total: information of the first 1, 2, ...

    From `now` on; a posterior far from normal may be narrower than the shift allows, and more items do not help it.
    """
    if now <= target:
        return 0
    wanted, have = _information_at(pool, target), _information_at(pool, now)
    if math.isinf(wanted) or math.isinf(have):
        return None
    place = int(np.searchsorted(total, wanted - have))
    return place + 1 if place < total.size else None


_OPTIMISM, _PESSIMISM, _WANDERING = 1.25, 0.8, 0.25
"""Factors on the information ahead, the pessimistic one lower by .25 x standard error: items come from the best few, at
a theta that still moves. The final number of a simulated attempt then lies in the forecast 8 times in 10 or more."""


@dataclass(frozen=True)
class Outlook:
    """What more items would bring. `more` further items are expected to reach the standard error `reached` (logits):
    half of today's where this attempt still can, else what its last item is expected to reach; 0 when none can come.
    """

    likely_total: tuple[int, int]
    more: int
    reached: float


def outlook(
    pool: Pool, weights: FloatArray, used: Sequence[int], rules: Rules, barred: frozenset[int] = frozenset()
) -> Outlook:
    """The forecast of an attempt, and the promise of going on, from one look ahead."""
    theta, se = estimation.expected_theta(weights)
    answered = len(used)
    total = np.cumsum(look_ahead(pool, theta, used, barred, max(rules.max_items - answered, 0)))
    half = _first_reaching(pool, se, total, se / 2)
    more = total.size if half is None else half
    reached = min(se, _error_at(pool, _information_at(pool, se) + float(total[more - 1]))) if more else se
    return Outlook(_likely_total(pool, rules, answered, theta, se, total), more, reached)


def forecast(
    pool: Pool, weights: FloatArray, used: Sequence[int], rules: Rules, barred: frozenset[int] = frozenset()
) -> tuple[int, int]:
    """Likely total number of items of this attempt, (lo, hi), both within the rules and what the pool still holds.

    For a rule on level certainty the standard error wanted is the distance from theta to the nearest cut score in
    units of the normal quantile; as that distance is itself uncertain, hi is then the longest attempt.
    """
    return outlook(pool, weights, used, rules, barred).likely_total


def _likely_total(
    pool: Pool, rules: Rules, answered: int, theta: float, se: float, total: FloatArray
) -> tuple[int, int]:
    longest = answered + total.size
    wanted = _wanted_errors(rules, theta, se)
    totals = []
    for factor, target in zip((_OPTIMISM, _PESSIMISM - _WANDERING * se), wanted, strict=True):
        more = _first_reaching(pool, se, total * factor, target)
        length = longest if more is None else answered + more
        totals.append(min(max(length, rules.min_items, answered), longest))
    return totals[0], max(totals)


def _wanted_errors(rules: Rules, theta: float, se: float) -> tuple[float, float]:
    """The standard error to wait for, seen with hope and without."""
    hopeful = careful = rules.target_se or 0.0
    if rules.level_certainty is not None:
        z = NormalDist().inv_cdf(rules.level_certainty)
        to_cut = min(abs(theta - cut) for cut in scale.CUTS.values())
        hopeful = max(hopeful, (to_cut + se) / z)
    return hopeful, careful


LONGEST_OUTLOOK = 100
"""More items than this nobody answers for a smaller standard error."""


def items_until(
    pool: Pool, weights: FloatArray, used: Sequence[int], se: float, barred: frozenset[int] = frozenset()
) -> int | None:
    """How many more items until the standard error is expected to reach `se` (logits).

    None if this pool cannot, or not within `LONGEST_OUTLOOK` more items.
    """
    if se <= 0.0:
        return None
    theta, now = estimation.expected_theta(weights)
    total = np.cumsum(look_ahead(pool, theta, used, barred, LONGEST_OUTLOOK))
    return _first_reaching(pool, now, total, se)
