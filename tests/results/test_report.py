import json

import pytest
from pydantic import TypeAdapter

from app.measurement import scale
from app.profiles import roles
from app.results import report
from app.results.schemas import Result

pytestmark = pytest.mark.quick

ALL = {
    "machine-learning": (0.9, 0.35),
    "deep-learning": (-0.2, 0.32),
    "data-science": (1.4, 0.3),
    "mathematics": (1.9, 0.4),
    "algorithmic-coding": (0.4, 0.6),
    "software-engineering": (-1.1, 0.5),
}
# The API page, field by field
RESULT = {
    "attempt", "assessment", "profile", "profile_version", "status", "parameter_version", "bank_visibility",
    "proctored", "human_responses", "scored_at", "score_version", "domains", "coverage", "meets_profile",
    "not_assessed", "strengths", "gaps", "next_steps", "other_roles", "responses",
}  # fmt: skip
DOMAIN = {"domain", "theta", "se", "score", "interval_90", "level", "level_probabilities", "items", "target", "skills"}
TARGET = {"level", "score", "p_meets", "expected_gap", "gap_interval_90", "verdict"}


def test_every_field_of_the_api_page_is_there(build_result):
    result = build_result(ALL, offers=report.Offers(dict.fromkeys(ALL, 20), {"mathematics": 8}))
    assert set(result) >= RESULT
    assert all(set(domain) >= DOMAIN for domain in result["domains"])
    assert all(set(domain["target"]) == TARGET for domain in result["domains"])
    assert all(set(s) >= {"skill", "signal", "items", "p_meets"} for d in result["domains"] for s in d["skills"])
    assert set(result["coverage"]) == {"index", "interval_90", "assessed"}
    assert all(
        set(f) == {"domain", "skill", "weight", "expected_gap", "text"} for f in result["strengths"] + result["gaps"]
    )
    assert all(set(s) == {"kind", "domain", "skill", "minutes", "text", "url"} for s in result["next_steps"])
    assert all(set(r) >= {"profile", "index", "interval_90", "assessed"} for r in result["other_roles"])
    assert result["gaps"]
    assert result["strengths"]
    assert result["next_steps"]


def test_a_result_survives_json_and_fits_its_schema(build_result):
    result = build_result(ALL)
    assert json.loads(json.dumps(result)) == result
    assert TypeAdapter(Result).validate_python(result, strict=True) == result


def test_scores_are_unrounded_and_the_level_is_that_of_the_unrounded_theta(build_result):
    # 199.8 points round to 200 but have not reached the cut
    domain = build_result({"mathematics": (0.996, 0.3)})["domains"][0]
    assert domain["score"] == pytest.approx(199.8, abs=0.01)
    assert domain["score"] == scale.score(domain["theta"])
    assert domain["level"] == "developing"


def test_the_twenty_quantiles_rise_and_agree_with_the_interval(build_result):
    domain = build_result({"mathematics": (0.5, 0.4)})["domains"][0]
    assert len(domain["quantiles"]) == report.DOTS
    assert domain["quantiles"] == sorted(domain["quantiles"])
    lo, hi = domain["interval_90"]
    assert domain["quantiles"][0] < lo < domain["quantiles"][1]  # the 2.5 % and the 7.5 % point
    assert lo < domain["interval_50"][0] < domain["score"] < domain["interval_50"][1] < hi


def test_a_skill_has_no_signal_below_four_items(build_result):
    skills = {s["skill"]: s for s in build_result({"mathematics": (0.5, 0.4)})["domains"][0]["skills"]}
    signals = {name.split(".")[1]: (s["signal"], s["items"]) for name, s in skills.items()}
    assert signals == {"strong": ("stronger", 5), "weak": ("weaker", 4), "thin": (None, 3), "unseen": (None, 0)}
    assert all(0 <= s["p_meets"] <= 1 for s in skills.values())


def test_without_a_profile_there_is_nothing_to_compare_with(build_result):
    result = build_result(ALL, profile=None)
    assert [result[k] for k in ("profile", "profile_version", "coverage", "meets_profile", "profile_gap")] == [None] * 5
    assert all(domain["target"] is None for domain in result["domains"])
    assert result["strengths"] == result["gaps"] == result["next_steps"] == []
    assert len(result["other_roles"]) == 10


def test_a_domain_the_profile_does_not_ask_for_has_no_target(build_result):
    result = build_result({"deep-learning": (1.0, 0.3)}, profile="data-analyst@workera-2020")
    assert result["domains"][0]["target"] is None
    assert result["domains"][0]["skills"][0]["p_meets"] is None
    assert result["coverage"] == {"index": None, "interval_90": None, "assessed": 0.0}


def test_what_was_not_assessed_is_named(build_result):
    result = build_result({"mathematics": (0.5, 0.4)})
    assert set(result["not_assessed"]) == set(ALL) - {"mathematics"} | {"research"}
    assert result["meets_profile"] is None


def test_a_domain_without_answers_is_left_out_and_named(build_result):
    result = build_result({"mathematics": (0.0, 1.0)}, items=0)
    assert result["domains"] == []
    assert "mathematics" in result["not_assessed"]
    assert result["coverage"]["assessed"] == 0


def test_the_profile_itself_is_not_among_the_other_roles(build_result, profiles):
    others = [row["profile"] for row in build_result(ALL)["other_roles"]]
    assert len(others) == len(profiles) - 1
    assert "machine-learning-researcher" not in others


def test_urls_lead_to_the_test_the_practice_and_on_with_the_attempt(build_result):
    offers = report.Offers({"deep-learning": 20, "mathematics": 25}, {"deep-learning": 9})
    steps = build_result({"deep-learning": (0.0, 0.5)}, offers=offers)["next_steps"]
    assert {s["kind"]: (s["url"], s["minutes"]) for s in steps} == {
        "practice": ("/tests/deep-learning", 20),
        "sharpen": ("/a/att_1/continue", 9),
        "assess": ("/tests/mathematics", 25),
    }


@pytest.mark.parametrize(("calibrated", "status"), [(False, "provisional"), (True, "calibrated")])
def test_a_result_is_provisional_until_the_parameters_are_calibrated(build_result, calibrated, status):
    assert build_result(ALL, calibrated=calibrated)["status"] == status


def test_times_are_utc_in_rfc_3339(build_result):
    assert build_result(ALL)["scored_at"] == "2026-11-23T12:00:00Z"


def test_chart_rows_carry_the_numbers_of_the_result(build_result):
    result = json.loads(json.dumps(build_result(ALL)))
    for row, domain in zip(report.chart_rows(result), result["domains"], strict=True):
        assert (row.score, row.target, row.verdict) == (
            domain["score"],
            domain["target"]["score"],
            domain["target"]["verdict"],
        )
        assert roles.target_score(domain["target"]["level"]) == row.target
