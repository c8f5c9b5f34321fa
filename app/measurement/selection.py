"""Which item comes next: a bank version as arrays, maximum information within the blueprint.

Not for when to stop (`stopping`), nor for how often an item may be seen (`exposure`). Every random choice is one
`rng.random()`, whose stream Python keeps stable.
"""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.measurement.irt import GRID, FloatArray, IntArray, ItemParameters, category_tables, fisher_information

EARLY_ITEMS = 3
EARLY_RANDOMESQUE, LATER_RANDOMESQUE = 5, 3
"""One of the best 5 for the first three items, when little is known yet, later one of the best 3 (Kingsbury & Zara
1989)."""

_MOST_TIES = 32
_SPARE = 64  # candidates beyond those wanted, for the enemies and siblings that drop out on the way
_CHUNK = 24


@dataclass(frozen=True)
class PoolItem:
    """One item as the engine needs it: stated seconds to answer, siblings by family, enemies by item id."""

    item_id: str
    skill: str
    parameters: ItemParameters
    family: str | None
    enemies: frozenset[str]
    seconds: float


@dataclass(frozen=True, eq=False)
class Pool:
    """A bank version as arrays, items in the order they were given; made by `build_pool`, never changed.

    item_ids: n ids.  skill: (n,) index into skill_names.  skill_weights: (n_skills,) blueprint shares, summing to 1.
    family: (n,) items of one family are siblings, -1 is none.  enemies: per item, the items it must not meet.
    seconds: (n,) stated time.  log_table: (n, 2, 61) log P.  information: (n, 61) Fisher information.
    order: (61, n) per grid cell all items, skill by skill, the most informative first; skill k fills the columns
    skill_starts[k]:skill_starts[k + 1].  excludes: per item, itself with its siblings and enemies.
    shift_sd: sd of the leniency all difficulties share, in logits.
    discrimination, difficulty, guessing, difficulty_sd: (n,) the parameters behind the tables.
    """

    item_ids: tuple[str, ...]
    skill: IntArray
    skill_names: tuple[str, ...]
    skill_weights: FloatArray
    family: IntArray
    enemies: tuple[frozenset[int], ...]
    seconds: FloatArray
    log_table: FloatArray
    information: FloatArray
    order: IntArray
    skill_starts: tuple[int, ...]
    excludes: tuple[frozenset[int], ...]
    shift_sd: float
    discrimination: FloatArray
    difficulty: FloatArray
    guessing: FloatArray
    difficulty_sd: FloatArray


def build_pool(items: Sequence[PoolItem], skill_weights: Mapping[str, float], *, shift_sd: float = 0.3) -> Pool:
    """Lay out items for the engine; done once per bank version, so that a step never looks at the whole bank.

    Args:
        items: the live items; an enemy that is not among them is ignored.
        skill_weights: blueprint weight per skill. Skills without items are left out and the rest scaled to sum 1.
        shift_sd: .3 until 200 people have answered, then 0.

    Raises:
        ValueError: without items, with an id twice, with a skill the blueprint does not name, or with weights that
            are negative or all 0.
    """
    index = {item.item_id: i for i, item in enumerate(items)}
    if not items or len(index) != len(items):
        raise ValueError("a pool needs at least one item, and every item id only once")
    if strays := sorted({item.skill for item in items} - set(skill_weights)):
        raise ValueError(f"items belong to skills the blueprint does not name: {', '.join(strays)}")
    present = {item.skill for item in items}
    skill_names = tuple(name for name in skill_weights if name in present)
    weights = np.array([skill_weights[name] for name in skill_names], dtype=np.float64)
    if weights.min() < 0.0 or weights.sum() <= 0.0:
        raise ValueError("blueprint weights must be 0 or more, and above 0 for a skill that has items")

    a, b, c, s = np.array(
        [(p.discrimination, p.difficulty, p.guessing, p.difficulty_sd) for p in (item.parameters for item in items)]
    ).T
    information = fisher_information(a, b, c, s)
    skill = np.array([skill_names.index(item.skill) for item in items], dtype=np.intp)
    families = {name: k for k, name in enumerate(dict.fromkeys(item.family for item in items if item.family))}
    family = np.array([families[item.family] if item.family else -1 for item in items], dtype=np.intp)
    enemies = _mutual_enemies(items, index)
    siblings: dict[int, frozenset[int]] = {
        k: frozenset(np.flatnonzero(family == k).tolist()) for k in range(len(families))
    }
    return Pool(
        item_ids=tuple(index),
        skill=skill,
        skill_names=skill_names,
        skill_weights=weights / weights.sum(),
        family=family,
        enemies=enemies,
        seconds=np.array([item.seconds for item in items], dtype=np.float64),
        log_table=category_tables(a, b, c, s),
        information=information,
        order=np.stack([np.lexsort((-information[:, cell], skill)) for cell in range(GRID.size)]),
        skill_starts=(0, *np.cumsum(np.bincount(skill, minlength=len(skill_names))).tolist()),
        excludes=tuple(
            frozenset({i}) | enemies[i] | siblings.get(int(family[i]), frozenset()) for i in range(len(items))
        ),
        shift_sd=shift_sd,
        discrimination=a,
        difficulty=b,
        guessing=c,
        difficulty_sd=s,
    )


