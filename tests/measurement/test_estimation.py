"""The posterior and what is read off it, against published values, closed forms and simulated answers."""

import itertools
import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.measurement import estimation, irt

pytestmark = pytest.mark.quick

# LSAT-7 (Bock & Lieberman 1970), 2PL in slope-intercept form as estimated by Chalmers (2012)
LSAT7_A = np.array([0.988, 1.081, 1.706, 0.7651, 0.7358])
LSAT7_D = np.array([1.8561, 0.808, 1.8043, 0.486, 1.8545])
LSAT7_THETA = [-1.86979, -1.431861, -0.9488463, -0.4131963, 0.1517289, 0.7271877]
LSAT7_SE = [0.6927032, 0.6838697, 0.6942298, 0.7210951, 0.758772, 0.8009335]

TABLE = irt.category_tables(
    np.linspace(0.6, 1.6, 12), np.linspace(-2.0, 2.0, 12), np.tile([0.0, 0.15], 6), np.full(12, 0.6)
)
patterns = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 1)), min_size=1, max_size=12, unique_by=lambda r: r[0])


def normal_weights(mean, sd):
    weights = np.exp(-0.5 * ((irt.GRID - mean) / sd) ** 2)
    return weights / weights.sum()


@pytest.mark.parametrize("sum_score", range(6))
def test_eap_of_lsat7_sum_scores_equals_the_published_table(sum_score):
    zeros = np.zeros(5)
    items = irt.category_tables(LSAT7_A, -LSAT7_D / LSAT7_A, zeros, zeros)
    of_sum = np.zeros((1, 6, 61))
    for pattern in itertools.product((0, 1), repeat=5):
        of_sum[0, sum(pattern)] += np.exp(items[range(5), pattern].sum(axis=0))
    theta, se = estimation.expected_theta(estimation.posterior(np.log(of_sum), [(0, sum_score)], shift_sd=0.0))
    # the parameters are printed to four decimals; their rounding moves theta by up to 1e-4
    assert theta == pytest.approx(LSAT7_THETA[sum_score], abs=3e-4)
    assert se == pytest.approx(LSAT7_SE[sum_score], abs=3e-4)


def test_no_response_leaves_the_prior():
    assert estimation.posterior(TABLE, [], shift_sd=0.3).tolist() == irt.PRIOR.tolist()


@given(patterns, st.randoms(use_true_random=False), st.sampled_from([0.0, 0.3]))
def test_the_posterior_does_not_depend_on_the_order_of_responses(responses, rnd, shift_sd):
    shuffled = list(responses)
    rnd.shuffle(shuffled)
    first = estimation.posterior(TABLE, responses, shift_sd=shift_sd)
    # 1e-12: sums in another order differ in the last bits only
    assert estimation.posterior(TABLE, shuffled, shift_sd=shift_sd) == pytest.approx(first, abs=1e-12)
    assert first.sum() == pytest.approx(1.0, abs=1e-12)


@given(patterns, st.sampled_from([0.0, 0.3]))
def test_turning_a_wrong_answer_into_a_right_one_never_lowers_theta(responses, shift_sd):
    item, _ = responses[0]
    wrong, right = (
        estimation.expected_theta(estimation.posterior(TABLE, [(item, score), *responses[1:]], shift_sd=shift_sd))[0]
        for score in (0, 1)
    )
    assert right > wrong


@pytest.mark.parametrize("shift_sd", [0.0, 0.3])
def test_many_people_at_once_score_as_one_by_one_with_items_not_reached(shift_sd):
    scores = np.random.default_rng(4).integers(-1, 2, size=(30, 12))
    theta, se = estimation.score_patterns(TABLE, scores, shift_sd=shift_sd)
    for person, row in enumerate(scores):
        given_items = [(item, int(score)) for item, score in enumerate(row) if score >= 0]
        one = estimation.expected_theta(estimation.posterior(TABLE, given_items, shift_sd=shift_sd))
        assert (theta[person], se[person]) == pytest.approx(one, abs=1e-10)
    with pytest.raises(ValueError, match="12"):
        estimation.score_patterns(TABLE, scores[:, :5], shift_sd=shift_sd)


@pytest.mark.parametrize("response", [(12, 0), (-1, 0), (0, 2)])
def test_a_response_outside_the_table_is_refused(response):
    with pytest.raises(ValueError, match="outside a table of 12 items"):
        estimation.posterior(TABLE, [response], shift_sd=0.3)


def test_forty_one_sided_answers_do_not_underflow():
    table = np.repeat(TABLE, 40, axis=0)
    theta, se = estimation.expected_theta(estimation.posterior(table, [(item, 0) for item in range(480)], shift_sd=0.3))
    assert -6.0 < theta < -2.0
    assert math.isfinite(se)


def test_a_shared_shift_adds_its_variance_to_a_normal_likelihood():
    sd, shift = 0.5, 0.3
    table = -0.5 * ((irt.GRID - 0.4) / sd) ** 2
    theta, se = estimation.expected_theta(estimation.posterior(table[None, None], [(0, 0)], shift_sd=shift))
    error = sd**2 + shift**2  # normal prior 1, normal likelihood: both known in closed form
    assert theta == pytest.approx(0.4 / (1.0 + error), abs=1e-6)
    assert se == pytest.approx(math.sqrt(error / (1.0 + error)), abs=1e-6)


