"""From answers to what they say about a person: the posterior of theta on the grid, and everything read off it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.measurement.irt import GRID, PRIOR, FloatArray

_STEP = float(GRID[1] - GRID[0])
_SQUARES = GRID**2
_REFINEMENT = 5

MIN_SKILL_ITEMS = 4
"""Below this many items of a skill nothing is said about it."""

SKILL_OFFSET_SD = 0.5
"""Prior sd, in logits, of how far a skill lies from the theta of its domain."""

SIGNAL_CERTAINTY = 0.8
"""How sure one must be that an offset is above (or below) 0 before a skill is called stronger (or weaker)."""


@lru_cache(maxsize=64)
def _shift_kernel(shift_sd: float) -> FloatArray:
    kernel = np.exp(-0.5 * ((GRID[:, None] - GRID[None, :]) / shift_sd) ** 2)
    kernel /= kernel.sum(axis=1, keepdims=True)
    kernel.setflags(write=False)
    return kernel


def _likelihood(log_table: FloatArray, responses: Sequence[tuple[int, int]]) -> FloatArray:
    """(61,) likelihood of these responses, scaled to a maximum of 1 (40 answers would underflow otherwise)."""
    n_items, n_categories, n_grid = log_table.shape
    # in lists, because for some thirty numbers NumPy's own checks take longer than all the rest
    rows = [item * n_categories + category for item, category in responses]
    if not all(0 <= item < n_items and 0 <= category < n_categories for item, category in responses):
        expected = f"a table of {n_items} items x {n_categories} categories"
        raise ValueError(f"a response lies outside {expected}: {list(responses)}")
    log_likelihood = np.add.reduce(log_table.reshape(-1, n_grid).take(rows, axis=0), axis=0)
    return np.asarray(np.exp(log_likelihood - log_likelihood.max()), dtype=np.float64)


def posterior(log_table: FloatArray, responses: Sequence[tuple[int, int]], *, shift_sd: float) -> FloatArray:
    """Posterior weights of theta ~ N(0, 1) after these responses, whatever their order.

    Args:
        log_table: (n_items, n_categories, 61) log P, from `irt.category_tables`.
        responses: (item index, category) pairs; none gives the prior.
        shift_sd: sd in logits of a leniency that all judged difficulties of the domain share. Moving every b by delta
            moves the likelihood by delta, so integrating over it is one convolution with N(0, shift_sd). 0 switches
            it off.

    Returns:
        (61,) weights on `GRID`, summing to 1 (Bock & Mislevy 1982, eq. 3).

    Raises:
        ValueError: if an item index or category is not in the table.
    """
    if not responses:
        return PRIOR
    likelihood = _likelihood(log_table, responses)
    if shift_sd > 0.0:
        likelihood = _shift_kernel(shift_sd) @ likelihood
    weights = PRIOR * likelihood
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def expected_theta(weights: FloatArray) -> tuple[float, float]:
    """EAP of theta and its standard error, the mean and sd of the posterior, in logits (Bock & Mislevy 1982)."""
    theta = float(weights @ GRID)
    return theta, math.sqrt(max(float(weights @ _SQUARES) - theta * theta, 0.0))


def score_patterns(
    log_table: FloatArray, scores: NDArray[np.integer], *, shift_sd: float
) -> tuple[FloatArray, FloatArray]:
    """EAP and standard error of many people who saw the same items, as rescoring and fixed forms need them.

    Args:
        log_table: (n_items, n_categories, 61) log P.
        scores: (n_persons, n_items) categories; -1 = not reached, which says nothing about theta.
        shift_sd: as for `posterior`.

    Returns:
        theta, se: (n_persons,) each, in logits; the values `posterior` and `expected_theta` give one by one.

    Raises:
        ValueError: if the shapes do not fit or a category is not in the table.
    """
    n_items, n_categories, _ = log_table.shape
    if (
        scores.ndim != 2
        or scores.shape[1] != n_items
        or scores.min(initial=0) < -1
        or scores.max(initial=0) >= n_categories
    ):
        raise ValueError(f"expected (n_persons, {n_items}) categories from -1 to {n_categories - 1}")
    log_likelihood = np.zeros((scores.shape[0], GRID.size))
    for category in range(n_categories):  # a product with 0 and 1 sums the right rows at the speed of BLAS
        log_likelihood += (scores == category).astype(np.float64) @ log_table[:, category]
    log_likelihood -= log_likelihood.max(axis=1, keepdims=True)
    weights = np.exp(log_likelihood, out=log_likelihood)
    if shift_sd > 0.0:
        weights = weights @ _shift_kernel(shift_sd).T
    sums = weights @ np.column_stack([PRIOR, PRIOR * GRID, PRIOR * _SQUARES])
    theta = sums[:, 1] / sums[:, 0]
    return theta, np.sqrt(np.maximum(sums[:, 2] / sums[:, 0] - theta**2, 0.0))


def _refining_matrix() -> FloatArray:
    """(301, 61) cubic Lagrange interpolation to a grid five times as fine, from the four nearest grid points."""
    fine = np.arange((GRID.size - 1) * _REFINEMENT + 1) / _REFINEMENT
    first = np.clip(np.floor(fine).astype(np.intp) - 1, 0, GRID.size - 4)
    matrix = np.zeros((fine.size, GRID.size))
    for k in range(4):
        others = [m for m in range(4) if m != k]
        matrix[np.arange(fine.size), first + k] = np.prod([(fine - first - m) / (k - m) for m in others], axis=0)
    return matrix


_REFINE = _refining_matrix()
_FINE_STEP = _STEP / _REFINEMENT
_TINY = 1e-300


def _continuous(weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(301,) density and distribution function on the fine grid; between its points the density is linear.

    Linear between the 61 points themselves would widen every interval by the variance step^2 / 6 (3.6 % at a standard
    error of .3). The log posterior is smooth, so it is refined first; what then is left is .15 %.
    """
    density = np.exp(_REFINE @ np.log(np.maximum(weights, _TINY)))
    mass = np.empty_like(density)
    mass[0] = 0.0
    np.cumsum(0.5 * _FINE_STEP * (density[1:] + density[:-1]), out=mass[1:])
    return density / mass[-1], mass / mass[-1]


