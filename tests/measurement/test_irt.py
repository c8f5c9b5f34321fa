"""Item parameters, curves and tables."""

import math

import numpy as np
import pytest

from app.measurement import irt

pytestmark = pytest.mark.quick


def test_the_grid_holds_the_cut_scores_exactly_and_the_prior_is_a_standard_normal():
    assert irt.GRID.shape == irt.PRIOR.shape == (61,)
    assert {-6.0, -1.0, 0.0, 1.0, 6.0} <= set(irt.GRID.tolist())
    assert irt.PRIOR.sum() == pytest.approx(1.0, abs=1e-14)
    # equally spaced sums of a Gaussian are exact to about exp(-2 pi^2 / step^2)
    assert float(irt.PRIOR @ irt.GRID**2) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("guessing", [0.0, 0.15])
def test_an_unshrunk_angoff_pair_is_met_by_the_curve(guessing):
    judged = irt.judged_parameters(0.40, 0.85, judges=1, guessing=guessing)
    raw_b = judged.difficulty * (1.0 + 0.8**2)  # undoes 1 / (1 + .8^2), the shrinkage of one judge
    curve = irt.probability(judged.discrimination, raw_b, guessing, [-1.0, 1.0])
    assert curve == pytest.approx([0.40, 0.85], abs=1e-12)


def test_more_judges_shrink_less_and_leave_less_uncertainty():
    one, two, three, seven = (irt.judged_parameters(0.10, 0.35, judges=judges, guessing=0.0) for judges in (1, 2, 3, 7))
    assert 0.0 < one.difficulty < two.difficulty < three.difficulty
    assert one.difficulty_sd > two.difficulty_sd > three.difficulty_sd
    assert three == seven
    assert one.difficulty_sd == pytest.approx(0.8 / math.sqrt(1.64))


@pytest.mark.parametrize(
    ("developing", "accomplished", "judges", "guessing", "complaint"),
    [
        (0.6, 0.6, 1, 0.0, "must rise"),
        (0.7, 0.6, 1, 0.0, "must rise"),
        (0.15, 0.6, 1, 0.15, "developing is 0.15"),
        (0.5, 1.0, 1, 0.0, "accomplished is 1.0"),
        (math.nan, 0.6, 1, 0.0, "developing is nan"),
        (0.5, 0.7, 0, 0.0, "at least one judge"),
        (0.5, 0.7, 1, 1.0, "guessing must be"),
    ],
)
def test_an_impossible_judgement_is_refused_with_its_reason(developing, accomplished, judges, guessing, complaint):
    with pytest.raises(ValueError, match=complaint):
        irt.judged_parameters(developing, accomplished, judges=judges, guessing=guessing)


def test_the_tables_are_the_logs_of_a_probability_and_its_complement():
    a, b, c = np.array([0.5, 1.0, 2.5]), np.array([-3.0, 0.0, 4.0]), np.array([0.0, 0.15, 0.25])
    tables = irt.category_tables(a, b, c, np.zeros(3))
    assert tables.shape == (3, 2, 61)
    assert np.isfinite(tables).all()
    assert np.exp(tables).sum(axis=1) == pytest.approx(np.ones((3, 61)), abs=1e-12)
    assert np.exp(tables[:, 1]) == pytest.approx(irt.probability(a[:, None], b[:, None], c[:, None], irt.GRID))


@pytest.mark.parametrize(("a", "s"), [(0.7, 0.6), (1.0, 0.8), (2.0, 0.65)])
def test_the_integrated_slope_reproduces_the_curve_averaged_over_uncertain_difficulty(a, s):
    b, weights = np.polynomial.hermite_e.hermegauss(41)
    averaged = (irt.probability(a, s * b[:, None], 0.0, irt.GRID) * (weights / weights.sum())[:, None]).sum(axis=0)
    # .01 is the known largest distance between the logistic and the normal ogive of scale 1.702
    assert irt.probability(irt.integrated_slope(a, s), 0.0, 0.0, irt.GRID) == pytest.approx(averaged, abs=0.01)


def test_information_is_the_squared_slope_of_the_curve_over_its_variance():
    a, b, c, s = 1.3, 0.4, 0.2, 0.5
    h = 1e-5
    slope = float(irt.integrated_slope(a, s))
    rise = (irt.probability(slope, b, c, irt.GRID + h) - irt.probability(slope, b, c, irt.GRID - h)) / (2 * h)
    p = irt.probability(slope, b, c, irt.GRID)
    # 1e-6: a central difference with h = 1e-5 is good to about 1e-10 / p(1 - p)
    assert irt.fisher_information([a], [b], [c], [s])[0] == pytest.approx(rise**2 / (p * (1 - p)), abs=1e-6)


def test_a_very_steep_item_keeps_finite_information_far_from_its_difficulty():
    information = irt.fisher_information([400.0, 400.0], [0.05, 0.05], [0.0, 0.2], [0.0, 0.0])
    assert np.isfinite(information).all()
    assert (information >= 0.0).all()
