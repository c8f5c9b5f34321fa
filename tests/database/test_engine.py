"""`db.write` and `db.read`: committed when they return, undone when they raise, in order, honest when storage fails."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, event, insert, select
from sqlalchemy.exc import IntegrityError

from app.database.engine import Database, StorageUnavailable
from app.errors import Conflict

pytestmark = pytest.mark.quick

numbers = Table("numbers", MetaData(), Column("n", Integer, primary_key=True))
WORK_S = 20  # far more than anything here takes; a hang must fail and not hang the suite


class Refused(Conflict):
    pass


class RefusedAndKept(Conflict):
    commits = True


def add(connection, n):
    connection.execute(insert(numbers), {"n": n})
    return n


def all_of(connection):
    return [row.n for row in connection.execute(select(numbers).order_by(numbers.c.n))]


def add_and_raise(connection, n, error):
    add(connection, n)
    raise error


@pytest.fixture
def url(database, tmp_path, request):
    """An empty database of the test's own."""
    if database == "sqlite":
        return f"sqlite:///{tmp_path / 'numbers.sqlite3'}"
    cluster = request.getfixturevalue("cluster")
    return cluster.url(cluster.create())


@pytest.fixture
def db(url):
    db = Database(url)
    with db.writer.connect() as connection:
        numbers.metadata.create_all(connection)
        connection.commit()
    yield db
    db.close()


def stored(url):
    """What another process sees now: only what has been committed."""
    with closing(Database(url)) as other:
        return other.read_now(all_of)


async def _now(db, fn, *args):
    return db.write_now(fn, *args)


async def _queued(db, fn, *args):
    return await asyncio.wait_for(db.write(fn, *args), WORK_S)


@pytest.fixture(params=[_now, _queued], ids=["write_now", "write"])
def write(request, db):
    """The two ways of writing, which must mean the same."""
    return lambda fn, *args: asyncio.run(request.param(db, fn, *args))


def test_a_write_is_committed_when_it_returns(write, url):
    assert write(add, 1) == 1
    assert stored(url) == [1]


def test_a_write_that_raises_leaves_nothing(write, url):
    with pytest.raises(ValueError, match="changed my mind"):
        write(add_and_raise, 1, ValueError("changed my mind"))
    with pytest.raises(Refused):
        write(add_and_raise, 1, Refused("no"))
    assert stored(url) == []
    assert write(add, 1) == 1


def test_an_error_that_commits_is_raised_after_the_commit(write, url):
    with pytest.raises(RefusedAndKept):
        write(add_and_raise, 1, RefusedAndKept("late"))
    assert stored(url) == [1]


def test_a_broken_constraint_is_our_bug_and_not_storage_trouble(write, url):
    write(add, 1)
    with pytest.raises(IntegrityError):
        write(add, 1)
    assert write(add, 2) == 2
    assert stored(url) == [1, 2]


def test_one_bad_write_among_many_undoes_itself_alone(db, url):
    async def many():
        work = [
            db.write(add_and_raise, n, Refused("every third")) if n % 3 == 0 else db.write(add, n) for n in range(30)
        ]
        return await asyncio.wait_for(asyncio.gather(*work, return_exceptions=True), WORK_S)

    outcomes = asyncio.run(many())
    assert [isinstance(outcome, Refused) for outcome in outcomes] == [n % 3 == 0 for n in range(30)]
    assert stored(url) == [n for n in range(30) if n % 3]


@pytest.mark.sqlite
def test_writes_run_one_at_a_time_in_the_order_they_came(db):
    order, running = [], []

    def step(connection, n):
        running.append(n)
        assert running == [n], "two writes at once"
        add(connection, n)
        order.append(n)
        running.remove(n)

    async def many():
        await asyncio.wait_for(asyncio.gather(*(db.write(step, n) for n in range(50))), WORK_S)

    asyncio.run(many())
    assert order == list(range(50))


