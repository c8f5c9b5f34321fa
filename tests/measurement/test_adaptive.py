"""One adaptive step, and the quick test over several domains."""

import random

import pytest

from app.measurement import irt
from app.measurement.adaptive import Response, advance, advance_quick
from app.measurement.selection import PoolItem, build_pool
from app.measurement.stopping import STANDARD, Rules, StopReason

pytestmark = pytest.mark.quick

DOMAINS = {"mathematics": 0.5, "coding": 0.3, "deep-learning": 0.2}


def sit(pool, rules, seed, right=lambda item: item % 3 > 0):
    history = []
    while (step := advance(pool, history, rules, random.Random(seed * 1000 + len(history)))).next_item is not None:
        history.append(Response(step.next_item, float(right(step.next_item))))
    return history, step


@pytest.mark.parametrize("score", [0.5, -1.0, 2.0, float("nan")])
def test_only_right_and_wrong_are_understood(score):
    with pytest.raises(ValueError, match=r"only 0\.0 and 1\.0"):
        Response(0, score)


def test_the_first_step_knows_the_prior_only(make_pool):
    step = advance(make_pool(), [], STANDARD, random.Random(1))
    assert step.theta == pytest.approx(0.0, abs=1e-12)
    assert step.se == pytest.approx(1.0, abs=1e-6)
    assert step.next_item is not None
    assert step.stop is None


def test_an_attempt_replays_exactly_from_its_seed_and_answers(make_pool):
    pool = make_pool(100)
    first, last = sit(pool, STANDARD, 4)
    again, last_again = sit(pool, STANDARD, 4)
    assert first == again
    assert last.weights.tolist() == last_again.weights.tolist()
    assert [r.item for r in sit(pool, STANDARD, 5)[0]] != [r.item for r in first]


def test_a_step_ends_with_an_item_or_a_reason_never_both(make_pool):
    history, step = sit(make_pool(100), STANDARD, 1)
    assert len(history) == 30
    assert (step.next_item, step.stop) == (None, StopReason.LONGEST)


def test_a_pool_too_small_for_the_rules_is_exhausted(make_pool):
    history, step = sit(make_pool(8), STANDARD, 1)
    assert len(history) == 8
    assert step.stop is StopReason.EXHAUSTED


def test_barred_items_never_come(make_pool):
    pool, barred = make_pool(60), frozenset(range(0, 60, 2))
    history = []
    rules = Rules(min_items=20, max_items=20)
    while (step := advance(pool, history, rules, random.Random(len(history)), barred)).next_item is not None:
        history.append(Response(step.next_item, 1.0))
    assert not barred & {response.item for response in history}


def test_an_item_answered_twice_or_unknown_is_refused(make_pool):
    with pytest.raises(ValueError, match="twice"):
        advance(make_pool(), [Response(1, 1.0), Response(1, 0.0)], STANDARD, random.Random(0))
    with pytest.raises(ValueError, match="outside a table"):
        advance(make_pool(10), [Response(10, 1.0)], STANDARD, random.Random(0))


def quick(pools, budget_s, seed=0, weights=None, barred=None):
    history = []
    while True:
        step = advance_quick(pools, history, weights or DOMAINS, budget_s, random.Random(seed + len(history)), barred)
        if step.item is None:
            return history, step
        history.append((step.domain, Response(step.item, float(random.Random(seed - len(history)).random() < 0.5))))


def timed_pool(times, shift_sd=0.3):
    parameters = irt.ItemParameters(1.0, 0.0, 0.0, 0.5)
    items = [PoolItem(f"i{i}", "s", parameters, None, frozenset(), seconds) for i, seconds in enumerate(times)]
    return build_pool(items, {"s": 1.0}, shift_sd=shift_sd)


@pytest.mark.parametrize("seed", range(10))
def test_the_stated_time_of_a_quick_test_ends_within_half_an_item_of_its_budget(seed):
    rng = random.Random(seed)
    pools = {
        domain: timed_pool([rng.choice([30.0, 60.0, 90.0, 120.0, 600.0]) for _ in range(60)]) for domain in DOMAINS
    }
    history, step = quick(pools, 1200.0, seed)
    times = [float(pools[domain].seconds[response.item]) for domain, response in history]
    assert step.stop is StopReason.BUDGET
    assert sum(times) <= 1200.0 + times[-1] / 2
    # 30-second items are left, and one may come while 15 seconds are
    assert sum(times) > 1200.0 - 15.0


def test_the_next_domain_is_the_one_where_an_item_is_worth_most(make_pool):
    pools = {domain: make_pool(60, seed=k) for k, domain in enumerate(DOMAINS)}
    history, step = quick(pools, 1200.0)
    assert len(history) == 20
    for n in range(len(history)):
        before = advance_quick(pools, history[:n], DOMAINS, 1200.0, random.Random(n))
        wanted = max(DOMAINS, key=lambda domain: DOMAINS[domain] * before.steps[domain].se ** 8)
        assert before.domain == wanted == history[n][0]
        assert before.steps[wanted].next_item == before.item
    assert set(step.steps) == set(DOMAINS)


def test_every_domain_of_a_quick_test_has_the_posterior_of_its_own_answers(make_pool):
    pools = {domain: make_pool(60, seed=k) for k, domain in enumerate(DOMAINS)}
    history, step = quick(pools, 900.0)
    for domain, pool in pools.items():
        own = [response for name, response in history if name == domain]
        assert step.steps[domain].weights.tolist() == advance(pool, own, STANDARD, random.Random(0)).weights.tolist()


def test_a_domain_without_weight_is_never_asked_and_one_used_up_gives_way(make_pool):
    pools = {"mathematics": make_pool(3), "coding": make_pool(60, seed=1), "deep-learning": make_pool(60, seed=2)}
    history, step = quick(pools, 1200.0, weights={"mathematics": 0.9, "coding": 0.1, "deep-learning": 0.0})
    domains = [domain for domain, _ in history]
    assert domains.count("mathematics") == 3
    assert domains.count("coding") == 17
    assert step.stop is StopReason.BUDGET


def test_a_quick_test_that_runs_out_of_items_says_so(make_pool):
    history, step = quick({"coding": make_pool(4)}, 1200.0, weights={"coding": 1.0})
    assert len(history) == 4
    assert (step.domain, step.item, step.stop) == (None, None, StopReason.EXHAUSTED)


def test_barred_items_stay_out_of_a_quick_test(make_pool):
    barred = {"coding": frozenset(range(30))}
    history, _ = quick({"coding": make_pool(60)}, 1200.0, weights={"coding": 1.0}, barred=barred)
    assert min(response.item for _, response in history) >= 30


def test_a_quick_test_without_a_pool_or_weight_for_a_domain_is_refused(make_pool):
    with pytest.raises(ValueError, match="coding"):
        advance_quick({"coding": make_pool(10)}, [], {"mathematics": 1.0}, 60.0, random.Random(0))
    with pytest.raises(ValueError, match="unknown"):
        advance_quick(
            {"coding": make_pool(10)}, [("unknown", Response(0, 1.0))], {"coding": 1.0}, 60.0, random.Random(0)
        )
