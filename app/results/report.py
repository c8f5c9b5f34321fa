"""From posteriors and a profile to the result that API, pages and reports show. Pure: values in, a dict out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from app.measurement import estimation, scale
from app.profiles import advice, coverage, gap
from app.profiles.gap import Array, Evidence, Gap
from app.profiles.roles import Profile
from app.results import charts, prose
from app.results.schemas import (
    CoverageResult,
    DomainResult,
    FindingResult,
    NextStepResult,
    ProfileGap,
    ResponseResult,
    Result,
    RoleResult,
    SkillResult,
    TargetResult,
)

DOTS = 20  # equal chances in the dot chart


@dataclass(frozen=True, eq=False)
class Domain:
    """What an attempt knows of one domain.

    weights: (61,) posterior, summing to 1; items: scored items answered in it.
    skills: title of every skill, in the order of the blueprint; skill_shares: the blueprint's share of items of each.
    offsets: estimation.skill_offset of the skills with answers (its p_meets is not used: the target is looked up here).
    """

    id: str
    title: str
    weights: Array
    items: int
    skills: Mapping[str, str]
    skill_shares: Mapping[str, float]
    offsets: Mapping[str, estimation.SkillOffset]


@dataclass(frozen=True)
class Facts:
    """What is simply reported about an attempt. scored_at is aware; practice: its solutions were shown on the way."""

    attempt: str
    assessment: str
    parameter_version: str
    calibrated: bool
    bank_visibility: Literal["open", "private"]
    human_responses: int
    scored_at: datetime
    score_version: int
    practice: bool = False


@dataclass(frozen=True)
class Offers:
    """What can be done next, in minutes: by domain its own test, and going on with this attempt; the same test anew."""

    tests: Mapping[str, int] = field(default_factory=dict)
    sharpen: Mapping[str, int] = field(default_factory=dict)
    anew: int | None = None


def build(
    facts: Facts,
    domains: Sequence[Domain],
    profile: Profile | None,
    profiles: Sequence[Profile],
    *,
    offers: Offers,
    responses: Sequence[ResponseResult] = (),
) -> Result:
    """The result of a scored attempt.

    Args:
        domains: domains of the attempt; those without an answered item are left out and named as not assessed.
        profile: what to compare with, as pinned by the attempt; None compares with nothing.
        profiles: all profiles, for other_roles.
        responses: the answered items; empty where they are not shown (organisations).

    Practice is compared with nothing: whoever sees solutions between the questions is not measured by them.
    """
    if facts.practice:
        profile, profiles = None, ()
    answered = [domain for domain in domains if domain.items > 0]
    evidence = {d.id: Evidence(d.weights, d.skill_shares, d.offsets) for d in answered}
    gaps = _gaps(profile, evidence, {d.id: d.items for d in answered})
    titles = {d.id: d.title for d in domains}
    skill_titles = {skill: title for d in domains for skill, title in d.skills.items()}
    overall = gap.overall_gap(profile, evidence) if profile else None
    result: Result = {
        "attempt": facts.attempt,
        "assessment": facts.assessment,
        "mode": "practice" if facts.practice else "assess",
        "profile": profile.id if profile else None,
        "profile_version": profile.version if profile else None,
        "profile_title": profile.title if profile else None,
        "profile_basis": profile.basis if profile else None,
        "status": "calibrated" if facts.calibrated else "provisional",
        "parameter_version": facts.parameter_version,
        "bank_visibility": facts.bank_visibility,
        "proctored": False,
        "human_responses": facts.human_responses,
        "scored_at": facts.scored_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "score_version": facts.score_version,
        "domains": [_domain(d, evidence[d.id], profile, gaps.get(d.id)) for d in answered],
        "profile_gap": ProfileGap(expected_gap=overall[0], gap_interval_90=list(overall[1])) if overall else None,
        "coverage": _coverage(coverage.coverage_index(profile, evidence)) if profile else None,
        "meets_profile": gap.meets_profile(profile, gaps) if profile else None,
        "not_assessed": [
            *(d.id for d in domains if d.items == 0 and (profile is None or d.id not in profile.domains)),
            *([d for d in profile.domains if d not in evidence] if profile else []),
            *(profile.not_measured_by_tests if profile else []),
        ],
        "strengths": [],
        "gaps": [],
        "next_steps": [],
        "other_roles": [
            _role(row, next(p.title for p in profiles if p.id == row.profile))
            for row in coverage.other_roles([p for p in profiles if not profile or p.id != profile.id], evidence)
        ],
        "responses": list(responses),
    }
    if profile:
        result["strengths"] = [
            _finding(f, prose.strength_text(f, _title_of(f, titles, skill_titles)))
            for f in advice.strengths(profile, evidence, gaps)
        ]
        result["gaps"] = [
            _finding(f, prose.gap_text(f, _title_of(f, titles, skill_titles)))
            for f in advice.shortfalls(profile, evidence, gaps)
        ]
        steps = advice.next_steps(profile, evidence, gaps, testable=offers.tests, sharpenable=offers.sharpen)
        result["next_steps"] = [_step(step, facts.attempt, offers, titles, skill_titles) for step in steps]
    if facts.practice and offers.anew is not None:
        result["next_steps"] = [_the_test_itself(facts.assessment, domains[0].id, offers.anew)]
    return result


def _the_test_itself(assessment: str, domain: str, minutes: int) -> NextStepResult:
    return {
        "kind": "assess",
        "domain": domain,
        "skill": None,
        "minutes": minutes,
        "text": prose.AFTER_PRACTICE,
        "url": f"/tests/{assessment}",
    }


def chart_rows(result: Result) -> list[charts.Row]:
    """The rows of the interval chart and the radar, from a result (also one read back from JSON)."""
    return [
        charts.Row(
            label=domain["title"],
            score=domain["score"],
            interval_50=(domain["interval_50"][0], domain["interval_50"][1]),
            interval_90=(domain["interval_90"][0], domain["interval_90"][1]),
            target=target["score"] if (target := domain["target"]) else None,
            verdict=target["verdict"] if target else None,
            word=prose.verdict_word(target["verdict"]) if target else "",
        )
        for domain in result["domains"]
    ]


def _gaps(profile: Profile | None, evidence: Mapping[str, Evidence], items: Mapping[str, int]) -> dict[str, Gap]:
    if profile is None:
        return {}
    return {
        domain: gap.compare_domain(evidence[domain].weights, target.level, items[domain])
        for domain, target in profile.domains.items()
        if domain in evidence
    }


def _domain(domain: Domain, evidence: Evidence, profile: Profile | None, compared: Gap | None) -> DomainResult:
    theta, se = estimation.expected_theta(domain.weights)
    chances = scale.level_probabilities(domain.weights)
    return {
        "domain": domain.id,
        "title": domain.title,
        "theta": theta,
        "se": se,
        "score": scale.score(theta),
        "interval_50": list(scale.score_interval(domain.weights, 0.5)),
        "interval_90": list(scale.score_interval(domain.weights, gap.INTERVAL_MASS)),
        "quantiles": [scale.score(estimation.quantile(domain.weights, (i + 0.5) / DOTS)) for i in range(DOTS)],
        "level": scale.level(theta).value,
        "level_probabilities": {
            "beginning": chances[scale.Level.BEGINNING],
            "developing": chances[scale.Level.DEVELOPING],
            "accomplished": chances[scale.Level.ACCOMPLISHED],
        },
        "items": domain.items,
        "target": _target(compared) if compared else None,
        "skills": [_skill(skill, title, domain.id, evidence, profile) for skill, title in domain.skills.items()],
    }


def _skill(skill: str, title: str, domain: str, evidence: Evidence, profile: Profile | None) -> SkillResult:
    asked = profile.domains[domain].skill(skill).level if profile and domain in profile.domains else None
    offset = evidence.offset(skill)
    signal = estimation.skill_signal(offset)
    return {
        "skill": skill,
        "title": title,
        "signal": signal.value if signal else None,
        "items": offset.items,
        "p_meets": gap.skill_p_meets(evidence, skill, asked) if asked else None,
    }


def _target(compared: Gap) -> TargetResult:
    return {
        "level": compared.level,
        "score": compared.score,
        "p_meets": compared.p_meets,
        "expected_gap": compared.expected_gap,
        "gap_interval_90": list(compared.gap_interval_90),
        "verdict": compared.verdict.value,
    }


def _coverage(index: coverage.Index) -> CoverageResult:
    interval = list(index.interval_90) if index.interval_90 else None
    return {"index": index.index, "interval_90": interval, "assessed": index.assessed}


def _role(row: coverage.RoleIndex, title: str) -> RoleResult:
    return {"profile": row.profile, "title": title, "ranked": row.ranked, **_coverage(row.index)}


def _finding(finding: advice.Finding, text: str) -> FindingResult:
    return {
        "domain": finding.domain,
        "skill": finding.skill,
        "weight": finding.weight,
        "expected_gap": finding.expected_gap,
        "text": text,
    }


def _step(
    step: advice.NextStep, attempt: str, offers: Offers, titles: Mapping[str, str], skill_titles: Mapping[str, str]
) -> NextStepResult:
    minutes = offers.sharpen if step.kind is advice.StepKind.SHARPEN else offers.tests
    url = f"/a/{attempt}/continue" if step.kind is advice.StepKind.SHARPEN else f"/tests/{step.domain}"
    domain = titles.get(step.domain) or prose.named(step.domain).capitalize()
    return {
        "kind": step.kind.value,
        "domain": step.domain,
        "skill": step.skill,
        "minutes": minutes.get(step.domain, 0),
        "text": prose.step_text(step, domain, skill_titles.get(step.skill or "")),
        "url": url,
    }


def _title_of(finding: advice.Finding, titles: Mapping[str, str], skill_titles: Mapping[str, str]) -> str:
    return titles[finding.domain] if finding.skill is None else skill_titles.get(finding.skill, finding.skill)
