"""The scale people see: scores of 0..300, cut scores, proficiency levels and their probabilities."""

import math
from enum import StrEnum

from app.measurement import estimation
from app.measurement.irt import LOWER_BORDERLINE, UPPER_BORDERLINE, FloatArray

SCORE_MEAN, SCORE_PER_LOGIT = 150.0, 50.0
SCORE_MIN, SCORE_MAX = 0.0, 300.0

CUTS: dict[str, float] = {"developing": LOWER_BORDERLINE, "accomplished": UPPER_BORDERLINE}
"""Theta at which each level begins; a level names the half-line above its cut score."""


class Level(StrEnum):
    """Proficiency levels, lowest first."""

    BEGINNING = "beginning"
    DEVELOPING = "developing"
    ACCOMPLISHED = "accomplished"


def score(theta: float) -> float:
    """Theta in logits as a score: 150 + 50 theta, clipped to 0..300, not rounded. An error of .30 is 15 points."""
    return min(max(SCORE_MEAN + SCORE_PER_LOGIT * theta, SCORE_MIN), SCORE_MAX)


def score_interval(weights: FloatArray, mass: float) -> tuple[float, float]:
    """Equal-tailed credible interval (lo, hi) in points that holds `mass` of the posterior `weights` (61,)."""
    lo, hi = estimation.interval(weights, mass)
    return score(lo), score(hi)


def level(theta: float) -> Level:
    """The level of an unrounded theta; a theta on a cut score has reached the level above it."""
    if theta >= CUTS["accomplished"]:
        return Level.ACCOMPLISHED
    return Level.DEVELOPING if theta >= CUTS["developing"] else Level.BEGINNING


def level_probabilities(weights: FloatArray) -> dict[Level, float]:
    """P(level) for each level, lowest first, under posterior `weights` (61,); they sum to 1."""
    at_least_developing, at_least_accomplished = estimation.probabilities_at_least(
        weights, (CUTS["developing"], CUTS["accomplished"])
    )
    return {
        Level.BEGINNING: 1.0 - at_least_developing,
        Level.DEVELOPING: at_least_developing - at_least_accomplished,
        Level.ACCOMPLISHED: at_least_accomplished,
    }


def target_theta(level: str) -> float:
    """Theta that a target level asks for: its cut score; -inf for beginning, which asks nothing.

    Raises:
        ValueError: if there is no such level.
    """
    return CUTS.get(Level(level), -math.inf)


def expected_gap(weights: FloatArray, target_theta: float) -> float:
    """E[max(0, target - score)] in points under posterior `weights` (61,)."""
    return SCORE_PER_LOGIT * estimation.expected_shortfall(weights, target_theta)


def gap_interval(weights: FloatArray, target_theta: float, mass: float) -> tuple[float, float]:
    """Interval (lo, hi) of the gap in points, at most the whole way from score 0 to the target."""
    lo, hi = estimation.gap_interval(weights, target_theta, mass)
    longest = score(target_theta) - SCORE_MIN
    return min(SCORE_PER_LOGIT * lo, longest), min(SCORE_PER_LOGIT * hi, longest)
