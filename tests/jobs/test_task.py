"""The rules of tries and schedules, and what an operator is told of an error."""

from datetime import datetime, timedelta

import pytest
from conftest import START
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from app.errors import Conflict
from app.jobs.task import LONGEST_WAIT, MOST_ERROR, Schedule, TaskFailed, retry_at, slot, slot_key, told

pytestmark = pytest.mark.quick

HOURLY = Schedule("sweep", timedelta(hours=1), timedelta(minutes=10))


def at(text):
    return datetime.fromisoformat(f"2026-11-23T{text}+00:00")


def test_waits_between_tries_double():
    waits = [(retry_at(START, tries, 0.0) - START).total_seconds() for tries in (1, 2, 3, 4)]
    assert waits == [2, 4, 8, 16]


def test_no_wait_is_longer_than_an_hour():
    assert retry_at(START, 1000, 0.0) - START == LONGEST_WAIT


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_chance_takes_at_most_half_of_a_wait_away(tries, chance):
    full = retry_at(START, tries, 0.0) - START
    assert full / 2 <= retry_at(START, tries, chance) - START <= full


@pytest.mark.parametrize(
    ("now", "begun"), [("09:09:59", "08:10:00"), ("09:10:00", "09:10:00"), ("10:09:59", "09:10:00")]
)
def test_a_slot_begins_at_its_offset(now, begun):
    assert slot(HOURLY, at(now)) == at(begun)


@given(st.datetimes(datetime(2000, 1, 2), datetime(2100, 1, 1)), st.integers(1, 10_000), st.integers(0, 86_400))  # noqa: DTZ001
def test_every_moment_is_in_one_slot(naive, minutes, offset):
    now = naive.replace(tzinfo=START.tzinfo)
    schedule = Schedule("sweep", timedelta(minutes=minutes), timedelta(seconds=offset))
    begun = slot(schedule, now)
    assert begun <= now < begun + schedule.every
    assert slot(schedule, begun) == begun


def test_the_key_of_a_slot_names_the_task_and_the_slot():
    assert slot_key(HOURLY, at("09:30:12")) == "sweep@2026-11-23T09:10:00Z"


def test_an_error_of_ours_is_told_by_its_code_and_words():
    assert told(Conflict("The attempt is open.")) == "conflict: The attempt is open."


@pytest.mark.parametrize(
    ("message", "hidden"),
    [
        ("token plk_7sK2mQ9xW4vT1nR8zL3cB6yF0 refused", "7sK2mQ9xW4vT1nR8zL3cB6yF0"),
        ("no mailbox jane.doe@example.org here", "jane.doe"),
        ("401 for Authorization: Bearer abc.def.ghi", "abc.def.ghi"),
        ("cannot reach https://user:hunter2@hooks.example.org/x", "hunter2"),
        ("GET https://hooks.example.org/x?signature=123&to=jane gave 500", "123"),
        ("hash " + "a1" * 32, "a1a1a1"),
    ],
)
def test_an_error_is_told_without_its_secrets(message, hidden):
    said = told(RuntimeError(message))
    assert hidden not in said
    assert said.startswith("RuntimeError: ")


def test_an_error_of_the_database_is_told_without_statement_and_row():
    orig = ValueError("Key (email)=(jane@example.org) already exists")
    said = told(IntegrityError("insert into people values ('Jane')", {}, orig))
    assert said == "IntegrityError (ValueError)"


def test_what_is_told_is_short_and_can_be_stored_everywhere():
    said = told(RuntimeError("half a pair \ud800, a zero \0, " + "words " * 1000))
    assert len(said) <= MOST_ERROR
    assert "\0" not in said
    said.encode()


def test_the_cause_of_a_failed_task_is_told():
    failed = TaskFailed()
    failed.__cause__ = Conflict("The time is over.")
    assert told(failed) == "conflict: The time is over."