def _cell(theta: float) -> tuple[int, float]:
    """Index of the fine cell that holds theta, and how far into it theta lies."""
    position = min(max(theta, float(GRID[0])), float(GRID[-1])) - float(GRID[0])
    # a cut on a grid point must not fall a rounding error short of it
    index = min(int(position / _FINE_STEP + 1e-9), _REFINE.shape[0] - 2)
    return index, max(position - index * _FINE_STEP, 0.0)


def probability_at_least(weights: FloatArray, theta: float) -> float:
    """P(true theta >= theta) under posterior `weights` (61,), its density taken as continuous. +-inf are allowed."""
    return probabilities_at_least(weights, (theta,))[0]


def probabilities_at_least(weights: FloatArray, thetas: Sequence[float]) -> list[float]:
    """P(true theta >= t) for each t of `thetas`; see `probability_at_least`."""
    density, mass = _continuous(weights)
    above = []
    for theta in thetas:
        index, x = _cell(theta)
        start, end = float(density[index]), float(density[index + 1])
        below = float(mass[index]) + start * x + 0.5 * (end - start) / _FINE_STEP * x * x
        above.append(min(max(1.0 - below, 0.0), 1.0))
    return above


def quantile(weights: FloatArray, p: float) -> float:
    """Theta below which a share p in [0, 1] of the posterior `weights` (61,) lies; ValueError outside [0, 1]."""
    return quantiles(weights, (p,))[0]


def quantiles(weights: FloatArray, shares: Sequence[float]) -> list[float]:
    """The quantile of each share, from one look at the posterior; see `quantile`."""
    if not all(0.0 <= p <= 1.0 for p in shares):
        raise ValueError(f"a quantile needs a share between 0 and 1, not one of {shares}")
    density, mass = _continuous(weights)
    return [_quantile(density, mass, p) for p in shares]


def _quantile(density: FloatArray, mass: FloatArray, p: float) -> float:
    index = min(max(int(np.searchsorted(mass, p, side="left")) - 1, 0), mass.size - 2)
    rest = max(p - float(mass[index]), 0.0)
    start = float(density[index])
    slope = (float(density[index + 1]) - start) / _FINE_STEP
    root = math.sqrt(max(start * start + 2.0 * slope * rest, 0.0))
    x = 2.0 * rest / (start + root) if start + root > 0.0 else 0.0  # the root that does not cancel
    return float(GRID[0]) + index * _FINE_STEP + min(x, _FINE_STEP)


def interval(weights: FloatArray, mass: float) -> tuple[float, float]:
    """Equal-tailed credible interval (lo, hi) in logits that holds `mass`, for example .95, of the posterior (61,)."""
    lo, hi = quantiles(weights, ((1.0 - mass) / 2.0, (1.0 + mass) / 2.0))
    return lo, hi


