"""Scores, cut scores and levels."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.measurement import irt, scale
from app.measurement.scale import Level

pytestmark = pytest.mark.quick


def normal_weights(mean, sd):
    weights = np.exp(-0.5 * ((irt.GRID - mean) / sd) ** 2)
    return weights / weights.sum()


@pytest.mark.parametrize(("theta", "score"), [(-9, 0), (-3, 0), (-1, 100), (0, 150), (0.3, 165), (1, 200), (4, 300)])
def test_a_score_is_150_plus_50_theta_within_0_and_300(theta, score):
    assert scale.score(theta) == pytest.approx(score)


@pytest.mark.parametrize(
    ("theta", "level"),
    [
        (-1.0000001, Level.BEGINNING),
        (-1.0, Level.DEVELOPING),
        (0.9999999, Level.DEVELOPING),
        (1.0, Level.ACCOMPLISHED),
    ],
)
def test_the_level_is_that_of_the_unrounded_theta(theta, level):
    assert scale.level(theta) is level


@given(st.floats(-3, 3), st.floats(0.15, 1.0))
def test_level_probabilities_are_probabilities_that_sum_to_one(mean, sd):
    probabilities = scale.level_probabilities(normal_weights(mean, sd))
    assert list(probabilities) == list(Level)
    assert sum(probabilities.values()) == pytest.approx(1.0, abs=1e-12)
    assert min(probabilities.values()) >= 0.0


def test_a_theta_right_on_a_cut_score_is_an_even_bet():
    probabilities = scale.level_probabilities(normal_weights(1.0, 0.2))
    assert probabilities[Level.ACCOMPLISHED] == pytest.approx(0.5, abs=1e-12)
    assert probabilities["developing"] == pytest.approx(0.5, abs=1e-6)


def test_targets_are_cut_scores_and_beginning_asks_nothing():
    assert [scale.target_theta(level) for level in ("beginning", "developing", "accomplished")] == [
        -math.inf,
        -1.0,
        1.0,
    ]
    assert scale.expected_gap(irt.PRIOR, scale.target_theta("beginning")) == 0.0
    assert scale.gap_interval(irt.PRIOR, scale.target_theta("beginning"), 0.9) == (0.0, 0.0)
    with pytest.raises(ValueError, match="expert"):
        scale.target_theta("expert")


def test_intervals_and_gaps_are_in_points():
    weights = normal_weights(0.0, 0.3)
    # 15 points of error; the density between grid points widens it by less than .1 %
    assert scale.score_interval(weights, 0.90) == (pytest.approx(125.33, abs=0.1), pytest.approx(174.67, abs=0.1))
    assert scale.expected_gap(weights, 1.0) == pytest.approx(50.0, abs=0.1)
    assert scale.gap_interval(weights, 1.0, 0.90) == (pytest.approx(25.33, abs=0.1), pytest.approx(74.67, abs=0.1))


def test_a_gap_is_never_longer_than_the_way_from_zero():
    assert scale.gap_interval(normal_weights(-5.0, 0.5), 1.0, 0.95)[1] == 200.0
