"""The item response model: the theta grid, its prior, judged item parameters and the table log P[item, category, grid].

Not for people: what a set of answers says about a person is in `estimation`.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

ENGINE_VERSION = "1"
"""Stored with each attempt; raised whenever the same answers would give another posterior or another next item."""

GRID: FloatArray = np.round(np.linspace(-6.0, 6.0, 61), 1)
"""(61,) theta in logits, step .2; the cut scores lie on grid points."""

PRIOR: FloatArray = np.exp(-0.5 * GRID**2) / np.exp(-0.5 * GRID**2).sum()
"""(61,) weights of theta ~ N(0, 1), summing to 1."""

GRID.setflags(write=False)
PRIOR.setflags(write=False)

CHOICE_GUESSING = 0.15
"""Lower asymptote of a choice item with 4-5 options until it is calibrated; 1 / options fits real answers worse."""

LOWER_BORDERLINE, UPPER_BORDERLINE = -1.0, 1.0
"""Theta of the borderline-developing and borderline-accomplished person whom judges picture (the two cut scores)."""

DIFFICULTY_SPREAD = 1.0
"""Sd of true difficulties around theta = 0. Items are written for people who spread N(0, 1), so a bank spreads alike;
with one judge it leaves a posterior sd of .62, close to the .7 that calibration takes as its prior."""

_JUDGE_ERROR = ((1.0, 2.0, 3.0), (0.8, 0.725, 0.65))


@dataclass(frozen=True)
class ItemParameters:
    """One item on the logit metric (D = 1): a > 0, b, 0 <= c < 1, and the posterior sd of b (0 when b is known)."""

    discrimination: float
    difficulty: float
    guessing: float
    difficulty_sd: float


def judged_parameters(developing: float, accomplished: float, *, judges: int, guessing: float) -> ItemParameters:
    """Turn an Angoff pair into item parameters, before anybody has answered the item.

    Args:
        developing, accomplished: share of borderline-developing (theta = -1) and borderline-accomplished (theta = +1)
            people who would answer right, each in (guessing, 1).
        judges: how many judges the shares are the mean of, at least 1. One errs by sd .8 in b, three or more by .65.
        guessing: lower asymptote c in [0, 1).

    The two logits of (p - c) / (1 - c) fix a and b. Then b is shrunk toward 0 by sd_b^2 / (sd_b^2 + err^2), the
    posterior mean of a normal b given a normal error (Kelley 1947), and `difficulty_sd` is the sd of that posterior.

    Raises:
        ValueError: if a share is not above guessing and below 1, if the pair does not rise, or with no judge.
    """
    if judges < 1:
        raise ValueError(f"an Angoff pair needs at least one judge, not {judges}")
    if not 0.0 <= guessing < 1.0:
        raise ValueError(f"guessing must be at least 0 and below 1, not {guessing}")
    for name, share in (("developing", developing), ("accomplished", accomplished)):
        if not guessing < share < 1.0:
            raise ValueError(f"{name} is {share}; expected a share above guessing ({guessing}) and below 1")
    if accomplished <= developing:
        raise ValueError(
            f"the pair must rise, but accomplished ({accomplished}) is not above developing ({developing})"
        )

    low, high = (math.log((share - guessing) / (1.0 - share)) for share in (developing, accomplished))
    a = (high - low) / (UPPER_BORDERLINE - LOWER_BORDERLINE)
    judged_b = (UPPER_BORDERLINE + LOWER_BORDERLINE) / 2 - (high + low) / (2.0 * a)
    error = float(np.interp(judges, *_JUDGE_ERROR))
    reliability = DIFFICULTY_SPREAD**2 / (DIFFICULTY_SPREAD**2 + error**2)
    return ItemParameters(
        discrimination=a,
        difficulty=reliability * judged_b,
        guessing=guessing,
        difficulty_sd=error * math.sqrt(reliability),
    )


def probability(a: ArrayLike, b: ArrayLike, c: ArrayLike, theta: ArrayLike) -> FloatArray:
    """P(right) = c + (1 - c) / (1 + exp(-a (theta - b))), broadcast over all four (Birnbaum 1968, three-parameter)."""
    a, b, c, theta = (np.asarray(value, dtype=np.float64) for value in (a, b, c, theta))
    # tanh neither overflows nor loses digits far out, where exp would
    return np.asarray(c + (1.0 - c) * 0.5 * (1.0 + np.tanh(0.5 * a * (theta - b))), dtype=np.float64)


def integrated_slope(a: ArrayLike, s: ArrayLike) -> FloatArray:
    """Slope of the curve that is left after integrating over b ~ N(b, s): a / sqrt(1 + (a s / 1.702)^2).

    The logistic is replaced by a normal ogive of scale 1.702, for which the integral is exact; the error of the
    curve stays below .01 (Lord & Novick 1968, ch. 16; Haley 1952 for the constant). Shapes broadcast.
    """
    a, s = np.asarray(a, dtype=np.float64), np.asarray(s, dtype=np.float64)
    return np.asarray(a / np.sqrt(1.0 + (a * s / 1.702) ** 2), dtype=np.float64)


def category_tables(a: ArrayLike, b: ArrayLike, c: ArrayLike, s: ArrayLike) -> FloatArray:
    """Log P(category | theta) of dichotomous items on the grid, with the slope integrated over uncertain difficulty.

    Args:
        a, b, c, s: (n_items,) discrimination, difficulty, guessing, posterior sd of the difficulty.

    Returns:
        (n_items, 2, 61): [item, category, grid]; category 0 is wrong, 1 is right. Always finite.
    """
    a, b, c = (np.asarray(value, dtype=np.float64).reshape(-1, 1) for value in (a, b, c))
    z = integrated_slope(a, np.asarray(s, dtype=np.float64).reshape(-1, 1)) * (GRID - b)
    log_knows, log_fails = -np.logaddexp(0.0, -z), -np.logaddexp(0.0, z)
    with np.errstate(divide="ignore"):  # log 0 = -inf is what c = 0 means
        log_right = np.logaddexp(np.log(c), np.log1p(-c) + log_knows)
    return np.stack([np.log1p(-c) + log_fails, log_right], axis=1)


def fisher_information(a: ArrayLike, b: ArrayLike, c: ArrayLike, s: ArrayLike) -> FloatArray:
    """Information of dichotomous items on the grid: a^2 (Q / P) ((P - c) / (1 - c))^2 (Lord 1980, eq. 4-43).

    Args: as for `category_tables`. Returns: (n_items, 61), per squared logit, with the integrated slope.
    """
    a, b, c = (np.asarray(value, dtype=np.float64).reshape(-1, 1) for value in (a, b, c))
    slope = integrated_slope(a, np.asarray(s, dtype=np.float64).reshape(-1, 1))
    knows = probability(slope, b, 0.0, GRID)
    # (1 - c) knows^2 / P with P = c + (1 - c) knows; Q = (1 - c)(1 - knows), so far below b nothing is divided by 0
    share = np.divide((1.0 - c) * knows, c + (1.0 - c) * knows, out=np.ones_like(knows), where=knows > 0.0)
    return np.asarray(slope**2 * knows * (1.0 - knows) * share, dtype=np.float64)
