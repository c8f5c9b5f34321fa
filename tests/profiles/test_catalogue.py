import copy
import json

import pytest

from app.profiles import catalogue, roles

pytestmark = pytest.mark.quick


def test_five_tasks_with_forty_subtasks_and_nine_roles_ship(shipped_catalogue):
    tasks = shipped_catalogue.roles.tasks
    assert len(tasks) == 5
    assert sum(len(task.subtasks) for task in tasks) == 40
    assert len(shipped_catalogue.roles.roles) == 9


def test_every_profile_is_a_reading_of_a_role_in_the_catalogue(shipped_catalogue, profiles):
    assert {profile.role for profile in profiles} == set(shipped_catalogue.reach)


def test_the_team_of_researcher_analyst_and_engineer_leaves_deployment_uncovered(shipped_catalogue):
    teams = {team["id"]: team for team in catalogue.catalogue_json(shipped_catalogue)["teams"]}
    trio = teams["researcher-analyst-engineer"]
    assert (trio["uncovered"], trio["partly"]) == (["deployment"], [])
    assert "machine-learning-engineer" in trio["completed_by"]
    assert teams["with-machine-learning-engineer"]["uncovered"] == []
    assert teams["small-company"]["partly"] == ["modeling"]


def test_the_api_shape_is_a_list_of_roles_with_tasks_tools_and_teams(shipped_catalogue):
    shown = catalogue.catalogue_json(shipped_catalogue)
    assert set(shown) == {"items", "next_cursor", "tasks", "teams", "tools", "sources"}
    assert len(shown["items"]) == 9
    assert json.loads(json.dumps(shown)) == shown


@pytest.mark.parametrize(
    ("where", "value"),
    [("tasks", {"sleeping": 1}), ("tools", ["hammer"]), ("variant_of", "astronaut")],
)
def test_a_name_that_does_not_exist_is_refused_with_the_role(role_rows, tool_rows, where, value):
    rows = copy.deepcopy(role_rows)
    rows["roles"][0][where] = value
    with pytest.raises(roles.ProfileError) as caught:
        catalogue.parse_catalogue(rows, tool_rows)
    assert f"roles.data-scientist.{where}" in caught.value.errors[0].message
