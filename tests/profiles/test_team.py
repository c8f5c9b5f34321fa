import pytest

from app.profiles import team

pytestmark = pytest.mark.quick

REACH = {
    "builder": {"build": 1.0, "test": 0.5},
    "tester": {"test": 1.0},
    "helper": {"test": 0.5},
    "seller": {"sell": 1.0, "test": 1.0},
}
TASKS = ["build", "test", "sell"]


def test_tasks_are_covered_partly_or_not_at_all():
    assert team.cover(REACH, ["builder"], TASKS) == team.Coverage(("build",), ("test",), ("sell",))


def test_two_halves_do_not_make_a_whole():
    assert team.cover(REACH, ["builder", "helper"], TASKS).partly == ("test",)


def test_nobody_covers_nothing():
    assert team.cover(REACH, [], TASKS).uncovered == ("build", "test", "sell")


def test_a_role_without_a_row_is_an_error():
    with pytest.raises(KeyError):
        team.cover(REACH, ["ghost"], TASKS)


def test_completing_roles_are_the_narrowest_first():
    assert team.completing_roles(REACH, ["test"]) == ("tester", "seller")
    assert team.completing_roles(REACH, ["build", "sell"]) == ()
    assert team.completing_roles(REACH, []) == ()
