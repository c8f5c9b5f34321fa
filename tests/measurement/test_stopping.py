"""Stop rules, progress and forecasts."""

import itertools
import random

import numpy as np
import pytest

from app.measurement import irt, stopping
from app.measurement.adaptive import Response, advance
from app.measurement.simulation import answers, draw_truth
from app.measurement.stopping import SCREENING, STANDARD, VERIFIED, Rules, StopReason, should_stop

pytestmark = pytest.mark.quick


def normal_weights(mean, sd):
    weights = np.exp(-0.5 * ((irt.GRID - mean) / sd) ** 2)
    return weights / weights.sum()


@pytest.mark.parametrize(
    ("rules", "answered", "se", "mean", "reason"),
    [
        (STANDARD, 9, 0.2, 0.0, None),
        (STANDARD, 10, 0.35, 0.0, StopReason.PRECISE),
        (STANDARD, 29, 0.36, 0.0, None),
        (STANDARD, 30, 0.36, 0.0, StopReason.LONGEST),
        (VERIFIED, 30, 0.31, 0.0, None),
        (VERIFIED, 40, 0.31, 0.0, StopReason.LONGEST),
        (VERIFIED, 12, 0.30, 0.0, StopReason.PRECISE),
        (SCREENING, 10, 0.4, 2.0, StopReason.LEVEL_CERTAIN),
        (SCREENING, 10, 0.4, 1.2, None),
        (SCREENING, 10, 0.2, 1.2, None),
        (SCREENING, 9, 0.4, 2.0, None),
    ],
)
def test_an_attempt_stops_for_the_reason_its_rules_name(rules, answered, se, mean, reason):
    assert should_stop(rules, answered, se, normal_weights(mean, se)) is reason


@pytest.mark.parametrize(("low", "high"), [(0, 5), (6, 5)])
def test_rules_that_contradict_themselves_are_refused(low, high):
    with pytest.raises(ValueError, match="min_items"):
        Rules(min_items=low, max_items=high)


def test_precision_runs_from_nothing_to_all_of_the_information_wanted():
    assert stopping.precision(1.0, 0.35) == 0.0
    assert stopping.precision(1.3, 0.35) == 0.0
    assert stopping.precision(0.35, 0.35) == pytest.approx(1.0)
    assert stopping.precision(0.2, 0.35) == 1.0
    assert stopping.precision(0.9, 1.0) == 1.0
    # half the information beyond the prior
    assert stopping.precision((1 + (1 / 0.35**2 - 1) / 2) ** -0.5, 0.35) == pytest.approx(0.5)


def test_the_forecast_stays_within_the_rules_and_the_pool(make_pool):
    assert stopping.forecast(make_pool(18), irt.PRIOR, [], STANDARD) == (18, 18)
    lo, hi = stopping.forecast(make_pool(300, shift_sd=0.0, difficulty_sd=0.0), irt.PRIOR, [], STANDARD)
    assert 10 <= lo < hi <= 30


def test_the_forecast_of_a_finished_attempt_is_what_was_answered(make_pool):
    pool = make_pool(100, shift_sd=0.0)
    assert stopping.forecast(pool, normal_weights(0.0, 0.34), list(range(14)), STANDARD) == (14, 14)


def test_a_level_certain_from_the_start_is_forecast_short_and_one_at_the_cut_long(make_pool):
    pool = make_pool(100)
    far, near = normal_weights(2.6, 0.5), normal_weights(1.0, 0.4)
    used = list(range(5))
    assert stopping.forecast(pool, far, used, SCREENING)[0] == 10
    assert stopping.forecast(pool, near, used, SCREENING) == (pytest.approx(20, abs=10), 30)


def test_forecasts_hold_for_most_simulated_attempts(make_pool):
    pool = make_pool(300, shift_sd=0.0, difficulty_sd=0.0)
    held = []
    for seed in range(60):
        numbers, rng, history, forecasts = np.random.default_rng(seed), random.Random(seed), [], []
        scores = answers(draw_truth(pool, numbers), float(numbers.normal()), numbers)
        step = advance(pool, history, STANDARD, rng)
        while step.next_item is not None:
            if len(history) in {0, 5, 10}:
                forecasts.append(stopping.forecast(pool, step.weights, [r.item for r in history], STANDARD))
            history.append(Response(step.next_item, float(scores[step.next_item])))
            step = advance(pool, history, STANDARD, rng)
        held += [lo <= len(history) <= hi for lo, hi in forecasts]
    # about .9 over 200 attempts; 60 attempts have a binomial error of .04, so .8 is more than two below
    assert np.mean(held) >= 0.8


def test_the_number_of_items_until_an_error_grows_as_the_error_shrinks(make_pool):
    pool = make_pool(300, shift_sd=0.0)
    numbers = [stopping.items_until(pool, irt.PRIOR, [], se) for se in (1.0, 0.6, 0.4, 0.3)]
    assert numbers[0] == 0
    assert all(few < many for few, many in itertools.pairwise(numbers))


def test_an_error_below_the_shared_shift_is_out_of_reach_for_any_number_of_items(make_pool):
    # .3 of shared shift leaves a standard error of .287 however many items there are
    assert stopping.items_until(make_pool(2000, difficulty_sd=0.0), irt.PRIOR, [], 0.28) is None
    assert stopping.items_until(make_pool(5), irt.PRIOR, [], 0.3) is None
    assert stopping.items_until(make_pool(5), irt.PRIOR, [], 0.0) is None
