"""Made-up banks for the measurement tests."""

from collections.abc import Callable, Mapping

import numpy as np
import pytest

from app.measurement.irt import ItemParameters
from app.measurement.selection import Pool, PoolItem, build_pool

BLUEPRINT = {"algebra": 0.4, "calculus": 0.3, "probability": 0.2, "geometry": 0.1}


def made_up_pool(
    n_items: int = 40,
    *,
    blueprint: Mapping[str, float] = BLUEPRINT,
    seed: int = 0,
    shift_sd: float = 0.3,
    difficulty_sd: float = 0.625,
    guessing: float = 0.15,
    seconds: float = 60.0,
    families: Mapping[int, str] | None = None,
    enemies: Mapping[int, frozenset[str]] | None = None,
) -> Pool:
    """Items named i0, i1, ...; skills in proportion to the blueprint, every second item a choice item."""
    rng = np.random.default_rng(seed)
    skills = [name for name, weight in blueprint.items() for _ in range(round(weight * 100))]
    items = [
        PoolItem(
            item_id=f"i{i}",
            skill=skills[i * 37 % len(skills)],
            parameters=ItemParameters(
                discrimination=float(np.exp(rng.normal(0.0, 0.3))),
                difficulty=float(rng.normal(0.0, 0.8)),
                guessing=guessing if i % 2 else 0.0,
                difficulty_sd=difficulty_sd,
            ),
            family=(families or {}).get(i),
            enemies=(enemies or {}).get(i, frozenset()),
            seconds=seconds,
        )
        for i in range(n_items)
    ]
    return build_pool(items, blueprint, shift_sd=shift_sd)


@pytest.fixture(scope="session")
def make_pool() -> Callable[..., Pool]:
    return made_up_pool
