"""What follows from a comparison: strengths, gaps and next steps, in the order in which they matter."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.measurement import estimation, stopping
from app.profiles import gap
from app.profiles.coverage import asked_skills
from app.profiles.gap import Evidence, Gap, Verdict
from app.profiles.roles import Profile

PRIOR_VARIANCE = 1.0  # of theta in a domain nobody has answered in
WIDE_SE = stopping.STANDARD.target_se or 0.0  # a domain measured better than this gains little from another test


@dataclass(frozen=True)
class Finding:
    """One strength or gap: a domain, or (skill not None) a skill of it. Weight of the whole profile, gap in points."""

    domain: str
    skill: str | None
    weight: float
    expected_gap: float
    p_meets: float
    verdict: Verdict


class StepKind(StrEnum):
    """Close a gap, learn about a domain, or narrow an interval."""

    PRACTICE = "practice"
    ASSESS = "assess"
    SHARPEN = "sharpen"


@dataclass(frozen=True)
class NextStep:
    """Something worth doing next in a domain, and (practice only) with which skill to begin."""

    kind: StepKind
    domain: str
    skill: str | None


def strengths(profile: Profile, evidence: Mapping[str, Evidence], gaps: Mapping[str, Gap]) -> tuple[Finding, ...]:
    """Domains that meet their target, and skills stronger than their domain that are not below their own target.

    Ordered by weight x P(meets): what counts most in the profile and is most certain comes first.
    """
    findings = [_of_domain(profile, d, g) for d, g in gaps.items() if g.verdict is Verdict.MEETS]
    findings += [
        finding
        for finding in _of_skills(profile, evidence, estimation.Signal.STRONGER)
        if finding.verdict is not Verdict.BELOW
    ]
    return tuple(sorted(findings, key=lambda f: (-f.weight * f.p_meets, f.domain, f.skill or "")))


def shortfalls(profile: Profile, evidence: Mapping[str, Evidence], gaps: Mapping[str, Gap]) -> tuple[Finding, ...]:
    """Domains that do not (surely) meet their target, and skills weaker than their domain likewise.

    Ordered by weight x expected gap.
    """
    findings = [_of_domain(profile, d, g) for d, g in gaps.items() if g.verdict is not Verdict.MEETS]
    findings += [
        finding
        for finding in _of_skills(profile, evidence, estimation.Signal.WEAKER)
        if finding.verdict is not Verdict.MEETS
    ]
    return tuple(sorted(findings, key=lambda f: (-f.weight * f.expected_gap, f.domain, f.skill or "")))


def next_steps(
    profile: Profile,
    evidence: Mapping[str, Evidence],
    gaps: Mapping[str, Gap],
    *,
    testable: Collection[str],
    sharpenable: Collection[str],
) -> tuple[NextStep, ...]:
    """At most one step of each kind, the most useful first.

    practice: of the `testable` domains (those with a test of their own) the one with the largest weight x expected
    gap, beginning with the skill that its answers call weaker; none when every assessed domain meets its target.
    sharpen: of the `sharpenable` domains (those the attempt can go on with) the one with the largest weight x variance.
    assess: the same among the other `testable` domains that are not assessed or still wide.
    """
    steps = []
    domains = [
        finding
        for finding in shortfalls(profile, evidence, gaps)
        if finding.skill is None and finding.domain in testable
    ]
    if domains:
        steps.append(
            NextStep(StepKind.PRACTICE, domains[0].domain, _weakest_skill(profile, evidence, domains[0].domain))
        )
    value = {
        domain: target.weight * (_variance(evidence[domain]) if domain in evidence else PRIOR_VARIANCE)
        for domain, target in profile.domains.items()
    }
    sharpened = max((d for d in value if d in sharpenable), key=lambda d: value[d], default=None)
    open_domains = [
        d
        for d in value
        if d in testable and d not in sharpenable and (d not in evidence or _variance(evidence[d]) > WIDE_SE**2)
    ]
    assessed = max(open_domains, key=lambda d: value[d], default=None)
    found = [(StepKind.SHARPEN, sharpened), (StepKind.ASSESS, assessed)]
    steps += [
        NextStep(kind, domain, None)
        for kind, domain in sorted(found, key=lambda step: -value.get(step[1] or "", 0.0))
        if domain is not None
    ]
    return tuple(steps)


def _of_domain(profile: Profile, domain: str, compared: Gap) -> Finding:
    return Finding(
        domain, None, profile.domains[domain].weight, compared.expected_gap, compared.p_meets, compared.verdict
    )


def _of_skills(profile: Profile, evidence: Mapping[str, Evidence], wanted: estimation.Signal) -> list[Finding]:
    findings = []
    for domain, target in profile.domains.items():
        if domain not in evidence:
            continue
        known = evidence[domain]
        for asked in asked_skills(target, known.skill_shares):
            if estimation.skill_signal(known.offset(asked.skill)) is wanted:
                p_meets = gap.skill_p_meets(known, asked.skill, asked.level)
                missing = gap.skill_expected_gap(known, asked.skill, asked.level)
                word = gap.verdict(p_meets, asked.level)
                findings.append(Finding(domain, asked.skill, asked.weight, missing, p_meets, word))
    return findings


def _weakest_skill(profile: Profile, evidence: Mapping[str, Evidence], domain: str) -> str | None:
    """The skill that the answers call weaker and whose weighted gap is the largest; None where they call none so."""
    known = evidence[domain]
    weaker = [
        skill
        for skill in asked_skills(profile.domains[domain], known.skill_shares)
        if estimation.skill_signal(known.offset(skill.skill)) is estimation.Signal.WEAKER
    ]
    worst = max(weaker, key=lambda s: s.weight * gap.skill_expected_gap(known, s.skill, s.level), default=None)
    return worst.skill if worst else None


def _variance(evidence: Evidence) -> float:
    return estimation.expected_theta(evidence.weights)[1] ** 2