# An error of .3 is the smallest an assessment aims for; .15 % of the variance is what the linear density then adds
@pytest.mark.parametrize(("mean", "sd"), [(0.0, 0.3), (0.93, 0.35), (-1.27, 0.5), (0.0, 1.0)])
def test_probabilities_quantiles_and_shortfall_are_those_of_the_normal_they_stand_for(mean, sd):
    weights, normal = normal_weights(mean, sd), NormalDist(mean, sd)
    for theta in (-1.0, 0.0, 0.07, 1.0):
        assert estimation.probability_at_least(weights, theta) == pytest.approx(1 - normal.cdf(theta), abs=1e-3)
        shortfall = (theta - mean) * normal.cdf(theta) + sd**2 * normal.pdf(theta)
        assert estimation.expected_shortfall(weights, theta) == pytest.approx(shortfall, abs=1e-3)
    for p in (0.025, 0.05, 0.5, 0.8, 0.975):
        assert estimation.quantile(weights, p) == pytest.approx(normal.inv_cdf(p), abs=3e-3)


@given(patterns, st.floats(0.001, 0.999))
def test_a_quantile_and_the_probability_below_it_undo_each_other(responses, p):
    weights = estimation.posterior(TABLE, responses, shift_sd=0.3)
    assert estimation.probability_at_least(weights, estimation.quantile(weights, p)) == pytest.approx(1 - p, abs=1e-9)


def test_a_cut_on_a_grid_point_splits_a_symmetric_posterior_in_half():
    assert estimation.probability_at_least(normal_weights(1.0, 0.3), 1.0) == pytest.approx(0.5, abs=1e-12)


def test_infinite_and_far_targets_have_their_limits():
    assert estimation.probability_at_least(irt.PRIOR, -math.inf) == 1.0
    assert estimation.probability_at_least(irt.PRIOR, math.inf) == pytest.approx(0.0, abs=1e-12)
    assert estimation.expected_shortfall(irt.PRIOR, -math.inf) == 0.0
    assert estimation.expected_shortfall(irt.PRIOR, 8.0) == pytest.approx(8.0, abs=1e-6)
    with pytest.raises(ValueError, match="between 0 and 1"):
        estimation.quantile(irt.PRIOR, 1.1)


def test_the_gap_interval_ends_at_zero_for_whoever_is_above_the_target():
    assert estimation.gap_interval(normal_weights(2.5, 0.3), 1.0, 0.9) == (0.0, 0.0)
    lo, hi = estimation.gap_interval(normal_weights(0.9, 0.3), 1.0, 0.9)
    assert lo == 0.0
    assert hi == pytest.approx(0.1 + 1.645 * 0.3, abs=3e-3)


def offset_after(inside, outside, **changes):
    arguments = {"target_theta": 1.0, "shift_sd": 0.3} | changes
    easy = irt.category_tables(np.full(24, 1.5), np.zeros(24), np.zeros(24), np.zeros(24))
    responses = [*((i, s) for i, s in enumerate(inside)), *((12 + i, s) for i, s in enumerate(outside))]
    return estimation.skill_offset(easy, responses, np.arange(24) < 12, **arguments)


def test_a_skill_nobody_was_asked_about_keeps_its_prior_and_gives_no_signal():
    offset = offset_after([], [1, 0] * 6)
    # the prior is cut at +-2, four sd
    assert (offset.mean, offset.sd) == (pytest.approx(0.0, abs=1e-9), pytest.approx(0.5, abs=1e-3))
    assert estimation.skill_signal(offset) is None


def test_a_skill_answered_better_or_worse_than_the_rest_is_called_so():
    assert estimation.skill_signal(offset_after([1] * 8, [0] * 12)) is estimation.Signal.STRONGER
    assert estimation.skill_signal(offset_after([0] * 8, [1] * 12)) is estimation.Signal.WEAKER
    assert estimation.skill_signal(offset_after([1, 0] * 4, [1, 0] * 6)) is estimation.Signal.AS_EXPECTED
    assert estimation.skill_signal(offset_after([1] * 3, [0] * 12)) is None


def test_a_better_skill_is_likelier_to_meet_the_target_and_no_target_is_always_met():
    assert offset_after([1] * 6, [0, 1] * 6).p_meets > offset_after([0] * 6, [0, 1] * 6).p_meets
    assert offset_after([0] * 6, [0] * 6, target_theta=-math.inf).p_meets == 1.0


def test_the_offset_agrees_with_a_posterior_sampled_by_brute_force():
    inside, outside = [1, 1, 1, 0, 1], [0, 1, 0, 0, 1, 0, 1]
    rng = np.random.default_rng(11)
    n = 400_000
    theta, offset, shift = rng.normal(size=n), rng.normal(0, 0.5, n), rng.normal(0, 0.3, n)
    weight = np.ones(n)
    for at, scores in ((theta + offset - shift, inside), (theta - shift, outside)):
        p = irt.probability(1.5, 0.0, 0.0, at)
        weight *= p ** sum(scores) * (1 - p) ** (len(scores) - sum(scores))
    weight /= weight.sum()
    ours = offset_after(inside, outside)
    # importance sampling with an effective size above 50,000: three Monte Carlo errors are .007
    assert 1 / (weight**2).sum() > 50_000
    assert ours.mean == pytest.approx(weight @ offset, abs=0.007)
    assert ours.p_meets == pytest.approx(weight @ (theta + offset >= 1.0), abs=0.007)
