"""The estimate of theta, written again from the model's description, so that a fault in the product's cannot hide.

Three-parameter logistic items (Birnbaum 1968) whose difficulty is uncertain: the slope is a / sqrt(1 + (a s / 1.702)^2)
(Lord & Novick 1968). Prior N(0, 1), and a leniency N(0, .3) that all judged difficulties of a domain share.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

LENIENCY_SD = 0.3
GRID = np.array([point / 5 for point in range(-30, 31)])
_PRIOR = np.exp(-GRID * GRID / 2)
_LENIENCY = np.exp(-(((GRID[:, None] - GRID[None, :]) / LENIENCY_SD) ** 2) / 2)


@dataclass(frozen=True)
class Curve:
    """How the chance of a right answer rises with theta: discrimination, difficulty, guessing, sd of the difficulty."""

    a: float
    b: float
    c: float
    s: float


@lru_cache(maxsize=1024)
def _log_chances(curve: Curve) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Log of the chance of a wrong and of a right answer on the grid."""
    slope = curve.a / math.sqrt(1 + (curve.a * curve.s / 1.702) ** 2)
    fails = (1 - curve.c) / (1 + np.exp(slope * (GRID - curve.b)))
    return np.log(fails), np.log(curve.c + (1 - curve.c) / (1 + np.exp(-slope * (GRID - curve.b))))


def theta(answers: Sequence[tuple[Curve, float]]) -> tuple[float, float]:
    """Mean and sd of the posterior after these answers (curve, score 0 or 1) of one domain, in logits."""
    weights = _PRIOR
    if answers:
        summed = sum((_log_chances(curve)[int(score)] for curve, score in answers), np.zeros(GRID.size))
        likelihood = np.exp(summed - summed.max())
        smoothed = _LENIENCY @ likelihood / _LENIENCY.sum(axis=1)
        weights = _PRIOR * smoothed
    weights = weights / weights.sum()
    mean = float(np.dot(weights, GRID))
    return mean, math.sqrt(float(np.dot(weights, (GRID - mean) ** 2)))
