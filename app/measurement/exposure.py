"""How often an item may be seen: the eligibility lottery, drawn once per attempt."""

import math
import random
from collections.abc import Mapping

from app.measurement.selection import Pool

EXPOSURE_LIMIT = 0.25
"""r_max: the share of attempts that may see one item."""

LOTTERY_BANK_FACTOR = 5
"""The lottery acts only on a bank of at least this many times the maximum number of items; in a smaller one every item
has to be seen more often than the limit allows."""

_THROTTLE = 0.1
_SPARE_ITEMS = 5


def draw_barred(
    pool: Pool,
    exposure: Mapping[str, float],
    attempts: int,
    r_max: float,
    rng: random.Random,
    *,
    max_items: int = 30,
) -> frozenset[int]:
    """The item-eligibility lottery, drawn once per attempt: which items sit this one out.

    An item is eligible with probability (limit - exposure) / .1, between 0 and 1, where limit = r_max (1 + .1). Even an
    item that every attempt would take settles at exposure r_max, because there limit - r_max = .1 r_max. The idea is
    van der Linden & Veldkamp's (2004, 2007), in the form without ability classes (Barrada, Abad & Veldkamp 2009);
    the rule is ours, as it needs the exposure only, not a history of eligibility.

    Args:
        exposure: share in [0, 1] of `attempts` that saw the item, by item id; an id not named was never seen.
        attempts: how many attempts the shares rest on; with none nobody is barred.
        r_max: the exposure aimed at, usually `EXPOSURE_LIMIT`.
        max_items: the longest attempt that the rules allow.

    Returns:
        Indices of the barred items; empty while the bank holds fewer than 5 x max_items. Every skill keeps enough
        items for its share of the longest attempt, the least exposed first.
    """
    if attempts == 0 or len(pool.item_ids) < LOTTERY_BANK_FACTOR * max_items:
        return frozenset()
    limit = r_max * (1.0 + _THROTTLE)
    out: list[list[tuple[float, int]]] = [[] for _ in pool.skill_names]
    for item, item_id in enumerate(pool.item_ids):
        seen = exposure.get(item_id, 0.0)
        if seen > limit - _THROTTLE and rng.random() >= (limit - seen) / _THROTTLE:
            out[pool.skill[item]].append((seen, item))
    barred: set[int] = set()
    for k, drawn in enumerate(out):
        size = pool.skill_starts[k + 1] - pool.skill_starts[k]
        needed = math.ceil(float(pool.skill_weights[k]) * max_items) + _SPARE_ITEMS
        released = max(0, needed - (size - len(drawn)))
        barred.update(item for _, item in sorted(drawn)[released:])
    return frozenset(barred)