def test_a_write_that_nobody_waits_for_any_more_does_not_stop_the_others(db, url):
    begun, go_on = threading.Event(), threading.Event()

    def slow(connection):
        begun.set()
        go_on.wait(WORK_S)
        add(connection, 1)

    async def cancelled():
        first = asyncio.ensure_future(db.write(slow))
        while not begun.is_set():
            await asyncio.sleep(0.001)
        second = asyncio.ensure_future(db.write(add, 2))
        await asyncio.sleep(0.01)
        first.cancel()
        second.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
        go_on.set()
        return await asyncio.wait_for(db.write(add, 3), WORK_S)

    assert asyncio.run(cancelled()) == 3
    assert 3 in stored(url)


def test_many_threads_that_write_now_do_not_lose_a_row(db, url):
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: db.write_now(add, n), range(40)))
    assert stored(url) == list(range(40))


def test_a_reader_cannot_write(db, url):
    with pytest.raises(StorageUnavailable):
        db.read_now(add, 1)
    with pytest.raises(StorageUnavailable):
        asyncio.run(db.read(add, 1))
    assert stored(url) == []


def test_a_reader_sees_one_state_although_a_write_happens_meanwhile(db):
    def twice(connection):
        before = all_of(connection)
        db.write_now(add, 1)
        return before, all_of(connection)

    assert db.read_now(twice) == ([], [])
    assert db.read_now(all_of) == [1]


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 5000)]
)
def test_the_pragmas_on_which_the_promises_rest_are_in_force_on_every_connection(db, pragma, value):
    for engine in (db.writer, db.reader):
        with engine.connect() as connection:
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one() == value


@pytest.fixture
def impatient(db):
    """The same database, which gives up on a lock after 50 ms instead of five seconds."""
    wish = "PRAGMA busy_timeout=50" if db.is_sqlite else "set lock_timeout = 50"
    event.listen(db.writer, "checkout", lambda connection, *_more: connection.execute(wish))
    return db


def test_a_locked_database_is_503_repeat_and_heals(impatient, write, url):
    with closing(Database(url)) as other, other.writer.connect() as connection, connection.begin():
        if not other.is_sqlite:  # there the beginning of a write locks it already
            connection.exec_driver_sql("lock table numbers in exclusive mode")
        with pytest.raises(StorageUnavailable) as caught:
            write(add, 1)
    assert caught.value.retry_after_s
    assert "Nothing was stored" in caught.value.detail
    assert write(add, 2) == 2
    assert stored(url) == [2]


def test_a_read_only_database_is_503(db, write, url):
    wish = "PRAGMA query_only=ON" if db.is_sqlite else "set transaction read only"
    event.listen(db.writer, "checkout", lambda connection, *_more: connection.execute(wish))
    with pytest.raises(StorageUnavailable):
        write(add, 1)
    assert stored(url) == []


@pytest.mark.sqlite
def test_a_full_disk_is_503_and_leaves_the_database_sound(db, write, url):
    """SQLite's own page limit stands for the disk: the error is the same SQLITE_FULL."""
    write(add, 1)
    with db.writer.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    def much(connection):
        for n in range(2, 5000):
            add(connection, n)

    with pytest.raises(StorageUnavailable):
        write(much)
    assert stored(url) == [1]
    assert write(add, 2) == 2


def test_a_database_that_is_not_there_is_503(tmp_path):
    db = Database(f"sqlite:///{tmp_path / 'no-folder' / 'x.sqlite3'}")
    with pytest.raises(StorageUnavailable):
        db.read_now(all_of)
    db.close()


def test_closing_finishes_what_was_queued(url, db):
    other = Database(url)

    async def queued():
        work = [asyncio.ensure_future(other.write(add, n)) for n in range(20)]
        await asyncio.sleep(0)
        await asyncio.to_thread(other.close)
        return await asyncio.wait_for(asyncio.gather(*work), WORK_S)

    assert asyncio.run(queued()) == list(range(20))
    assert stored(url) == list(range(20))
