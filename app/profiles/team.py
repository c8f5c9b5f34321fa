"""Who covers which task: what a set of roles leaves undone together."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Coverage:
    """Tasks that somebody in the team does fully, only partly, or not at all; each in the order of the catalogue."""

    covered: tuple[str, ...]
    partly: tuple[str, ...]
    uncovered: tuple[str, ...]


def cover(reach: Mapping[str, Mapping[str, float]], roles: Collection[str], tasks: Collection[str]) -> Coverage:
    """Which of the tasks a team does.

    Args:
        reach: role -> task -> 1 (does it), 0.5 (does part of it); a task that is absent counts 0.
        roles: the roles present; one person each or ten makes no difference.
        tasks: every task asked about.

    Two people who each do part of a task do not make a whole: the reach of a team is its widest, not the sum
    (half of modelling means ready-made methods, twice). Raises KeyError for a role without a row in `reach`.
    """
    widest = {task: max((reach[role].get(task, 0.0) for role in roles), default=0.0) for task in tasks}
    return Coverage(
        covered=tuple(task for task, share in widest.items() if share >= 1),
        partly=tuple(task for task, share in widest.items() if 0 < share < 1),
        uncovered=tuple(task for task, share in widest.items() if share <= 0),
    )


def completing_roles(reach: Mapping[str, Mapping[str, float]], missing: Collection[str]) -> tuple[str, ...]:
    """Roles that alone do every task in `missing`, the narrowest role first; empty when nothing is missing."""
    if not missing:
        return ()
    able = [role for role, row in reach.items() if all(row.get(task, 0.0) >= 1 for task in missing)]
    return tuple(sorted(able, key=lambda role: (sum(reach[role].values()), role)))
