"""What happens to attempts while nobody looks: they are closed in time, and forgotten in time."""

import json
from datetime import datetime, timedelta

import pytest
from conftest import START
from factories import begin
from sqlalchemy import func, insert, select
from structlog.testing import capture_logs

from app import worker
from app.attempts import delivery, retention, rows, tasks
from app.attempts.log import Draft, latest_score
from app.attempts.starting import Candidate
from app.attempts.state import Status
from app.database.accounts import people
from app.database.attempts import attempts, drafts, idempotency_keys, responses
from app.jobs import queue
from app.jobs.task import Schedule

pytestmark = pytest.mark.quick

MONTHS = 12


@pytest.fixture
def carry_out(db):
    """carry_out(now) does every task that is due, the way the worker does; returns the names in order."""
    known = {task.name: task for task in worker.duties(MONTHS).tasks}

    def run(now):
        names = []
        while (lease := db.write_now(queue.take, "w1", dict.fromkeys(known, 3), now)) is not None:
            db.write_now(queue.perform, lease, known[lease.name].run, now)
            names.append(lease.name)
        return names

    return run


@pytest.fixture
def close(db, carry_out):
    """close(now) is one sweep with all that follows from it; returns how many tasks that took."""

    def run(now):
        db.write_now(queue.enqueue, "attempts.close", {}, now)
        return len(carry_out(now))

    return run


def status_of(db, sitting):
    return db.read_now(rows.find, sitting.attempt_id).status


def deadline_of(db, sitting):
    return db.read_now(rows.find, sitting.attempt_id).expires_at


def count(db, table):
    return db.read_now(lambda c: c.execute(select(func.count()).select_from(table)).scalar_one())


def test_an_attempt_that_ran_out_of_time_gets_its_result_although_nobody_asks(db, close):
    sitting = begin(db, "machine-learning-researcher-quick")
    sitting.submit()
    over = deadline_of(db, sitting)
    close(over + timedelta(seconds=5))
    assert status_of(db, sitting) == Status.ACTIVE, "an answer may still be on its way"
    close(over + timedelta(seconds=6))
    assert status_of(db, sitting) == Status.SCORED
    score = db.read_now(latest_score, sitting.attempt_id)
    assert score.scored_at == over, "however late the sweep came"


def test_a_sweep_closes_an_attempt_exactly_as_its_candidate_would(db, close):
    swept, asked = (begin(db, "machine-learning-researcher-quick") for _ in range(2))
    for sitting in (swept, asked):
        sitting.submit()
        raw = json.dumps(sitting.key())
        db.write_now(delivery.keep_draft, sitting.actor, sitting.attempt_id, Draft(2, 1, raw), START)
    later = deadline_of(db, swept) + timedelta(hours=1)
    db.write_now(delivery.show, asked.actor, asked.attempt_id, later)
    close(later)

    def log_of(sitting):
        columns = [c for c in responses.c if c.name not in ("attempt_id", "body")]
        statement = select(*columns).where(responses.c.attempt_id == sitting.attempt_id).order_by(responses.c.seq)
        return db.read_now(lambda c: [tuple(row) for row in c.execute(statement)])

    assert [row[0] for row in log_of(swept)] == [1, 2], "the draft counts"
    assert log_of(swept) == log_of(asked)
    assert db.read_now(latest_score, swept.attempt_id) == db.read_now(latest_score, asked.attempt_id)


def test_many_attempts_are_closed_a_few_at_a_time(db, close):
    sittings = [begin(db, "machine-learning-researcher-quick", number=n) for n in range(1, 11)]
    took = close(deadline_of(db, sittings[-1]) + timedelta(minutes=1))
    assert {status_of(db, sitting) for sitting in sittings} == {Status.SCORED}
    assert took == 10 // tasks.CLOSE_TOGETHER + 1


def test_an_attempt_that_cannot_be_closed_does_not_stand_in_the_way(db):
    sittings = [begin(db, "machine-learning-researcher-quick", number=n) for n in range(1, 4)]
    later = deadline_of(db, sittings[-1]) + timedelta(minutes=1)
    broken = sittings[0].attempt_id

    def closing(connection, attempt, now):
        closed = delivery.expire_if_over(connection, attempt, now)
        if attempt.id == broken:
            raise LookupError("the active item is in none of its pools")
        return closed

    with capture_logs() as lines:
        db.write_now(tasks.close, {}, later, closing)
    assert [(line["event"], line["attempt"]) for line in lines] == [("attempt cannot be closed", broken)]
    assert [status_of(db, sitting) for sitting in sittings] == [Status.ACTIVE, Status.SCORED, Status.SCORED]
    db.write_now(tasks.close, {}, later)  # mended
    assert status_of(db, sittings[0]) == Status.SCORED


def test_an_attempt_without_a_limit_stays_open(db, close):
    sitting = begin(db, "mathematics", time_factor=None)
    close(START + timedelta(days=400))
    assert status_of(db, sitting) == Status.ACTIVE


