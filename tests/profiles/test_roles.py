import copy
import json
from pathlib import Path

import pytest
import yaml

from app.profiles import roles

pytestmark = pytest.mark.quick

CONTENT = Path(__file__).parents[2] / "question_banks" / "profiles"


def paths(caught: pytest.ExceptionInfo[roles.ProfileError]) -> list[str]:
    return [error.path for error in caught.value.errors]


def test_ten_profiles_ship_and_the_researcher_is_the_default(profiles):
    assert len(profiles) == 10
    assert [p.id for p in profiles if p.default] == ["machine-learning-researcher"]


def test_weights_sum_to_one_exactly_after_reading(profiles):
    for profile in profiles:
        assert sum(target.weight for target in profile.domains.values()) == pytest.approx(1, abs=1e-12)


def test_the_researcher_of_the_2020_report_asks_what_figure_2_shows(profiles):
    asked = {
        d: t.level
        for d, t in next(p for p in profiles if p.id == "machine-learning-researcher@workera-2020").domains.items()
    }
    assert asked == {
        "machine-learning": "accomplished",
        "data-science": "developing",
        "mathematics": "accomplished",
        "algorithmic-coding": "accomplished",
    }


def test_a_skill_without_a_level_takes_the_one_of_its_domain(researcher):
    mathematics = researcher.domains["mathematics"]
    assert mathematics.skill("math.linear-algebra") == roles.SkillTarget(level="accomplished", importance=1.3)
    assert mathematics.skill("math.discrete").level == "developing"
    assert mathematics.skill("math.calculus") == roles.SkillTarget(level="accomplished", importance=1.0)


def test_a_skill_can_be_left_out(researcher):
    assert researcher.domains["software-engineering"].skill("swe.web").level is None


@pytest.mark.parametrize("skill", [{"asked": False, "level": "developing"}, {"asked": "no"}, {"asked": True}])
def test_a_skill_is_left_out_in_one_way_only(profile_rows, skill):
    rows = copy.deepcopy(profile_rows)
    rows["profiles"][0]["domains"]["mathematics"]["skills"]["math.discrete"] = skill
    with pytest.raises(roles.ProfileError) as caught:
        roles.parse_profiles(rows)
    assert paths(caught) == [
        "profiles.machine-learning-researcher.domains.mathematics.skills.math.discrete.asked",
    ]


def test_every_profile_is_judged_while_nobody_in_a_role_was_measured(profiles):
    assert {profile.basis for profile in profiles} == {"judged"}


def test_a_profile_stored_as_json_reads_back_the_same(profiles):
    for profile in profiles:
        assert roles.Profile.model_validate(json.loads(profile.model_dump_json())) == profile


def test_weights_that_do_not_sum_to_one_are_refused_with_profile_and_key(profile_rows):
    rows = copy.deepcopy(profile_rows)
    rows["profiles"][0]["domains"]["mathematics"]["weight"] = 0.5
    with pytest.raises(roles.ProfileError) as caught:
        roles.parse_profiles(rows)
    assert paths(caught) == ["profiles.machine-learning-researcher.domains"]
    assert "sum to 1.3" in caught.value.errors[0].message


@pytest.mark.parametrize(
    ("key", "value", "path"),
    [
        ("level", "expert", "level"),
        ("level", "beginning", "level"),
        ("critical", "yes", "critical"),
        ("weight", "0.2", "weight"),
        ("colour", "blue", "colour"),
        ("reference", {"mean": 1.0, "sd": 0.7, "basis": "measured", "n": 12}, "reference"),
    ],
)
def test_a_wrong_value_is_refused_with_its_path(profile_rows, key, value, path):
    rows = copy.deepcopy(profile_rows)
    rows["profiles"][1]["domains"]["mathematics"][key] = value
    with pytest.raises(roles.ProfileError) as caught:
        roles.parse_profiles(rows)
    assert f"profiles.data-scientist@workera-2020.domains.mathematics.{path}" in paths(caught)


def test_the_problems_of_all_profiles_are_told_at_once(profile_rows):
    rows = copy.deepcopy(profile_rows)
    for row in rows["profiles"][:3]:
        row["version"] = 0
    with pytest.raises(roles.ProfileError) as caught:
        roles.parse_profiles(rows)
    assert len(paths(caught)) == 3


def test_a_profile_without_a_critical_domain_is_refused(profile_rows):
    rows = copy.deepcopy(profile_rows)
    for target in rows["profiles"][1]["domains"].values():
        target["critical"] = False
    with pytest.raises(roles.ProfileError) as caught:
        roles.parse_profiles(rows)
    assert "critical" in caught.value.errors[0].message


@pytest.mark.parametrize("change", ["twice", "no default", "two defaults"])
def test_ids_are_unique_and_one_profile_is_the_default(profile_rows, change):
    rows = copy.deepcopy(profile_rows)
    if change == "twice":
        rows["profiles"].append(copy.deepcopy(rows["profiles"][1]))
    else:
        rows["profiles"][0]["default"] = rows["profiles"][1]["default"] = change == "two defaults"
    with pytest.raises(roles.ProfileError):
        roles.parse_profiles(rows)


@pytest.mark.parametrize(
    "rows", [{}, {"schema": "plumbline.profiles/1"}, {"schema": "plumbline.profiles/1", "profiles": ["x"]}]
)
def test_something_else_than_profiles_is_refused(rows):
    with pytest.raises(roles.ProfileError):
        roles.parse_profiles(rows)


def test_the_api_shape_has_target_scores_and_only_domains_asked_for(profiles):
    shown = roles.as_json(next(p for p in profiles if p.role == "data-analyst"))
    assert set(shown) >= {"id", "version", "title", "source", "basis", "domains", "skills", "not_measured_by_tests"}
    assert shown["domains"]["data-science"] == {
        "level": "accomplished",
        "weight": 0.6,
        "critical": True,
        "target_score": 200.0,
    }
    assert set(shown["domains"]) == {"data-science", "algorithmic-coding"}
    assert shown["domains"]["algorithmic-coding"]["target_score"] == 100.0
    json.dumps(shown)


@pytest.mark.parametrize("name", ["profiles.yaml", "roles.yaml", "tools.yaml"])
def test_the_files_keep_to_the_strict_yaml_of_the_project(name):
    text = (CONTENT / name).read_text(encoding="utf-8")
    for event in yaml.parse(text):
        assert not isinstance(event, yaml.AliasEvent)
        assert getattr(event, "anchor", None) is None
        assert getattr(event, "tag", None) is None
        if isinstance(event, yaml.ScalarEvent) and event.style is None:
            assert event.value.lower() not in {"yes", "no", "on", "off", "null", "~", ""}
    for keys in _keys(yaml.compose(text)):
        assert len(keys) == len(set(keys))


def _keys(node: yaml.Node):
    if isinstance(node, yaml.MappingNode):
        yield [key.value for key, _ in node.value]
        for _, value in node.value:
            yield from _keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _keys(value)
