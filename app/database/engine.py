"""`db.write` and `db.read`: one thread hop, one transaction, opened and committed around a plain function.

SQLite writes go through ONE thread in the order they came: without that queue its busy handler starves writers. What
waits there together is committed together, each piece of work behind a savepoint of its own.
"""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import QueuePool

from app.errors import AppError, Unavailable

P = ParamSpec("P")
T = TypeVar("T")

READERS = 4
POSTGRES_THREADS = 8
MOST_TOGETHER = 32  # pieces of work in one commit: more would make the first of them wait


def address(connection: Connection) -> tuple[str | int | None, ...]:
    """What tells one database from another; for caches of what never changes in it. (A URL as text takes 10 us.)"""
    url = connection.engine.url
    return url.drivername, url.host, url.port, url.database


class StorageUnavailable(Unavailable):
    """The disk is full, the database locked, read-only or gone. Nothing was stored."""


class Database:
    """The engines and threads of one database. Nobody below `write` commits."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._writer: _Writer | None = None
        if self.is_sqlite:
            self.writer = _sqlite_engine(url, begin="BEGIN IMMEDIATE")
            self.reader = _sqlite_engine(url, begin="BEGIN", readers=READERS)
            self._threads = ThreadPoolExecutor(READERS, "db-read")
            self._writer = _Writer(self.writer)
        else:
            self.writer = create_engine(
                url, pool_size=POSTGRES_THREADS, max_overflow=0, pool_pre_ping=True, hide_parameters=True
            )
            self.reader = self.writer
            self._threads = ThreadPoolExecutor(POSTGRES_THREADS, "db")

    async def write(self, fn: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(connection, ...)` in a writing transaction and return once it has committed."""
        loop = asyncio.get_running_loop()
        if self._writer is not None:
            result: asyncio.Future[T] = loop.create_future()
            self._writer.submit(_Work(lambda connection: fn(connection, *args, **kwargs), result, loop))
            return await result
        return await loop.run_in_executor(self._threads, lambda: self.write_now(fn, *args, **kwargs))

    async def read(self, fn: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(connection, ...)` in one reading transaction."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: self.read_now(fn, *args, **kwargs))

    def write_now(self, fn: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """The same as `write`, in the calling thread: for the command line and tests.

        An AppError with `commits` set (an attempt that expires under an answer) is raised after the commit.
        """
        try:
            with self.writer.connect() as connection, connection.begin() as transaction:
                try:
                    return fn(connection, *args, **kwargs)
                except AppError as error:
                    if _commits(error):
                        transaction.commit()
                    raise
        except DBAPIError as error:
            raise _storage_error(error) from error

    def read_now(self, fn: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """The same as `read`, in the calling thread."""
        try:
            with self.reader.connect() as connection, connection.begin():
                return fn(connection, *args, **kwargs)
        except DBAPIError as error:
            raise _storage_error(error) from error

    def close(self) -> None:
        """Wait for running work, then close every connection."""
        if self._writer is not None:
            self._writer.close()
        self._threads.shutdown(wait=True)
        self.writer.dispose()
        self.reader.dispose()


@dataclass(frozen=True)
class _Work:
    """One piece of writing work and who waits for it."""

    run: Callable[[Connection], Any]
    result: "asyncio.Future[Any]"
    loop: asyncio.AbstractEventLoop


class _Writer:
    """SQLite's one writer: a thread that takes work in the order it came and commits what waits together at once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._closed = False

    def submit(self, work: _Work) -> None:
        """Queue the work; its future is done after the commit.

        Raises:
            StorageUnavailable: the database is closed.
        """
        if self._closed:
            raise StorageUnavailable("The database is being closed. Nothing was stored.")
        if self._thread is None:
            self._start()
        self._queue.put(work)

    def close(self) -> None:
        """Finish what is queued, then end the thread."""
        self._closed = True
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._loop, name="db-write", daemon=True)
                self._thread.start()

    def _loop(self) -> None:
        going = True
        while going:
            batch, going = self._next_batch()
            if batch:
                _run_batch(self._engine, batch)

    def _next_batch(self) -> tuple[list[_Work], bool]:
        batch: list[_Work] = []
        while len(batch) < MOST_TOGETHER:
            try:
                work = self._queue.get(block=not batch)
            except queue.Empty:
                break
            if work is None:
                return batch, False
            batch.append(work)
        return batch, True


Outcome = tuple[_Work, Any, BaseException | None]


def _run_batch(engine: Engine, batch: Sequence[_Work]) -> None:
    """Run the work in one transaction, each piece behind a savepoint; who waits is told after the commit."""
    outcomes: list[Outcome] = []
    try:
        with engine.connect() as connection, connection.begin():
            outcomes.extend((work, *_run_one(connection, work)) for work in batch)
    except BaseException as error:  # nobody is above: the thread must live, and everybody who waits be told
        failure = _storage_error(error) if isinstance(error, DBAPIError) else error
        if failure is not error:
            failure.__cause__ = error
        outcomes = [(work, None, failure) for work in batch]
    for loop in {work.loop for work in batch}:
        mine = [outcome for outcome in outcomes if outcome[0].loop is loop]
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_tell, mine)


def _tell(outcomes: Sequence[Outcome]) -> None:
    """Wake everybody who waits for this batch; one call into the loop instead of one each."""
    for work, value, raised in outcomes:
        if work.result.done():
            continue  # who asked has gone away
        if raised is None:
            work.result.set_result(value)
        else:
            work.result.set_exception(raised)


def _run_one(connection: Connection, work: _Work) -> tuple[Any, BaseException | None]:
    """(result, None) or (None, what it raised); its writes stay unless it raised something that does not commit."""
    cursor = connection.connection.cursor()
    cursor.execute("SAVEPOINT work")
    value: Any = None
    raised: BaseException | None = None
    try:
        value = work.run(connection)
    except DBAPIError as error:
        if connection.invalidated or isinstance(error, OperationalError):
            raise  # the storage itself failed: nothing of this transaction can be trusted
        raised = error
    except StopIteration as error:  # a future cannot carry it
        raised = RuntimeError("the work ran out of an iterator")
        raised.__cause__ = error
    except BaseException as error:  # handed to whoever waits for it
        raised = error
    if raised is not None and not _commits(raised):
        cursor.execute("ROLLBACK TO work")
    cursor.execute("RELEASE work")
    cursor.close()
    return value, raised


def _commits(error: BaseException) -> bool:
    return bool(getattr(error, "commits", False))


def _storage_error(error: DBAPIError) -> Exception:
    """What cannot be helped by the caller becomes 503 "repeat"; a broken constraint stays what it is: our bug."""
    if isinstance(error, OperationalError) or error.connection_invalidated:
        return StorageUnavailable(
            "The database cannot be written or read just now. Nothing was stored; repeat the same request.",
            retry_after_s=2,
        )
    return error


def _sqlite_engine(url: str, *, begin: str, readers: int = 0) -> Engine:
    engine = create_engine(
        url,
        connect_args={"check_same_thread": False, "timeout": 5},
        hide_parameters=True,  # an error in the log must not carry an answer or an address
        poolclass=QueuePool,
        pool_size=readers or 1,
        max_overflow=0,
    )

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        # a checkpoint every 40 MB of log instead of every 4: at full speed it stopped the writer eight times a second
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "busy_timeout=5000",
            "foreign_keys=ON",
            "wal_autocheckpoint=10000",
        ):
            connection.execute(f"PRAGMA {pragma}")
        if readers:
            connection.execute("PRAGMA query_only=ON")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
