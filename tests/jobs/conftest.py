"""What tests of the queue write with: tasks that leave a row behind."""

from datetime import timedelta

import pytest
from conftest import START
from sqlalchemy import insert, select

from app.database.accounts import people
from app.database.tasks import tasks
from app.jobs import queue


def leave_mark(connection, payload, now):
    """A task whose effect can be counted: a row with the number it was given."""
    number = len(list(connection.execute(select(people.c.id)).scalars()))
    values = {"id": f"{payload['n']}-{number}", "name": str(payload["n"]), "email": "x@example.org", "created_at": now}
    connection.execute(insert(people), values)


def later(**by):
    return START + timedelta(**by)


@pytest.fixture
def marks(db):
    """The marks that are there: marks()."""
    return lambda: sorted(db.read_now(lambda c: list(c.execute(select(people.c.name)).scalars())))


@pytest.fixture
def rows(db):
    """Every task as it stands: rows()."""
    return lambda: db.read_now(lambda c: c.execute(select(tasks).order_by(tasks.c.id)).all())


@pytest.fixture
def enqueue(db):
    """enqueue("mark", n=1) in a transaction of its own."""

    def add(name="mark", now=START, key=None, run_at=None, **payload):
        return db.write_now(queue.enqueue, name, payload or {"n": 1}, now, key=key, run_at=run_at)

    return add


@pytest.fixture
def take(db):
    """take("worker") leases what is due, for tasks called "mark" and "errand"."""

    def lease(worker="w1", now=START, most=3):
        return db.write_now(queue.take, worker, {"mark": most, "errand": most}, now)

    return lease


@pytest.fixture
def mark():
    return leave_mark