def expected_shortfall(weights: FloatArray, target_theta: float) -> float:
    """E[max(0, target - theta)] in logits under posterior `weights` (61,): the integral of its distribution function.

    A target of -inf asks nothing, so nothing is missing; a target above the grid adds its whole distance.
    """
    if target_theta <= float(GRID[0]):
        return 0.0
    density, mass = _continuous(weights)
    index, x = _cell(target_theta)
    areas = _FINE_STEP * mass[:index] + _FINE_STEP**2 * (2.0 * density[:index] + density[1 : index + 1]) / 6.0
    slope = (density[index + 1] - density[index]) / _FINE_STEP
    last = mass[index] * x + density[index] * x * x / 2.0 + slope * x**3 / 6.0
    return float(areas.sum() + last) + max(target_theta - float(GRID[-1]), 0.0)


def gap_interval(weights: FloatArray, target_theta: float, mass: float) -> tuple[float, float]:
    """Interval (lo, hi) in logits of the gap max(0, target - theta) that holds `mass` of the posterior `weights`."""
    lo, hi = interval(weights, mass)
    return max(0.0, target_theta - hi), max(0.0, target_theta - lo)


@dataclass(frozen=True)
class SkillOffset:
    """Where a skill lies against its domain, in logits.

    mean, sd: of the posterior of the offset; p_above: P(offset > 0); p_meets: P(theta + offset >= target);
    items: how many responses of the skill it rests on.
    """

    mean: float
    sd: float
    p_above: float
    p_meets: float
    items: int


class Signal(StrEnum):
    """What is said about a skill: never a score."""

    STRONGER = "stronger"
    AS_EXPECTED = "as expected"
    WEAKER = "weaker"


_REACH = 10  # offsets up to +-2 logits, four prior sd
_OFFSETS = np.arange(-_REACH, _REACH + 1)
_OFFSET_PRIOR = np.exp(-0.5 * (_OFFSETS * _STEP / SKILL_OFFSET_SD) ** 2)
_MOVED = np.clip(np.arange(GRID.size)[None, :] + _OFFSETS[:, None], 0, GRID.size - 1)


def skill_offset(
    log_table: FloatArray,
    responses: Sequence[tuple[int, int]],
    in_skill: NDArray[np.bool_],
    *,
    target_theta: float,
    shift_sd: float,
) -> SkillOffset:
    """Posterior of one skill's offset from the theta of its domain, prior N(0, .5).

    The skill's items are answered with theta + offset, all others with theta; both posteriors are taken jointly on
    the grid, so a domain that is itself uncertain gives an uncertain offset.

    Args:
        log_table, responses, shift_sd: as for `posterior`.
        in_skill: (n_items,) which items of the table belong to the skill.
        target_theta: what theta + offset is compared with; -inf for no target.
    """
    inside = [response for response in responses if in_skill[response[0]]]
    outside = [response for response in responses if not in_skill[response[0]]]
    of_skill = _likelihood(log_table, inside) if inside else np.ones(GRID.size)
    of_rest = _likelihood(log_table, outside) if outside else np.ones(GRID.size)

    likelihood = of_rest * of_skill[_MOVED]  # (offsets, 61): theta varies along the second axis
    if shift_sd > 0.0:
        likelihood = likelihood @ _shift_kernel(shift_sd).T
    joint = _OFFSET_PRIOR[:, None] * likelihood * PRIOR
    joint /= joint.sum()

    offset_weights = joint.sum(axis=1)
    offsets = _OFFSETS * _STEP
    mean = float(offset_weights @ offsets)
    sd = math.sqrt(max(float(offset_weights @ offsets**2) - mean * mean, 0.0))
    p_above = float(offset_weights[_REACH + 1 :].sum() + 0.5 * offset_weights[_REACH])
    skill_weights = np.zeros(GRID.size)
    np.add.at(skill_weights, _MOVED, joint)
    return SkillOffset(mean, sd, p_above, probability_at_least(skill_weights, target_theta), len(inside))


def skill_signal(offset: SkillOffset) -> Signal | None:
    """Stronger, as expected or weaker than the domain; None when fewer than `MIN_SKILL_ITEMS` responses support it."""
    if offset.items < MIN_SKILL_ITEMS:
        return None
    if offset.p_above >= SIGNAL_CERTAINTY:
        return Signal.STRONGER
    return Signal.WEAKER if offset.p_above <= 1.0 - SIGNAL_CERTAINTY else Signal.AS_EXPECTED
