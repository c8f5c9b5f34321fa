"""PostgreSQL: what every session is told, dead connections, and several processes that start at once."""

import gc
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from conftest import START
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from app.database import connect, migrate
from app.database.engine import Database, StorageUnavailable, alone
from app.database.tables import metadata
from app.settings import shipped

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def url(cluster):
    return cluster.url(cluster.create())


@pytest.fixture
def db(url):
    with closing(Database(url)) as db:
        yield db


def _pid(connection):
    return connection.execute(text("select pg_backend_pid()")).scalar_one()


def _cut(url, pid):
    """An administrator ends the session of another: to its owner it looks like a restart of the database."""
    with closing(Database(url)) as other:
        other.write_now(lambda connection: connection.execute(text("select pg_terminate_backend(:pid)"), {"pid": pid}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("synchronous_commit", "on"),
        ("lock_timeout", "5s"),
        ("statement_timeout", "30s"),
        ("idle_in_transaction_session_timeout", "30s"),
        ("TimeZone", "UTC"),
    ],
)
def test_every_session_is_told_what_the_promises_rest_on(db, name, value):
    for run in (db.write_now, db.read_now):
        assert run(lambda connection: connection.execute(text(f"show {name}")).scalar_one()) == value


def test_the_usual_spellings_of_the_address_mean_our_driver(url):
    for spelling in ("postgres://", "postgresql://"):
        with closing(Database(url.replace("postgresql+psycopg://", spelling))) as db:
            assert db.read_now(lambda connection: connection.execute(text("select 1")).scalar_one()) == 1


def test_work_on_a_connection_that_died_while_idle_begins_again_on_a_new_one(db, url):
    _cut(url, db.write_now(_pid))
    assert db.write_now(_pid)
    _cut(url, db.read_now(_pid))
    assert db.read_now(_pid)


def test_work_whose_connection_dies_in_the_middle_begins_again_and_is_done_once(db, url):
    db.write_now(lambda connection: connection.execute(text("create table n (n integer)")))
    seen = []

    def work(connection):
        seen.append(_pid(connection))
        connection.execute(text("insert into n values (1)"))
        if len(seen) == 1:
            _cut(url, seen[0])
        connection.execute(text("insert into n values (2)"))

    db.write_now(work)
    assert len(set(seen)) == 2
    assert db.read_now(lambda connection: connection.execute(text("select n from n order by n")).scalars().all()) == [
        1,
        2,
    ]


def test_a_connection_that_dies_again_and_again_is_503(db, url):
    def work(connection):
        _cut(url, _pid(connection))
        _pid(connection)

    with pytest.raises(StorageUnavailable):
        db.write_now(work)
    assert db.write_now(_pid)


def test_a_connection_that_dies_at_the_commit_is_503_and_nothing_begins_again(db, url):
    runs = []

    def work(connection):
        runs.append(1)
        _cut(url, _pid(connection))

    with pytest.raises(StorageUnavailable) as caught:
        db.write_now(work)
    assert runs == [1], "whether the commit took effect is not known"
    assert "not known" in caught.value.detail
    assert caught.value.retry_after_s


def test_a_read_whose_connection_dies_at_the_commit_says_that_nothing_was_stored(db, url):
    with pytest.raises(StorageUnavailable) as caught:
        db.read_now(lambda connection: _cut(url, _pid(connection)))
    assert "Nothing was stored" in caught.value.detail


def test_a_wrong_statement_is_our_bug_and_not_storage_trouble(db):
    with pytest.raises(ProgrammingError):
        db.write_now(lambda connection: connection.execute(text("select * from nowhere")))


def test_a_deed_that_must_be_done_alone_waits_for_the_other_process(db, url):
    order = []

    def first(connection):
        alone(connection, "deed")
        other.start()
        other.join(0.3)
        order.append("first")

    def second(connection):
        alone(connection, "deed")
        order.append("second")

    with closing(Database(url)) as another:
        other = threading.Thread(target=another.write_now, args=(second,))
        db.write_now(first)
        other.join()
    assert order == ["first", "second"]


def test_who_waits_to_be_alone_is_more_patient_than_a_statement_may_take(url, monkeypatch):
    monkeypatch.setitem(connect._POSTGRES_SESSION, "statement_timeout", 200)
    monkeypatch.setitem(connect._POSTGRES_SESSION, "lock_timeout", 200)

    def hold(connection):
        alone(connection, "deed")
        begun.set()
        time.sleep(0.6)

    def limits(connection):
        alone(connection, "deed")
        return [connection.execute(text(f"show {name}")).scalar_one() for name in ("lock_timeout", "statement_timeout")]

    begun = threading.Event()
    with closing(Database(url)) as one, closing(Database(url)) as other:
        holding = threading.Thread(target=one.write_now, args=(hold,))
        holding.start()
        begun.wait(10)
        assert other.write_now(limits) == ["200ms", "200ms"], "afterwards they are as for everybody"
        holding.join()


def test_migrations_make_the_tables_that_the_code_describes(db):
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415
    from alembic.migration import MigrationContext  # noqa: PLC0415

    migrate.upgrade(db, shipped("migrations"), START)
    with db.writer.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata) == []


def test_two_processes_may_bring_an_empty_database_up_to_date_at_once(url, tmp_path):
    command = [sys.executable, "-m", "app.cli", "db", "upgrade"]
    environment = {"PLUMBLINE_DATABASE_URL": url, "PLUMBLINE_DATA": str(tmp_path), "PATH": "/usr/bin:/bin"}
    both = [
        subprocess.Popen(command, cwd=REPOSITORY, env=environment, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    for process in both:
        _, complaint = process.communicate(timeout=60)
        assert process.returncode == 0, complaint
    with closing(Database(url)) as db:
        assert migrate.is_current(db, shipped("migrations"))


def test_a_connection_that_was_closed_while_it_lay_in_the_pool_is_replaced(db):
    db.read_now(_pid)
    with db.reader.connect() as connection:
        lying = connection.connection.dbapi_connection
    lying.close()
    assert db.read_now(_pid)
    gc.collect()  # SQLAlchemy's own handle on it is collected now, and says so to the log of this test


def test_an_operator_who_makes_the_database_read_only_is_obeyed(db, url):
    db.write_now(lambda connection: connection.execute(text("create table n (n integer)")))
    name = db.url.database
    db.write_now(
        lambda connection: connection.execute(text(f'alter database "{name}" set default_transaction_read_only = on'))
    )
    with closing(Database(url)) as later:
        later.read_now(_pid)
        with pytest.raises(StorageUnavailable):
            later.write_now(lambda connection: connection.execute(text("insert into n values (1)")))
