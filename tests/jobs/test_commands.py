"""`plumbline task ...`: an operator sees what failed for good, and has it tried again."""

import json

import pytest
from conftest import START
from typer.testing import CliRunner

from app.cli import cli
from app.jobs import queue

pytestmark = pytest.mark.quick


@pytest.fixture
def run(db, tmp_path, monkeypatch):
    """run("task", "list") runs a command on the test's database, without a terminal."""
    monkeypatch.setenv("PLUMBLINE_DATA", str(tmp_path))
    monkeypatch.setenv("PLUMBLINE_DATABASE_URL", db.url.render_as_string(hide_password=False))
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *arguments: CliRunner().invoke(cli, list(arguments))


@pytest.fixture
def dead(db, enqueue, take):
    """The numbers of two dead tasks, beside one that waits and one that is done."""
    numbers = []
    for n in range(2):
        enqueue(n=n, key=f"mail-{n}")
        lease = take()
        db.write_now(queue.fail, lease, f"no mailbox {n}", None, START)
        numbers.append(lease.id)
    enqueue(n=2)
    db.write_now(queue.perform, take(), lambda *_: None, START)
    enqueue(n=3)
    return numbers


def listed(outcome):
    assert outcome.exit_code == 0, outcome.output
    return [json.loads(line) for line in outcome.stdout.splitlines()]


def test_what_is_not_done_is_listed(run, dead):
    assert sorted(one["state"] for one in listed(run("task", "list", "--json"))) == ["dead", "dead", "waiting"]
    assert [one["state"] for one in listed(run("task", "list", "--done", "--json"))] == ["done"]


def test_a_dead_task_is_listed_with_its_last_error_and_without_its_payload(run, dead):
    found = listed(run("task", "list", "--dead", "--json"))
    assert {one["id"]: one["last_error"] for one in found} == {dead[0]: "no mailbox 0", dead[1]: "no mailbox 1"}
    assert all("payload" not in one for one in found)
    text = run("task", "list", "--dead").stdout
    assert "no mailbox 1" in text
    assert "mark" in text


def test_one_dead_task_is_tried_again(run, dead, take):
    outcome = run("task", "retry", str(dead[1]))
    assert (outcome.exit_code, outcome.stdout) == (0, "1 task is tried again\n")
    assert [one["id"] for one in listed(run("task", "list", "--dead", "--json"))] == [dead[0]]


def test_all_dead_tasks_are_tried_again(run, dead):
    assert run("task", "retry", "--all-dead").stdout == "2 tasks are tried again\n"
    assert listed(run("task", "list", "--dead", "--json")) == []
    assert "no task is dead" in run("task", "list", "--dead").stdout


def test_a_task_that_is_not_dead_is_not_tried_again(run, dead):
    outcome = run("task", "retry", "999")
    assert outcome.exit_code == 1
    assert "there is no dead task 999" in outcome.stderr


@pytest.mark.parametrize("arguments", [["retry"], ["retry", "1", "--all-dead"], ["list", "--dead", "--done"]])
def test_an_order_that_means_two_things_is_refused(run, arguments):
    outcome = run("task", *arguments)
    assert outcome.exit_code == 2
    assert "name one" in outcome.stderr


@pytest.mark.sqlite
def test_without_a_database_the_command_says_what_makes_one(tmp_path, monkeypatch):
    monkeypatch.setenv("PLUMBLINE_DATA", str(tmp_path))
    monkeypatch.delenv("PLUMBLINE_DATABASE_URL", raising=False)
    outcome = CliRunner().invoke(cli, ["task", "list"])
    assert outcome.exit_code == 2
    assert "plumbline db upgrade" in outcome.stderr


@pytest.mark.sqlite
def test_a_database_that_cannot_be_reached_is_named_without_a_traceback(tmp_path, monkeypatch):
    monkeypatch.setenv("PLUMBLINE_DATA", str(tmp_path))
    monkeypatch.setenv("PLUMBLINE_DATABASE_URL", "nonsense")
    outcome = CliRunner().invoke(cli, ["task", "list"])
    assert outcome.exit_code == 2
    assert "PLUMBLINE_DATABASE_URL" in outcome.stderr
