"""A person against a profile: verdicts, gaps in points and skill signals, each with its uncertainty.

The thresholds of every comparison live here and nowhere else; charts, sentences, pages and API read them from here.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import numpy as np
from numpy.typing import NDArray

from app.measurement import estimation, irt, scale
from app.measurement.estimation import SkillOffset
from app.profiles.roles import Profile, TargetLevel, target_score

MEETS = 0.8  # P(at or above the target) from which we say "meets"
BELOW = 0.2  # P up to which we say "below"; between the two it is too close to call
# Both hold twice: for P with theta ~ N(0, 1) before the answers, and for P with even odds before them. Without the
# second, a person who has answered nothing is "below" accomplished (P = .16), and so is 1 in 9 at theta 1.4 after 30.
MIN_ITEMS = 3  # answers in a domain before a firm word is said of it
INTERVAL_MASS = 0.9  # every interval that is shown as a range

_GAP_CELLS = 4  # a point; the resolution at which gaps of several domains are added up
_TINY = 1e-300
_FINER = 10  # points of the density between two neighbours of the grid

Array = NDArray[np.float64]
Interval = tuple[float, float]


class Verdict(StrEnum):
    """The one word for a comparison with a target."""

    MEETS = "meets"
    BELOW = "below"
    TOO_CLOSE = "too close"


@dataclass(frozen=True, eq=False)
class Evidence:
    """What one domain's answers say about a person.

    weights: (61,) posterior over irt.GRID, summing to 1.
    skill_shares: the blueprint's share of items for every skill of the domain.
    offsets: skills with at least one answer; the others stand at their prior.
    """

    weights: Array
    skill_shares: Mapping[str, float]
    offsets: Mapping[str, SkillOffset]

    def offset(self, skill: str) -> SkillOffset:
        """The posterior of a skill's offset, or its prior when no item of it was answered."""
        return self.offsets.get(skill) or SkillOffset(0.0, estimation.SKILL_OFFSET_SD, 0.5, float("nan"), 0)


@dataclass(frozen=True)
class Gap:
    """A person against one level. `score` is the target's, in points; the gap is max(0, target - score), in points."""

    level: TargetLevel
    score: float
    p_meets: float
    expected_gap: float
    gap_interval_90: Interval
    verdict: Verdict


def verdict(p_meets: float, level: TargetLevel) -> Verdict:
    """The verdict for P(at or above the level | answers); both thresholds belong to the definite words.

    A definite word needs the answers on its side: it is taken back to "too close" where only the prior decides, that is
    where P with even odds before the answers does not pass the same threshold.
    """
    p_even = even_odds(p_meets, level)
    if p_meets >= MEETS and p_even >= MEETS:
        return Verdict.MEETS
    return Verdict.BELOW if p_meets <= BELOW and p_even <= BELOW else Verdict.TOO_CLOSE


def even_odds(p_meets: float, level: TargetLevel) -> float:
    """P(at or above the level | answers) had the odds before the answers been even: BF / (1 + BF).

    BF, the Bayes factor of "at or above" against "below", is the posterior odds over the prior odds (Kass & Raftery
    1995, eq. 2).
    """
    before = _prior_p(level)
    above, under = p_meets * (1 - before), (1 - p_meets) * before
    return above / (above + under)


@cache
def _prior_p(level: TargetLevel) -> float:
    return estimation.probability_at_least(irt.PRIOR, scale.target_theta(level))


def compare_domain(weights: Array, level: TargetLevel, items: int | None = None) -> Gap:
    """A domain's posterior (61,) against the level asked of it; `items` answers are behind it (None: enough).

    From fewer than MIN_ITEMS answers nothing firm is said, whatever they were.

    Scores end at 0, so no gap is larger than the target itself; where the posterior is so skewed that the expected gap
    lies outside its interval (nearly everything at 0), the interval is widened to hold it.
    """
    theta, points = scale.target_theta(level), target_score(level)
    p_meets = estimation.probability_at_least(weights, theta)
    expected = min(points, scale.expected_gap(weights, theta))
    lo, hi = scale.gap_interval(weights, theta, INTERVAL_MASS)
    word = Verdict.TOO_CLOSE if items is not None and items < MIN_ITEMS else verdict(p_meets, level)
    return Gap(level, points, p_meets, expected, (min(lo, expected), max(hi, expected)), word)


