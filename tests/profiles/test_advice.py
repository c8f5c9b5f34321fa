import pytest

from app.measurement.estimation import SkillOffset
from app.profiles import advice, gap

pytestmark = pytest.mark.quick

STRONG = SkillOffset(mean=0.6, sd=0.35, p_above=0.95, p_meets=0.5, items=5)
WEAK = SkillOffset(mean=-0.6, sd=0.35, p_above=0.05, p_meets=0.5, items=5)


@pytest.fixture
def compared(researcher, make_evidence):
    shares = {"math.discrete": 0.3, "math.calculus": 0.4, "math.spectral": 0.3}
    evidence = {
        "machine-learning": make_evidence(1.9),
        "deep-learning": make_evidence(-0.6),
        "data-science": make_evidence(0.6),
        "mathematics": make_evidence(0.7, 0.3, shares, {"math.discrete": STRONG, "math.calculus": WEAK}),
        "algorithmic-coding": make_evidence(-0.6),
    }
    gaps = {d: gap.compare_domain(e.weights, researcher.domains[d].level) for d, e in evidence.items()}
    return evidence, gaps


def test_strengths_are_met_domains_and_strong_skills_by_weight_and_certainty(researcher, compared):
    found = advice.strengths(researcher, *compared)
    assert [(f.domain, f.skill) for f in found] == [
        ("machine-learning", None),
        ("data-science", None),
        ("mathematics", "math.discrete"),
    ]


def test_gaps_are_ordered_by_weight_times_expected_gap(researcher, compared):
    found = advice.shortfalls(researcher, *compared)
    sizes = [f.weight * f.expected_gap for f in found]
    assert sizes == sorted(sizes, reverse=True)
    assert found[0].domain == "deep-learning"
    assert ("mathematics", "math.calculus") in [(f.domain, f.skill) for f in found]
    assert "machine-learning" not in [f.domain for f in found]


def test_a_skill_with_fewer_than_four_items_is_no_finding(researcher, compared):
    evidence, gaps = compared
    thin = {"math.calculus": SkillOffset(-0.9, 0.3, 0.001, 0.5, 3)}
    few = evidence | {"mathematics": gap.Evidence(evidence["mathematics"].weights, {"math.calculus": 1.0}, thin)}
    assert all(f.skill is None for f in advice.shortfalls(researcher, few, gaps))


def test_practice_is_the_heaviest_gap_and_assess_the_unmeasured_domain(researcher, compared):
    steps = advice.next_steps(researcher, *compared, testable=list(researcher.domains), sharpenable=[])
    assert [(s.kind, s.domain) for s in steps] == [("practice", "deep-learning"), ("assess", "software-engineering")]
    assert steps[0].skill is None  # its answers call none of its skills weaker


def test_practice_begins_with_the_skill_that_the_answers_call_weaker(researcher, compared):
    evidence, gaps = compared
    steps = advice.next_steps(researcher, evidence, gaps, testable=["mathematics"], sharpenable=[])
    assert (steps[0].domain, steps[0].skill) == ("mathematics", "math.calculus")


def test_sharpen_takes_the_widest_domain_that_the_attempt_can_go_on_with(researcher, make_evidence):
    evidence = {"mathematics": make_evidence(2.5, 0.3), "data-science": make_evidence(2.5, 0.9)}
    gaps = {d: gap.compare_domain(e.weights, researcher.domains[d].level) for d, e in evidence.items()}
    steps = advice.next_steps(researcher, evidence, gaps, testable=["deep-learning"], sharpenable=list(evidence))
    assert [(s.kind, s.domain) for s in steps] == [("assess", "deep-learning"), ("sharpen", "data-science")]


def test_a_well_measured_domain_needs_no_test_and_an_untestable_one_is_not_offered(researcher, make_evidence):
    evidence = {domain: make_evidence(2.8, 0.3) for domain in researcher.domains if domain != "mathematics"}
    gaps = {d: gap.compare_domain(e.weights, researcher.domains[d].level) for d, e in evidence.items()}
    assert advice.next_steps(researcher, evidence, gaps, testable=list(evidence), sharpenable=[]) == ()