@pytest.mark.postgresql
def test_who_is_answering_just_now_is_not_waited_for(open_db):
    """The sweep steps over a locked row; SQLite's one writer comes after the answer anyway."""
    db, other = open_db(), open_db()
    sitting = begin(db, "machine-learning-researcher-quick")
    later = deadline_of(db, sitting) + timedelta(minutes=1)
    with db.writer.connect() as answering, answering.begin():
        rows.lock(answering, sitting.attempt_id)
        other.write_now(tasks.close, {}, later)
    assert status_of(db, sitting) == Status.ACTIVE
    other.write_now(tasks.close, {}, later)
    assert status_of(db, sitting) == Status.SCORED


def test_personal_data_are_erased_after_their_months_and_answers_stay(db, carry_out):
    jane = Candidate("Jane Doe", "jane@example.org")
    old = begin(db, "machine-learning-researcher-quick", candidate=jane)
    old.submit()
    db.write_now(delivery.finish, old.actor, old.attempt_id, START)
    recent = begin(db, "machine-learning-researcher-quick", candidate=jane, now=START + timedelta(days=300))

    def people_there(now):
        db.write_now(queue.enqueue, "attempts.erase_people", {}, now)
        carry_out(now)
        return count(db, people)

    assert people_there(START + timedelta(days=364)) == 2
    assert people_there(START + timedelta(days=366)) == 1
    owners = db.read_now(lambda c: dict(c.execute(select(attempts.c.id, attempts.c.person_id)).all()))
    assert owners[old.attempt_id] is None
    assert owners[recent.attempt_id] is not None
    assert count(db, responses) == 1
    assert people_there(START + timedelta(days=300 + 367)) == 0, "also of an attempt that nobody ended"


def test_a_person_stays_as_long_as_one_attempt_does(db, carry_out):
    quick = begin(db, "machine-learning-researcher-quick", candidate=Candidate("Jane Doe", "jane@example.org"))
    second = begin(db, "mathematics", number=2, now=START + timedelta(days=200))
    person = db.read_now(lambda c: c.execute(select(people.c.id)).scalar_one())
    belongs = attempts.update().where(attempts.c.id == second.attempt_id).values(person_id=person)
    db.write_now(lambda c: c.execute(belongs) and None)
    assert quick.attempt_id != second.attempt_id
    assert db.write_now(retention.erase_people, START + timedelta(days=100), 10) == 0
    assert db.write_now(retention.erase_people, START + timedelta(days=201), 10) == 1


def test_more_than_one_part_is_erased_in_several_transactions(db, carry_out):
    many = [
        {"id": f"p{n}", "name": "x", "email": "y", "created_at": START} for n in range(2 * tasks.FORGET_TOGETHER + 1)
    ]
    db.write_now(lambda c: c.execute(insert(people), many) and None)
    later = START + timedelta(days=400)
    db.write_now(queue.enqueue, "attempts.erase_people", {}, later)
    assert carry_out(later) == ["attempts.erase_people"] * 3
    assert count(db, people) == 0


def test_keys_of_repeated_requests_are_forgotten_after_two_days(db, carry_out):
    def key(name, created_at):
        values = {"key_hash": name, "request_hash": "r", "body": "{}", "created_at": created_at}
        db.write_now(lambda c: c.execute(insert(idempotency_keys), values) and None)

    now = START + timedelta(days=10)
    key("old", now - timedelta(hours=49))
    key("new", now - timedelta(hours=47))
    db.write_now(queue.enqueue, "attempts.forget_keys", {}, now)
    carry_out(now)
    assert db.read_now(lambda c: c.execute(select(idempotency_keys.c.key_hash)).scalars().all()) == ["new"]


def test_drafts_of_attempts_that_are_over_are_dropped(db, carry_out):
    over, going = (begin(db, "mathematics", number=n) for n in (1, 2))
    db.write_now(delivery.finish, over.actor, over.attempt_id, START)
    for sitting in (over, going):
        values = {"attempt_id": sitting.attempt_id, "seq": 1, "revision": 1, "answer": "{}", "at": START}
        db.write_now(lambda c, values=values: c.execute(insert(drafts), values) and None)
    db.write_now(queue.enqueue, "attempts.drop_drafts", {}, START)
    carry_out(START)
    assert db.read_now(lambda c: c.execute(select(drafts.c.attempt_id)).scalars().all()) == [going.attempt_id]


def test_every_schedule_is_of_a_task_that_exists():
    what = tasks.duties(MONTHS)
    assert {schedule.task for schedule in what.schedules} == {task.name for task in what.tasks}
    assert Schedule("attempts.close", timedelta(minutes=1)) in what.schedules


@pytest.mark.parametrize(
    ("now", "months", "before"),
    [
        ("2026-11-23", 12, "2025-11-23"),
        ("2026-03-31", 1, "2026-02-28"),
        ("2024-03-31", 1, "2024-02-29"),
        ("2026-01-15", 1, "2025-12-15"),
        ("2026-12-31", 1200, "1926-12-31"),
    ],
)
def test_months_are_those_of_the_calendar(now, months, before):
    assert retention.months_before(datetime.fromisoformat(f"{now}T03:00+00:00"), months) == datetime.fromisoformat(
        f"{before}T03:00+00:00"
    )
