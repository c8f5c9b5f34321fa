"""The next item: admissible, informative, balanced, not the same for everybody."""

import random

import numpy as np
import pytest

from app.measurement import irt
from app.measurement.exposure import draw_barred
from app.measurement.selection import PoolItem, build_pool, look_ahead, select

pytestmark = pytest.mark.quick

FAMILIES = {0: "matrices", 1: "matrices", 2: "matrices", 7: "limits", 8: "limits"}
ENEMIES = {3: frozenset({"i4", "i5"}), 10: frozenset({"i11", "retired"})}
EASY = irt.ItemParameters(1.0, 0.0, 0.0, 0.0)


def walk(pool, seed=0, n=100, barred=frozenset()):
    rng, used = random.Random(seed), []
    while len(used) < n and (item := select(pool, irt.PRIOR, used, rng, barred=barred)) is not None:
        used.append(item)
    return used


@pytest.mark.parametrize("seed", range(20))
def test_no_item_comes_twice_nor_with_a_sibling_an_enemy_or_although_barred(make_pool, seed):
    pool = make_pool(40, families=FAMILIES, enemies=ENEMIES)
    barred = frozenset({20, 21, 22})
    used = set(walk(pool, seed, barred=barred))
    assert len(used & {0, 1, 2}) == 1
    assert len(used & {7, 8}) == 1
    assert not (3 in used and used & {4, 5})
    assert not {10, 11} <= used
    assert not used & barred
    # nothing else is missing: two and one siblings, one or two enemies of i3, one of i10 and i11
    assert 40 - len(used) - len(barred) in {2 + 1 + 1 + 1, 2 + 1 + 2 + 1}


def test_an_enemy_named_on_one_side_holds_on_both(make_pool):
    pool = make_pool(40, enemies=ENEMIES)
    assert pool.enemies[3] == {4, 5}
    assert pool.enemies[4] == {3}
    assert pool.enemies[10] == {11}


def test_the_same_seed_gives_the_same_items_and_another_seed_others(make_pool):
    pool = make_pool(200)
    assert walk(pool, 5, 20) == walk(pool, 5, 20)
    assert walk(pool, 5, 20) != walk(pool, 6, 20)


def test_content_follows_the_blueprint_at_every_length(make_pool):
    pool = make_pool(300)
    used = walk(pool, n=30)
    for n in range(1, 31):
        counts = np.bincount(pool.skill[used[:n]], minlength=4)
        # the least covered skill goes first, so no skill is ever a whole item from its share
        assert np.abs(counts - pool.skill_weights * n).max() < 1.0
    assert np.bincount(pool.skill[used]).tolist() == [12, 9, 6, 3]


def test_with_randomesque_one_the_most_informative_item_of_the_skill_comes(make_pool):
    pool = make_pool(100)
    for theta in (-1.0, 0.0, 1.4):
        weights = np.isclose(irt.GRID, theta).astype(float)
        item = select(pool, weights, [], random.Random(1), randomesque=1)
        cell = int(weights.argmax())
        heaviest = np.flatnonzero(pool.skill == int(pool.skill_weights.argmax()))
        assert pool.information[item, cell] == pool.information[heaviest, cell].max()


def test_early_items_are_one_of_five_and_later_ones_one_of_three(make_pool):
    pool = make_pool(100, blueprint={"algebra": 1.0})
    best = np.argsort(-pool.information[:, 30]).tolist()
    assert {select(pool, irt.PRIOR, [], random.Random(seed)) for seed in range(200)} == set(best[:5])
    used = best[-3:]
    assert {select(pool, irt.PRIOR, used, random.Random(seed)) for seed in range(200)} == set(best[:3])


def test_items_that_tie_all_get_their_turn():
    pool = build_pool([PoolItem(f"i{i}", "s", EASY, None, frozenset(), 30.0) for i in range(12)], {"s": 1.0})
    assert {select(pool, irt.PRIOR, [], random.Random(seed), randomesque=1) for seed in range(300)} == set(range(12))


