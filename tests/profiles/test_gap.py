import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.measurement import irt
from app.measurement.estimation import SkillOffset
from app.profiles import gap
from app.profiles.gap import Verdict

pytestmark = pytest.mark.quick

thetas = st.floats(-3, 3)
errors = st.floats(0.25, 1.0)


# P(theta >= cut) before any answer is .841 for developing, .159 for accomplished: there the word must pass twice
@pytest.mark.parametrize(
    ("p_meets", "level", "expected"),
    [
        (1.0, "accomplished", "meets"),
        (0.8, "accomplished", "meets"),
        (0.7999, "accomplished", "too close"),
        (0.2, "accomplished", "too close"),
        (0.046, "accomplished", "too close"),
        (0.044, "accomplished", "below"),
        (0.0, "accomplished", "below"),
        (0.956, "developing", "meets"),
        (0.954, "developing", "too close"),
        (0.2001, "developing", "too close"),
        (0.2, "developing", "below"),
    ],
)
def test_the_verdict_at_and_beside_its_thresholds(p_meets, level, expected):
    assert gap.verdict(p_meets, level) == expected


@pytest.mark.parametrize("level", ["developing", "accomplished"])
def test_without_an_answer_nobody_meets_or_is_below(level):
    compared = gap.compare_domain(irt.PRIOR, level)
    assert compared.verdict is Verdict.TOO_CLOSE
    assert gap.even_odds(compared.p_meets, level) == pytest.approx(0.5)


@pytest.mark.parametrize(("theta", "firm"), [(-2.0, "below"), (2.5, "meets")])
def test_nothing_firm_is_said_from_fewer_than_three_answers(make_evidence, theta, firm):
    weights = make_evidence(theta, 0.3).weights
    words = [gap.compare_domain(weights, "accomplished", items).verdict for items in (1, 2, 3)]
    assert words == ["too close", "too close", firm]


def test_a_person_at_the_cut_is_too_close_to_call(make_evidence):
    compared = gap.compare_domain(make_evidence(1.0, 0.3).weights, "accomplished")
    assert compared.verdict is Verdict.TOO_CLOSE
    assert compared.p_meets == pytest.approx(0.5, abs=1e-6)
    # E[max(0, -X)] of a normal with sd .3 logits = 15 points is 15 / sqrt(2 pi)
    assert compared.expected_gap == pytest.approx(15 / np.sqrt(2 * np.pi), abs=0.1)


@given(theta=thetas, se=errors)
@settings(max_examples=60, deadline=None)
def test_the_gap_lies_in_its_interval_and_never_exceeds_the_target(make_evidence, theta, se):
    compared = gap.compare_domain(make_evidence(theta, se).weights, "accomplished")
    lo, hi = compared.gap_interval_90
    assert 0 <= lo <= compared.expected_gap <= hi <= compared.score == 200


@given(theta=st.floats(-2.5, 2), step=st.floats(0.05, 1))
@settings(max_examples=40, deadline=None)
def test_a_better_person_has_a_smaller_gap_and_a_larger_chance(make_evidence, theta, step):
    worse = gap.compare_domain(make_evidence(theta).weights, "accomplished")
    better = gap.compare_domain(make_evidence(theta + step).weights, "accomplished")
    assert better.p_meets >= worse.p_meets - 1e-9
    assert better.expected_gap <= worse.expected_gap + 1e-9


def test_a_skill_is_compared_with_its_own_level_and_its_offset(make_evidence):
    offset = SkillOffset(mean=0.6, sd=0.4, p_above=0.93, p_meets=0.5, items=5)
    evidence = make_evidence(0.4, 0.3, offsets={"s.one": offset})
    # theta + offset ~ N(1.0, .5) against the cut at 1
    assert gap.skill_p_meets(evidence, "s.one", "accomplished") == pytest.approx(0.5, abs=1e-3)
    # sd .5 logits = 25 points
    assert gap.skill_expected_gap(evidence, "s.one", "accomplished") == pytest.approx(25 / np.sqrt(2 * np.pi), abs=0.1)
    assert gap.skill_p_meets(evidence, "s.one", "developing") > 0.99


def test_a_skill_without_answers_stands_at_the_prior_of_its_offset(make_evidence):
    known = make_evidence(1.0, 0.3)
    assert gap.skill_p_meets(known, "s.two", "accomplished") == pytest.approx(0.5, abs=1e-3)
    assert known.offset("s.two").items == 0


def test_the_overall_gap_agrees_with_simulation(researcher, make_evidence):
    rng = np.random.default_rng(5)
    truth = dict(zip(researcher.domains, (0.9, -0.2, 1.2, 1.6, 0.4, -1.1), strict=True))
    evidence = {domain: make_evidence(theta) for domain, theta in truth.items()}
    cuts = {"developing": -1.0, "accomplished": 1.0}
    draws = sum(
        target.weight * 50 * np.maximum(0, cuts[target.level] - rng.normal(truth[domain], 0.35, 40_000))
        for domain, target in researcher.domains.items()
    )
    expected, interval = gap.overall_gap(researcher, evidence)
    # standard error of the simulated mean is .03, of its 5 % quantiles about .06; cells are .25 wide
    assert expected == pytest.approx(draws.mean(), abs=0.15)
    assert interval == pytest.approx(np.quantile(draws, [0.05, 0.95]), abs=0.5)


@given(scores=st.lists(thetas, min_size=6, max_size=6), se=errors)
@settings(max_examples=30, deadline=None)
def test_the_overall_gap_lies_in_its_interval(researcher, make_evidence, scores, se):
    evidence = {domain: make_evidence(theta, se) for domain, theta in zip(researcher.domains, scores, strict=True)}
    expected, (lo, hi) = gap.overall_gap(researcher, evidence)
    assert 0 <= lo <= expected <= hi <= 200


def test_one_assessed_domain_is_its_own_overall_gap(researcher, make_evidence):
    evidence = {"mathematics": make_evidence(0.5)}
    alone = gap.compare_domain(evidence["mathematics"].weights, "accomplished")
    assert gap.overall_gap(researcher, evidence) == (pytest.approx(alone.expected_gap), alone.gap_interval_90)


def test_nothing_assessed_has_no_overall_gap(researcher, make_evidence):
    assert gap.overall_gap(researcher, {}) is None
    assert gap.overall_gap(researcher, {"pottery": make_evidence(0)}) is None


@pytest.mark.parametrize(
    ("machine_learning", "mathematics", "expected"),
    [(2.5, 2.5, True), (2.5, -1.0, False), (-1.0, 1.0, False), (2.5, 1.0, None), (2.5, None, None), (-2.0, None, None)],
)
def test_the_profile_is_met_missed_or_undecided(researcher, make_evidence, machine_learning, mathematics, expected):
    thetas_of = {"machine-learning": machine_learning, "mathematics": mathematics, "deep-learning": -3.0}
    gaps = {
        domain: gap.compare_domain(make_evidence(theta).weights, "accomplished")
        for domain, theta in thetas_of.items()
        if theta is not None
    }
    assert gap.meets_profile(researcher, gaps) is expected