def _mutual_enemies(items: Sequence[PoolItem], index: Mapping[str, int]) -> tuple[frozenset[int], ...]:
    """An author names an enemy on one side only; it holds on both."""
    enemies: list[set[int]] = [set() for _ in items]
    for i, item in enumerate(items):
        for j in (index[name] for name in item.enemies if name in index and index[name] != i):
            enemies[i].add(j)
            enemies[j].add(i)
    return tuple(frozenset(group) for group in enemies)


def _skills_by_need(pool: Pool, used: Sequence[int], rng: random.Random) -> list[int]:
    """Skills from the least to the best covered against their blueprint weight, ties in random order."""
    counts = [0] * len(pool.skill_names)
    for skill in pool.skill.take(used).tolist() if used else ():
        counts[skill] += 1
    # rounded, because 3 x .1 and .3 are a tie
    need = [
        round(weight * (len(used) + 1) - count, 9)
        for weight, count in zip(pool.skill_weights.tolist(), counts, strict=True)
    ]
    if len(set(need)) == len(need):
        return sorted(range(len(need)), key=lambda k: -need[k])
    return sorted(range(len(need)), key=lambda k: (-need[k], rng.random()))


def _cell(theta: float) -> int:
    return min(max(round((theta - float(GRID[0])) / float(GRID[1] - GRID[0])), 0), GRID.size - 1)


def _best(
    pool: Pool, skill: int, cell: int, *, excluded: set[int], barred: frozenset[int], longest: float, count: int
) -> list[int]:
    """The `count` most informative admissible items of a skill, with those that tie with the last of them."""
    walk = pool.order[cell]
    position, end = pool.skill_starts[skill], pool.skill_starts[skill + 1]
    found: list[int] = []
    while position < end:
        for item in walk[position : min(position + _CHUNK, end)].tolist():
            if item in excluded or item in barred or pool.seconds[item] > longest:
                continue
            if len(found) >= count:
                tied = pool.information[item, cell] >= pool.information[found[count - 1], cell] * (1.0 - 1e-9)
                if not tied or len(found) >= _MOST_TIES:
                    return found
            found.append(item)
        position += _CHUNK
    return found


def select(
    pool: Pool,
    weights: FloatArray,
    used: Sequence[int],
    rng: random.Random,
    *,
    barred: frozenset[int] = frozenset(),
    randomesque: int | None = None,
    longest: float = math.inf,
) -> int | None:
    """The next item: maximum information at the EAP inside the least-covered skill, one of the best few at random.

    Args:
        pool: the bank version.
        weights: (61,) posterior so far.
        used: items of this attempt so far. Neither they nor their siblings and enemies come again.
        rng: the generator of this position of this attempt.
        barred: items the lottery took out of this attempt.
        randomesque: choose among this many best; None is 5 for the first three items, then 3. Items that tie with the
            last of them take part too, or the first in the bank would always win.
        longest: no item of more stated seconds than this.

    Returns:
        An item index, or None when no admissible item is left. When a skill is used up the next one steps in.
    """
    if randomesque is None:
        randomesque = EARLY_RANDOMESQUE if len(used) < EARLY_ITEMS else LATER_RANDOMESQUE
    cell = _cell(float(weights @ GRID))
    excluded: set[int] = set().union(*[pool.excludes[item] for item in used])
    for skill in _skills_by_need(pool, used, rng):
        if best := _best(pool, skill, cell, excluded=excluded, barred=barred, longest=longest, count=randomesque):
            return best[int(rng.random() * len(best))]
    return None


def select_by_rate(
    pool: Pool,
    weights: FloatArray,
    used: Sequence[int],
    rng: random.Random,
    *,
    barred: frozenset[int] = frozenset(),
    longest: float = math.inf,
) -> int | None:
    """The next item where time is what runs out: most information at the EAP per stated second (van der Linden 2009).

    One of the best five at random, from skills not asked yet as long as there are any: three or four items cannot
    follow the shares of a blueprint, but they need not come from one skill. The one step whose cost grows with the
    pool, by about 5 ns an item.

    Returns:
        An item index, or None when no admissible item of at most `longest` stated seconds is left.
    """
    open_ = pool.seconds <= longest
    closed = set(barred).union(*[pool.excludes[item] for item in used])
    open_[list(closed)] = False
    fresh = open_ & ~np.isin(pool.skill, pool.skill[list(used)]) if used else open_
    candidates = np.flatnonzero(fresh if fresh.any() else open_)
    if not candidates.size:
        return None
    rate = pool.information[candidates, _cell(float(weights @ GRID))] / pool.seconds[candidates]
    best = candidates[np.argsort(-rate, kind="stable")[:EARLY_RANDOMESQUE]]
    return int(best[int(rng.random() * best.size)])


def look_ahead(pool: Pool, theta: float, used: Sequence[int], barred: frozenset[int], count: int) -> FloatArray:
    """Information at theta of the items likely to come next, the most first, at most `count` of them.

    The most informative items that may still come, if theta stayed where it is. `select` also keeps to the shares of
    the skills and chooses among the best few; the sum over the next items hardly depends on that, and this is done in
    every answer. The cost grows with the pool, by about 10 ns an item.
    """
    closed: set[int] = set(barred).union(*[pool.excludes[item] for item in used])
    information = pool.information[:, _cell(theta)]
    most = min(count + len(closed) + _SPARE, information.size)
    best = np.argpartition(-information, most - 1)[:most]
    coming: list[int] = []
    for item in best[np.argsort(-information[best], kind="stable")].tolist():
        if len(coming) == count:
            break
        if item not in closed:
            coming.append(item)
            closed |= pool.excludes[item]
    return information[coming]
