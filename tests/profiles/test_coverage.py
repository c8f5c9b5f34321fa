import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.profiles import coverage

pytestmark = pytest.mark.quick

CUTS = {"developing": -1.0, "accomplished": 1.0}
SHARES = {"math.discrete": 0.2, "math.linear-algebra": 0.4, "math.calculus": 0.4}


def test_weights_of_asked_skills_follow_blueprint_and_importance(researcher):
    skills = coverage.asked_skills(researcher.domains["mathematics"], SHARES)
    assert sum(skill.weight for skill in skills) == pytest.approx(researcher.domains["mathematics"].weight)
    by_id = {skill.skill: skill for skill in skills}
    assert by_id["math.linear-algebra"].weight / by_id["math.calculus"].weight == pytest.approx(1.3)
    assert by_id["math.discrete"].level == "developing"
    assert skills[0].skill == "math.linear-algebra"


def test_skills_not_asked_for_are_left_out(researcher):
    target = researcher.domains["software-engineering"]
    skills = coverage.asked_skills(target, {"swe.web": 0.5, "swe.testing": 0.5})
    assert [skill.skill for skill in skills] == ["swe.testing"]
    assert coverage.asked_skills(target, {"swe.web": 1.0}) == ()


def test_nothing_assessed_has_no_index(researcher):
    assert coverage.coverage_index(researcher, {}) == coverage.Index(None, None, 0.0)


def test_index_and_interval_agree_with_simulation(researcher, make_evidence):
    rng = np.random.default_rng(7)
    n = 40_000
    evidence = {d: make_evidence(0.8, 0.4, {f"{d}.{k}": 0.25 for k in "abcd"}) for d in researcher.domains}
    draws = np.zeros(n)
    for domain, target in researcher.domains.items():
        theta = rng.normal(0.8, 0.4, n)
        for skill in coverage.asked_skills(target, evidence[domain].skill_shares):
            draws += skill.weight * (theta + rng.normal(0, 0.5, n) >= CUTS[skill.level])
    found = coverage.coverage_index(researcher, evidence)
    # standard error of the simulated mean is .0008; the 5 % quantiles step with single skills, the smallest weighs .015
    assert found.index == pytest.approx(draws.mean(), abs=0.004)
    assert found.interval_90 == pytest.approx(np.quantile(draws, [0.05, 0.95]), abs=0.02)
    assert found.assessed == 1.0


@given(thetas=st.lists(st.floats(-3.5, 3.5), min_size=6, max_size=6), se=st.floats(0.25, 1), seen=st.integers(1, 6))
@settings(max_examples=40, deadline=None)
def test_the_index_is_a_share_inside_its_interval(researcher, make_evidence, thetas, se, seen):
    domains = list(researcher.domains)[:seen]
    found = coverage.coverage_index(
        researcher, {d: make_evidence(t, se) for d, t in zip(domains, thetas, strict=False)}
    )
    lo, hi = found.interval_90
    assert 0 <= lo <= found.index <= hi <= 1
    assert found.assessed == pytest.approx(sum(researcher.domains[d].weight for d in domains))


@given(theta=st.floats(-3, 2.5), step=st.floats(0.01, 1))
@settings(max_examples=30, deadline=None)
def test_a_better_person_covers_more(researcher, make_evidence, theta, step):
    others = {domain: make_evidence(0.0) for domain in researcher.domains}
    worse = coverage.coverage_index(researcher, others | {"mathematics": make_evidence(theta)})
    better = coverage.coverage_index(researcher, others | {"mathematics": make_evidence(theta + step)})
    assert better.index >= worse.index - 1e-9


def test_the_index_is_the_same_every_time(researcher, make_evidence):
    evidence = {domain: make_evidence(0.3) for domain in researcher.domains}
    assert coverage.coverage_index(researcher, evidence) == coverage.coverage_index(researcher, evidence)


def test_roles_with_too_little_assessed_come_last_and_unranked(profiles, make_evidence):
    rows = coverage.other_roles(
        profiles, {"algorithmic-coding": make_evidence(2.0), "data-science": make_evidence(0.0)}
    )
    ranked = [row for row in rows if row.ranked]
    assert [row.profile for row in ranked] == ["data-analyst@workera-2020"]
    assert rows[: len(ranked)] == tuple(ranked)
    rest = [row.index.assessed for row in rows if not row.ranked]
    assert rest == sorted(rest, reverse=True)
    assert max(rest) < coverage.INDEX_MIN_ASSESSED


def test_ranked_roles_are_ordered_by_index(profiles, researcher, make_evidence):
    evidence = {d: make_evidence(t) for d, t in zip(researcher.domains, (1, -1, 0, 2, 1, 0), strict=True)}
    found = [row.index.index for row in coverage.other_roles(profiles, evidence)]
    assert found == sorted(found, reverse=True)
    assert len(found) == len(profiles)