def skill_p_meets(evidence: Evidence, skill: str, level: TargetLevel) -> float:
    """P(domain theta + offset >= target), the offset taken as normal and independent of the domain's theta.

    It serves any level, and skills without answers; estimation.skill_offset is exact, but for one level only.
    """
    offset = evidence.offset(skill)
    return float(evidence.weights @ normal_cdf((irt.GRID + offset.mean - scale.target_theta(level)) / offset.sd))


def skill_expected_gap(evidence: Evidence, skill: str, level: TargetLevel) -> float:
    """E[max(0, target - skill)] in points, under the assumptions of skill_p_meets.

    For a normal X with mean m and sd s: E[max(0, X)] = m cdf(m/s) + s pdf(m/s).
    """
    offset = evidence.offset(skill)
    short = scale.target_theta(level) - offset.mean - irt.GRID
    z = short / offset.sd
    density = np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
    gap = float(evidence.weights @ (short * normal_cdf(z) + offset.sd * density))
    return min(target_score(level), max(0.0, scale.SCORE_PER_LOGIT * gap))


def overall_gap(profile: Profile, evidence: Mapping[str, Evidence]) -> tuple[float, Interval] | None:
    """Mean gap over the domains that are asked and assessed, by weight, in points, with its 90 % interval.

    The domains' posteriors are independent, so the distribution of the sum is their convolution, computed exactly but
    for rounding each domain's share to a quarter of a point. None when no asked domain was assessed.
    """
    asked = {domain: target for domain, target in profile.domains.items() if domain in evidence}
    if not asked:
        return None
    total = sum(target.weight for target in asked.values())
    gaps = {domain: compare_domain(evidence[domain].weights, target.level) for domain, target in asked.items()}
    expected = sum(asked[domain].weight / total * gap.expected_gap for domain, gap in gaps.items())
    if len(gaps) == 1:
        return expected, next(iter(gaps.values())).gap_interval_90
    sums = np.ones(1)
    for domain, target in asked.items():
        sums = np.convolve(sums, _gap_distribution(evidence[domain].weights, target.level, target.weight / total))
    return expected, interval_of(sums, _GAP_CELLS, expected)


def interval_of(masses: Array, per_unit: int, mean: float) -> Interval:
    """Central 90 % interval of a distribution on steps of 1/per_unit from 0, widened to hold its mean."""
    reached = np.cumsum(masses) / masses.sum()
    tail = (1 - INTERVAL_MASS) / 2
    lo, hi = (int(np.searchsorted(reached, p - 1e-12)) / per_unit for p in (tail, 1 - tail))
    return min(lo, mean), max(hi, mean)


def meets_profile(profile: Profile, gaps: Mapping[str, Gap]) -> bool | None:
    """True when every critical domain meets, False when one is below, None while undecided or one is missing."""
    critical = [domain for domain, target in profile.domains.items() if target.critical]
    if any(domain not in gaps for domain in critical):
        return None
    verdicts = {gaps[domain].verdict for domain in critical}
    if Verdict.BELOW in verdicts:
        return False
    return True if verdicts == {Verdict.MEETS} else None


def _gap_distribution(weights: Array, level: TargetLevel, share: float) -> Array:
    """Probabilities of share * gap on cells of a quarter of a point.

    Between grid points the density is interpolated geometrically: linearly would widen it (estimation._continuous).
    """
    theta = np.linspace(irt.GRID[0], irt.GRID[-1], _FINER * (len(irt.GRID) - 1) + 1)
    density = np.exp(np.interp(theta, irt.GRID, np.log(np.maximum(weights, _TINY))))
    points = np.clip(scale.SCORE_PER_LOGIT * (scale.target_theta(level) - theta), 0, target_score(level))
    cells = np.rint(share * points * _GAP_CELLS).astype(np.intp)
    return np.bincount(cells, weights=density / density.sum()).astype(np.float64)


def normal_cdf(z: Array) -> Array:
    """Standard normal distribution function, element by element."""
    return np.array([0.5 * math.erfc(-value / math.sqrt(2)) for value in z.ravel()]).reshape(z.shape)
