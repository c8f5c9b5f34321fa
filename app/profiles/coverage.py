"""How much of a profile is covered: the coverage index with its interval, and the same index for every other role.

The index is neither a hiring probability nor a percentile; whoever shows it says so (app/results/prose.py).
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from app.measurement import irt, scale
from app.profiles.gap import Array, Evidence, Interval, interval_of, normal_cdf
from app.profiles.roles import DomainTarget, Profile, TargetLevel

INDEX_MIN_ASSESSED = 0.7  # a role with less of its weight assessed is shown, never ranked

_CELLS = 500  # the index is resolved to 1/500


@dataclass(frozen=True)
class Index:
    """Expected weight share of the asked skills at or above target, 0..1.

    It counts the skills of assessed domains; `assessed` is their share of the whole profile. index and interval_90 are
    None when nothing that the profile asks was assessed.
    """

    index: float | None
    interval_90: Interval | None
    assessed: float


@dataclass(frozen=True)
class RoleIndex:
    """The index of one profile; `ranked` is False while too little of it is assessed to be compared with others."""

    profile: str
    index: Index
    ranked: bool


@dataclass(frozen=True)
class AskedSkill:
    """A skill that a profile asks for, the level asked, and its weight (the weights of a whole profile sum to 1)."""

    skill: str
    level: TargetLevel
    weight: float


def asked_skills(target: DomainTarget, shares: Mapping[str, float]) -> tuple[AskedSkill, ...]:
    """The skills that a profile asks of a domain, heaviest first.

    Inside a domain the blueprint's share of items, times importance, is the weight; skills not asked for are left out.
    """
    asked = {skill: target.skill(skill) for skill in shares}
    raw = {skill: shares[skill] * goal.importance for skill, goal in asked.items() if goal.level is not None}
    total = sum(raw.values())
    skills = [
        AskedSkill(skill, level, target.weight * raw[skill] / total)
        for skill, goal in asked.items()
        if (level := goal.level) is not None and total > 0
    ]
    return tuple(sorted(skills, key=lambda skill: (-skill.weight, skill.skill)))


def coverage_index(profile: Profile, evidence: Mapping[str, Evidence]) -> Index:
    """The coverage index of a profile with its 90 % interval and the share of its weight that was assessed.

    Exact, no simulation: given a domain's theta its skills are independent (normal offsets), so the share of the domain
    at or above target is a sum of weighted Bernoulli variables, built up skill by skill at each of the 61 grid points
    and averaged over the posterior; domains are independent, so their shares are convolved. Weights are rounded to
    1/500 for the interval, not for the index. The interval holds everything unknown: the domains' thetas and, with few
    items or none, the skills around them.
    """
    domains = {d: asked_skills(t, evidence[d].skill_shares) for d, t in profile.domains.items() if d in evidence}
    assessed = math.fsum(skill.weight for skills in domains.values() for skill in skills)
    if assessed <= 0:
        return Index(None, None, 0.0)
    chances = {domain: _chances(evidence[domain], skills) for domain, skills in domains.items() if skills}
    index = sum(
        float(evidence[domain].weights @ chances[domain] @ np.array([skill.weight for skill in domains[domain]]))
        for domain in chances
    )
    ends = np.cumsum([0.0, *(skill.weight / assessed for d in chances for skill in domains[d])])
    cells = iter(np.diff(np.rint(_CELLS * ends)).astype(int).tolist())
    shares = np.ones(1)
    for domain, chance in chances.items():
        sizes = [next(cells) for _ in domains[domain]]
        shares = np.convolve(shares, evidence[domain].weights @ _sums(chance, sizes))
    mean = min(1.0, index / assessed)
    return Index(mean, interval_of(shares, _CELLS, mean), min(1.0, round(assessed, 12)))


def other_roles(profiles: Iterable[Profile], evidence: Mapping[str, Evidence]) -> tuple[RoleIndex, ...]:
    """The index of every profile: ranked ones by index, then those with too little assessed, by how much is."""
    rows = []
    for profile in profiles:
        index = coverage_index(profile, evidence)
        rows.append(RoleIndex(profile.id, index, index.assessed >= INDEX_MIN_ASSESSED - 1e-9))
    return tuple(
        sorted(
            rows,
            key=lambda row: (
                not row.ranked,
                -(row.index.index or 0.0) if row.ranked else -row.index.assessed,
                row.profile,
            ),
        )
    )


def _chances(evidence: Evidence, skills: tuple[AskedSkill, ...]) -> Array:
    """(61, n_skills): P(skill at or above its target | theta at the grid point)."""
    columns = []
    for skill in skills:
        offset = evidence.offset(skill.skill)
        target = scale.target_theta(skill.level)
        columns.append(normal_cdf((irt.GRID + offset.mean - target) / offset.sd))
    return np.stack(columns, axis=1)


def _sums(chances: Array, sizes: list[int]) -> Array:
    """(61, sum(sizes) + 1): distribution of the cells won at each grid point, by adding one skill after the other."""
    masses = np.zeros((len(chances), sum(sizes) + 1))
    masses[:, 0] = 1.0
    for size, chance in zip(sizes, chances.T, strict=True):
        won = np.zeros_like(masses)
        won[:, size:] = masses[:, : masses.shape[1] - size]
        masses += chance[:, None] * (won - masses)
    return masses
