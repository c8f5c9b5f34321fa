"""`db.write` and `db.read`: one thread hop, one transaction, opened and committed around a plain function.

SQLite writes go through ONE thread in the order they came: without that queue the busy handler starves writers.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
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


class StorageUnavailable(Unavailable):
    """The disk is full, the database locked, read-only or gone. Nothing was stored."""


class Database:
    """The engines and threads of one database. Nobody below `write` commits."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self.writer = _sqlite_engine(url, begin="BEGIN IMMEDIATE")
            self.reader = _sqlite_engine(url, begin="BEGIN", readers=READERS)
            self._write_threads = ThreadPoolExecutor(1, "db-write")
            self._read_threads = ThreadPoolExecutor(READERS, "db-read")
        else:
            self.writer = create_engine(url, pool_size=POSTGRES_THREADS, max_overflow=0, pool_pre_ping=True)
            self.reader = self.writer
            self._write_threads = ThreadPoolExecutor(POSTGRES_THREADS, "db")
            self._read_threads = self._write_threads

    async def write(self, fn: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(connection, ...)` in one writing transaction and return once it has committed."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._write_threads, lambda: self.write_now(fn, *args, **kwargs))

    async def read(self, fn: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(connection, ...)` in one reading transaction."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._read_threads, lambda: self.read_now(fn, *args, **kwargs))

    def write_now(self, fn: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """The same as `write`, in the calling thread: for the command line and tests.

        An AppError with `commits` set (an attempt that expires under an answer) is raised after the commit.
        """
        try:
            with self.writer.connect() as connection, connection.begin() as transaction:
                try:
                    return fn(connection, *args, **kwargs)
                except AppError as error:
                    if getattr(error, "commits", False):
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
        self._write_threads.shutdown(wait=True)
        self._read_threads.shutdown(wait=True)
        self.writer.dispose()
        self.reader.dispose()


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
        poolclass=QueuePool,
        pool_size=readers or 1,
        max_overflow=0,
    )

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        if readers:
            connection.execute("PRAGMA query_only=ON")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