def test_a_used_up_skill_is_replaced_by_the_others_until_nothing_is_left(make_pool):
    pool = make_pool(12)
    used = walk(pool)
    assert sorted(used) == list(range(12))
    assert select(pool, irt.PRIOR, used, random.Random(0)) is None


def test_items_longer_than_allowed_stay_away(make_pool):
    items = [PoolItem(f"i{i}", "s", EASY, None, frozenset(), 30.0 * (1 + i % 4)) for i in range(40)]
    pool = build_pool(items, {"s": 1.0})
    assert all(pool.seconds[select(pool, irt.PRIOR, [], random.Random(k), longest=60.0)] <= 60.0 for k in range(50))
    assert select(pool, irt.PRIOR, [], random.Random(0), longest=29.0) is None


def test_the_outlook_is_close_to_what_selection_takes_without_chance(make_pool):
    pool = make_pool(60, families=FAMILIES)
    used, rng = [], random.Random(0)
    for _ in range(10):
        used.append(select(pool, irt.PRIOR, used, rng, randomesque=1))
    ahead = look_ahead(pool, 0.0, [], frozenset(), 10)
    assert list(ahead) == sorted(ahead, reverse=True)
    # the ten best of all skills are a little better than the two best of each of five
    taken = pool.information[used, 30].sum()
    assert taken <= ahead.sum() <= 1.15 * taken
    # of two families with three and two members one each can ever come
    assert len(look_ahead(pool, 0.0, [], frozenset(), 500)) == 60 - 2 - 1


@pytest.mark.parametrize(
    ("items", "weights", "complaint"),
    [
        ([], {"s": 1.0}, "at least one item"),
        ([("i", "s"), ("i", "s")], {"s": 1.0}, "only once"),
        ([("i", "t")], {"s": 1.0}, "does not name: t"),
        ([("i", "s")], {"s": 0.0}, "above 0"),
        ([("i", "s"), ("j", "t")], {"s": 1.0, "t": -0.1}, "0 or more"),
    ],
)
def test_a_pool_that_cannot_work_is_refused(items, weights, complaint):
    with pytest.raises(ValueError, match=complaint):
        build_pool([PoolItem(name, skill, EASY, None, frozenset(), 30.0) for name, skill in items], weights)


def test_a_skill_without_items_gives_its_weight_to_the_others():
    pool = build_pool([PoolItem("i", "s", EASY, None, frozenset(), 30.0)], {"s": 0.5, "empty": 0.5})
    assert pool.skill_names == ("s",)
    assert pool.skill_weights.tolist() == [1.0]


def test_the_lottery_is_off_in_a_small_bank_and_before_anybody_has_sat(make_pool):
    everything = {f"i{i}": 1.0 for i in range(200)}
    assert draw_barred(make_pool(149), everything, 100, 0.25, random.Random(0)) == frozenset()
    assert draw_barred(make_pool(150), everything, 0, 0.25, random.Random(0)) == frozenset()
    assert draw_barred(make_pool(150), everything, 100, 0.25, random.Random(0), max_items=31) == frozenset()
    assert draw_barred(make_pool(150), everything, 100, 0.25, random.Random(0))


def test_an_item_beyond_the_limit_sits_out_one_below_it_never_and_one_between_sometimes(make_pool):
    pool = make_pool(200)
    exposure = {"i0": 0.9, "i1": 0.17, "i2": 0.225}
    draws = [draw_barred(pool, exposure, 100, 0.25, random.Random(seed)) for seed in range(400)]
    share = [sum(item in barred for barred in draws) / 400 for item in range(3)]
    assert share[:2] == [1.0, 0.0]
    # (.275 - .225) / .1 = half; the binomial error of 400 draws is .025, three of them .075
    assert share[2] == pytest.approx(0.5, abs=0.075)


def test_the_lottery_leaves_every_skill_enough_items(make_pool):
    pool = make_pool(200)
    barred = draw_barred(pool, {f"i{i}": 0.9 for i in range(200)}, 100, 0.25, random.Random(0))
    for k, weight in enumerate(pool.skill_weights):
        left = [i for i in range(200) if pool.skill[i] == k and i not in barred]
        assert len(left) >= weight * 30
