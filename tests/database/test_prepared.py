"""Prepared statements read and write what SQLAlchemy's own execution does."""

import pytest
from conftest import START
from factories import begin
from sqlalchemy import bindparam, insert, select

from app.attempts import rows
from app.database.accounts import people
from app.database.prepared import Prepared

pytestmark = pytest.mark.quick

WRITE = Prepared(insert(people), [column.name for column in people.columns])
READ = Prepared(select(people.c.name, people.c.created_at).where(people.c.id == bindparam("key")))


def test_what_is_written_is_read_with_its_types(db):
    values = {"id": "p1", "name": "Ada", "email": "ada@example.org", "created_at": START}
    db.write_now(lambda c: WRITE.run(c, values))
    assert db.read_now(lambda c: READ.first(c, {"key": "p1"})) == ("Ada", START)
    plain = db.read_now(lambda c: c.execute(select(people).where(people.c.id == "p1")).one())
    assert plain._asdict() == values


def test_a_row_that_is_not_there_is_none(db):
    assert db.read_now(lambda c: READ.first(c, {"key": "nobody"})) is None


def test_a_missing_value_is_an_error_and_not_a_null(db):
    with pytest.raises(KeyError):
        db.write_now(lambda c: WRITE.run(c, {"id": "p2", "name": "Ada"}))


def test_the_row_of_an_attempt_survives_a_round_trip(db):
    attempt = db.read_now(rows.find, begin(db).attempt_id)
    db.write_now(rows.save, attempt)
    assert db.read_now(rows.find, attempt.id) == attempt
