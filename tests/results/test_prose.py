import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.profiles import gap
from app.results import charts, prose, report
from app.results.schemas import Result

pytestmark = pytest.mark.quick

DOMAINS = (
    "machine-learning",
    "deep-learning",
    "data-science",
    "mathematics",
    "algorithmic-coding",
    "software-engineering",
)
ONE = {"mathematics": (0.3, 0.4)}

posteriors = st.dictionaries(
    st.sampled_from(DOMAINS), st.tuples(st.floats(-4, 4), st.floats(0.2, 1.0)), min_size=1, max_size=6
)


def everything(result: Result) -> list[str]:
    texts = [
        prose.headline(result),
        prose.lead(result),
        prose.gap_explained(result),
        prose.index_sentence(result),
        prose.other_roles_sentence(result),
        prose.method(),
        *prose.caveats(result),
    ]
    texts += [finding["text"] for finding in result["strengths"] + result["gaps"]]
    texts += [step["text"] for step in result["next_steps"]]
    return texts + [prose.domain_sentence(domain) for domain in result["domains"]]


@given(measured=posteriors)
@settings(max_examples=60, deadline=None)
def test_no_sentence_claims_certainty_or_judges_the_person(build_result, measured):
    for text in everything(build_result(measured)):
        assert not re.search(r"(?<![\d.])(100|0)\s?%", text), text
        assert not re.search(r"\b(nan|None|fail\w*|pass\w*|you|your)\b", text), text
        assert "  " not in text
        assert "-0" not in text


@given(measured=posteriors)
@settings(max_examples=60, deadline=None)
def test_lead_chart_and_table_say_the_same_word(build_result, measured):
    result = build_result(measured)
    rows = report.chart_rows(result)
    svg = charts.intervals(rows, title="You and the profile", chart_id="iv")
    lead = prose.lead(result).lower()
    for row, domain in zip(rows, result["domains"], strict=True):
        word = prose.verdict_word(domain["target"]["verdict"])
        assert row.word == word
        assert f">{word}</text>" in svg
        clause = {"Meets": "meet", "Below": "below", "Too close": "too close"}[word]
        sentence = next(s for s in lead.split(". ") if domain["title"].lower() in s and "weighs" not in s)
        assert clause in sentence
        assert gap.verdict(domain["target"]["p_meets"], domain["target"]["level"]).value == domain["target"]["verdict"]
        texts = " ".join(f["text"] for f in result["strengths"] + result["gaps"] if f["skill"] is None)
        assert re.search(f"{domain['title']} [a-z ]*{clause}", texts)


@given(measured=posteriors)
@settings(max_examples=60, deadline=None)
def test_the_headline_leads_with_the_gap_and_its_interval(build_result, measured):
    result = build_result(measured)
    found = re.fullmatch(
        r"(?:About (\d+) points?|Less than 1 point) from the machine-learning researcher profile"
        r"(?: in [a-z -]+)?, likely between (\d+) and (\d+)",
        prose.headline(result),
    )
    assert found
    expected, lo, hi = int(found[1] or 0), int(found[2]), int(found[3])
    assert lo <= expected <= hi
    assert result["profile_gap"]["expected_gap"] == pytest.approx(expected, abs=1)


@pytest.mark.parametrize(
    ("probability", "text"),
    [(1.0, ">99 %"), (0.991, ">99 %"), (0.99, "99 %"), (0.5, "50 %"), (0.01, "1 %"), (0.009, "<1 %"), (0.0, "<1 %")],
)
def test_probabilities_end_at_more_than_99_and_less_than_1(probability, text):
    assert prose.percent(probability).replace("\N{NO-BREAK SPACE}", " ") == text


def test_a_part_of_the_profile_is_named_in_the_headline(build_result):
    assert "profile in mathematics, likely" in prose.headline(build_result(ONE))
    assert "profile in two domains, likely" in prose.headline(build_result(ONE | {"data-science": (0.0, 0.4)}))
    assert "profile, likely" in prose.headline(build_result(dict.fromkeys(DOMAINS, (0.3, 0.4))))


def test_the_index_says_what_it_is_not(build_result):
    sentence = prose.index_sentence(build_result(ONE))
    assert "not a hiring probability and not a percentile" in sentence
    assert "20\N{NO-BREAK SPACE}% by weight" in sentence


def test_the_caveats_name_everything_a_reader_must_know(build_result):
    notes = " ".join(prose.caveats(build_result(ONE)))
    for word in (
        "Provisional",
        "no answers of people",
        "Unproctored",
        "Open bank",
        "judgement",
        "research",
        "data science",
    ):
        assert word in notes


def test_a_private_calibrated_result_has_other_caveats(build_result):
    notes = " ".join(prose.caveats(build_result(ONE, visibility="private", calibrated=True, human_responses=900)))
    assert "Provisional" not in notes
    assert "Open bank" not in notes
    assert "Private bank" in notes


def test_without_a_profile_the_score_leads(build_result):
    result = build_result(ONE, profile=None)
    assert prose.headline(result) == "Mathematics: about 165 points of 300, likely between 132 and 198"
    assert prose.index_sentence(result) == prose.gap_explained(result) == ""
    assert prose.lead(result).startswith("Mathematics: 165 points of 300")


def test_nothing_measured_of_the_profile_says_so(build_result):
    result = build_result({"deep-learning": (1.0, 0.3)}, profile="data-analyst@workera-2020")
    assert prose.headline(result) == "Nothing that the data analyst (2020 report) profile asks for was measured yet"


def test_roles_that_cannot_be_ranked_are_said_to_be_so(build_result):
    assert prose.other_roles_sentence(build_result(ONE)).startswith("No role is ranked")
    some = build_result(ONE | {"algorithmic-coding": (1.0, 0.3), "data-science": (1.0, 0.3)})
    assert "are not ranked" in prose.other_roles_sentence(some)
    assert prose.other_roles_sentence(some).startswith("Roles are ordered")


def test_the_dots_are_read_aloud(build_result):
    domain = build_result(ONE)["domains"][0]
    assert "in 14 of 20 the true level in mathematics is at or above" in prose.dots_sentence(14, 20, domain)


@pytest.mark.parametrize(
    ("names", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_lists_read_as_english(names, text):
    assert prose.listing(names) == text


def test_the_method_states_the_thresholds_in_force():
    assert prose.percent(gap.MEETS) in prose.method()
    assert prose.percent(gap.BELOW) in prose.method()
