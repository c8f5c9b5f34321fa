"""`db.write` and `db.read`: one thread hop, one transaction, opened and committed around a plain function.

SQLite writes go through one thread (batches.py), PostgreSQL through a few, each with a connection of its own.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import func

from app.database import connect
from app.database.batches import Work, Writer
from app.database.failures import StorageUnavailable, commit_error, commits, storage_error
from app.errors import AppError

__all__ = ["Database", "StorageUnavailable", "address", "alone"]

P = ParamSpec("P")
T = TypeVar("T")

READERS = 4
POSTGRES_THREADS = 4  # more only wait for one another: with 8 an answer cost a sixth more CPU
PATIENCE = "10min"  # longer than another process may take to migrate or publish


def address(connection: Connection) -> tuple[str | int | None, ...]:
    """What tells one database from another; for caches of what never changes in it. (A URL as text takes 10 us.)"""
    url = connection.engine.url
    return url.drivername, url.host, url.port, url.database


def alone(connection: Connection, deed: str) -> None:
    """Wait until no other process does this deed; the lock ends with the transaction. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        limits = ("lock_timeout", "statement_timeout")
        connection.execute(select(*(func.set_config(name, PATIENCE, True) for name in limits)))
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"plumbline {deed}"))))
        connection.execute(text("set local lock_timeout to default"))
        connection.execute(text("set local statement_timeout to default"))


class Database:
    """The engines and threads of one database. Nobody below `write` commits."""

    def __init__(self, url: str) -> None:
        self.url = connect.parsed(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._writer: Writer | None = None
        if self.is_sqlite:
            self.writer = connect.sqlite(self.url, begin="BEGIN IMMEDIATE")
            self.reader = connect.sqlite(self.url, begin="BEGIN", readers=READERS)
            self._threads = ThreadPoolExecutor(READERS, "db-read")
            self._writer = Writer(self.writer)
        else:
            self.writer = connect.postgresql(self.url, threads=POSTGRES_THREADS)
            # one state for all statements of a read, and no write by mistake: both as SQLite's readers have it
            self.reader = self.writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            self._threads = ThreadPoolExecutor(POSTGRES_THREADS, "db")

    async def write(self, fn: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(connection, ...)` in a writing transaction and return once it has committed."""
        loop = asyncio.get_running_loop()
        if self._writer is not None:
            result: asyncio.Future[T] = loop.create_future()
            self._writer.submit(Work(lambda connection: fn(connection, *args, **kwargs), result, loop))
            return await result
        return await loop.run_in_executor(self._threads, lambda: self.write_now(fn, *args, **kwargs))

    async def read(self, fn: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(connection, ...)` in one reading transaction."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: self.read_now(fn, *args, **kwargs))

    def write_now(self, fn: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """The same as `write`, in the calling thread: for the command line, PostgreSQL and tests.

        An AppError with `commits` set (an attempt that expires under an answer) is raised after the commit. On a
        connection that turns out to be dead the work begins again, once, on a new one: nothing of it was committed.

        Raises:
            StorageUnavailable: the storage failed. If it did so during the commit, whether the work is stored is not
                known; whoever repeats it must find out, as the answers do by their `seq`.
        """
        return self._run(self.writer, lambda connection: fn(connection, *args, **kwargs))

    def read_now(self, fn: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """The same as `read`, in the calling thread. Raises what `write_now` does."""
        return self._run(self.reader, lambda connection: fn(connection, *args, **kwargs))

    def waiting(self) -> int:
        """How many pieces of work are queued behind SQLite's one writer; 0 on PostgreSQL."""
        return 0 if self._writer is None else self._writer.waiting()

    def close(self) -> None:
        """Wait for running work, then close every connection."""
        if self._writer is not None:
            self._writer.close()
        self._threads.shutdown(wait=True)
        self.writer.dispose()
        self.reader.dispose()

    def _run(self, engine: Engine, work: Callable[[Connection], T]) -> T:
        try:
            try:
                return _transaction(engine, work)
            except _Dead:
                return _transaction(engine, work)
        except _Dead as error:
            raise storage_error(error.cause) from error.cause
        except _Unsure as error:
            failed = commit_error if engine is self.writer else storage_error
            raise failed(error.cause) from error.cause
        except DBAPIError as error:
            raise storage_error(error) from error


class _Failed(Exception):
    def __init__(self, cause: DBAPIError) -> None:
        super().__init__(str(cause))
        self.cause = cause


class _Dead(_Failed):
    """The connection had died before anything was committed."""


class _Unsure(_Failed):
    """The COMMIT failed: what was written may stand or not."""


def _transaction(engine: Engine, work: Callable[[Connection], T]) -> T:
    """Run the work in a transaction of its own.

    Raises:
        _Dead: the connection broke before the commit; it and every other idle one are discarded.
        _Unsure: the commit failed.
    """
    with _opened(engine) as connection:
        transaction = connection.begin()
        raised: AppError | None = None
        value: Any = None
        try:
            value = work(connection)
        except AppError as error:
            if not commits(error):
                transaction.rollback()
                raise
            raised = error
        except DBAPIError as error:
            if _is_dead(connection, error):
                connection.invalidate(error)
                engine.dispose()  # a restart of the database killed the idle connections too
                raise _Dead(error) from error
            transaction.rollback()
            raise
        except BaseException:
            transaction.rollback()
            raise
        try:
            transaction.commit()
        except DBAPIError as error:
            connection.invalidate(error)  # SQLite may have left it inside the transaction: not for anybody else
            raise _Unsure(error) from error
        if raised is not None:
            raise raised
        return value  # type: ignore[no-any-return]  # bound above, where nothing was raised


def _opened(engine: Engine) -> Connection:
    """A connection from the pool.

    Raises:
        _Dead: it was closed while it lay there, which the driver noticed as it was told how to read.
    """
    error_type = engine.dialect.loaded_dbapi.Error
    try:
        return engine.connect()
    except error_type as error:
        engine.dispose()
        cause = DBAPIError.instance(None, None, error, error_type, hide_parameters=True)
        assert isinstance(cause, DBAPIError)  # noqa: S101  (of an error of the driver it makes one of its own)
        raise _Dead(cause) from error


def _is_dead(connection: Connection, error: DBAPIError) -> bool:
    """Whether the connection is of no use any more, also where a statement went to the driver past SQLAlchemy."""
    if error.connection_invalidated or connection.invalidated:
        return True
    origin: Any = error.orig
    return origin is not None and connection.dialect.is_disconnect(origin, connection.connection.dbapi_connection, None)
