"""Recovery: simulated people on made-up banks, and what exposure control does to them."""

import numpy as np
import pytest

from app.measurement import irt, simulation
from app.measurement.selection import PoolItem, build_pool
from app.measurement.simulation import Truth, simulate
from app.measurement.stopping import STANDARD, Rules

BLUEPRINT = {"linear-algebra": 0.35, "calculus": 0.25, "probability": 0.25, "optimisation": 0.15}


def judged_bank(seed, n_items=32):
    """A bank as its authors would hand it in, with the truth they could not see.

    True b ~ N(0, 1), log a ~ N(0, .3); one judge errs by N(0, .8) per item, all share a leniency N(0, .3), and their
    pair implies a slope that is off by N(0, .3) in the log. This is the stated model of judges' errors, run through
    `judged_parameters`, not a redraw from the engine's own posterior.
    """
    rng = np.random.default_rng(seed)
    b, c = rng.normal(0, 1, n_items), np.tile([0.0, irt.CHOICE_GUESSING], n_items // 2)
    a = np.exp(rng.normal(0, 0.3, n_items))
    judged_b = b + rng.normal(0, 0.8, n_items) - rng.normal(0, 0.3)
    judged_a = np.clip(a * np.exp(rng.normal(0, 0.3, n_items)), 0.5, 2.0)
    pairs = irt.probability(judged_a[:, None], judged_b[:, None], c[:, None], [-1.0, 1.0])
    skills = [name for name, weight in BLUEPRINT.items() for _ in range(round(weight * 20))]
    items = [
        PoolItem(
            f"i{i}",
            skills[i * 7 % 20],
            irt.judged_parameters(*pairs[i], judges=1, guessing=float(c[i])),
            None,
            frozenset(),
            90.0,
        )
        for i in range(n_items)
    ]
    return build_pool(items, BLUEPRINT), Truth(a, b, c)


def pooled(runs):
    theta, theta_hat, lo, hi, se = (
        np.concatenate([getattr(run, name) for run in runs]) for name in ("theta", "theta_hat", "lo95", "hi95", "se")
    )
    return theta, theta_hat, (lo <= theta) & (theta <= hi), se


@pytest.fixture(scope="module")
def cold_start():
    runs = []
    for seed in range(500, 540):
        pool, truth = judged_bank(seed)
        thetas = np.random.default_rng(10_000 + seed).normal(size=60)
        runs.append(simulate(pool, thetas, STANDARD, 20_000 + seed, truth=truth))
    return runs


def test_cold_start_intervals_hold_what_they_promise(cold_start):
    _, _, covered, _ = pooled(cold_start)
    # Over 240 banks it is .961, above .95 because shrinking the difficulties shrinks their common leniency with them.
    # Coverage differs between banks by an sd of .030, so 40 banks are uncertain by .005.
    assert 0.925 <= covered.mean() <= 0.97


def test_cold_start_estimates_follow_the_truth_without_bias(cold_start):
    theta, theta_hat, _, se = pooled(cold_start)
    assert np.corrcoef(theta, theta_hat)[0, 1] >= 0.8
    # the stated error must be the real one; 40 banks settle the RMSE to about 5 %
    assert np.sqrt(((theta - theta_hat) ** 2).mean()) == pytest.approx(np.sqrt((se**2).mean()), rel=0.12)
    # the mean of 40 leniencies of .3 and of 32 difficulties each is uncertain by about .055
    assert abs((theta_hat - theta).mean()) < 0.15


def test_a_bank_redrawn_from_its_own_posterior_is_covered_too(make_pool):
    runs = [
        simulate(make_pool(30, seed=seed), np.random.default_rng(100 + seed).normal(size=60), STANDARD, 200 + seed)
        for seed in range(30)
    ]
    theta, theta_hat, covered, _ = pooled(runs)
    # 30 banks are uncertain by .006: four errors below .95 and three above
    assert 0.925 <= covered.mean() <= 0.97
    assert np.corrcoef(theta, theta_hat)[0, 1] >= 0.8


def test_redrawn_parameters_spread_as_the_judged_prior_says(make_pool):
    pool = make_pool(400, difficulty_sd=0.6)
    draws = [simulation.draw_truth(pool, np.random.default_rng(seed)) for seed in range(50)]
    error = np.array([truth.difficulty for truth in draws]) - pool.difficulty
    # 20,000 draws within banks: .003; 50 shared shifts of .3: a relative error of .1, three of them .09
    assert (error - error.mean(axis=1, keepdims=True)).std() == pytest.approx(0.6, abs=0.01)
    assert error.mean(axis=1).std() == pytest.approx(0.3, abs=0.09)
    log_a = np.log([truth.discrimination for truth in draws]) - np.log(pool.discrimination)
    assert log_a.std() == pytest.approx(0.3, abs=0.01)


def test_calibrated_items_are_not_redrawn(make_pool):
    pool = make_pool(20, difficulty_sd=0.0, shift_sd=0.0)
    truth = simulation.draw_truth(pool, np.random.default_rng(1))
    assert truth.difficulty.tolist() == pool.difficulty.tolist()
    assert truth.discrimination.tolist() == pool.discrimination.tolist()


def test_answers_come_as_often_as_the_curve_says(make_pool):
    pool = make_pool(10)
    truth, rng = simulation.draw_truth(pool, np.random.default_rng(1)), np.random.default_rng(2)
    p = irt.probability(truth.discrimination, truth.difficulty, truth.guessing, 0.5)
    single = np.mean([simulation.answer(truth, 3, 0.5, rng) for _ in range(4000)])
    every = np.mean([simulation.answers(truth, 0.5, rng) for _ in range(4000)], axis=0)
    # the binomial error of 4,000 answers is at most .008; four of them
    assert single == pytest.approx(p[3], abs=0.032)
    assert every == pytest.approx(p, abs=0.032)


def test_a_simulation_repeats_from_its_seed(make_pool):
    thetas = np.linspace(-2, 2, 20)
    first, again, other = (simulate(make_pool(60), thetas, STANDARD, seed) for seed in (3, 3, 4))
    assert first.items.tolist() == again.items.tolist()
    assert first.theta_hat.tolist() == again.theta_hat.tolist()
    assert first.items.tolist() != other.items.tolist()
    assert (first.n_items == (first.items >= 0).sum(axis=1)).all()


@pytest.fixture(scope="module")
def big_bank(make_pool):
    pool, thetas = make_pool(300), np.random.default_rng(8).normal(size=400)
    return pool, {lottery: simulate(pool, thetas, Rules(20, 20, None, lottery=lottery), 8) for lottery in (True, False)}


def test_the_lottery_bounds_exposure_and_overlap_in_a_big_bank(big_bank):
    pool, runs = big_bank
    # the limit is .25; what has been given cannot be taken back, so the first attempts and chance leave .03
    assert simulation.exposure(runs[True], len(pool.item_ids)).max() <= 0.28
    assert simulation.mean_overlap(runs[True]) <= 0.25
    assert simulation.exposure(runs[False], len(pool.item_ids)).max() > 0.5


def test_the_lottery_costs_little_precision(big_bank):
    _, runs = big_bank
    # at 20 of 300 items .369 -> .397 was reported for calibrated items: 8 %; judged ones differ less in information
    assert runs[True].se.mean() <= 1.1 * runs[False].se.mean()


def test_the_lottery_changes_nothing_in_a_small_bank(make_pool):
    pool, thetas = make_pool(60), np.linspace(-2, 2, 60)
    on, off = (simulate(pool, thetas, Rules(15, 15, None, lottery=lottery), 2) for lottery in (True, False))
    assert on.items.tolist() == off.items.tolist()


def test_overlap_is_one_when_everybody_gets_the_same_items_and_needs_two_attempts(make_pool):
    pool = make_pool(10)
    same = simulate(pool, [0.0, 1.0, -1.0], Rules(10, 10, None), 1)
    assert simulation.mean_overlap(same) == pytest.approx(1.0)
    assert simulation.exposure(same, 10).tolist() == [1.0] * 10
    with pytest.raises(ValueError, match="at least two"):
        simulation.mean_overlap(simulate(pool, [0.0], STANDARD, 1))
