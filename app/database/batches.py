"""SQLite's one writer: a thread that takes work in the order it came and commits what waits together at once.

Without that queue SQLite's busy handler starves writers. Each piece of work stands behind a savepoint of its own.
"""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from app.database.failures import StorageUnavailable, commit_error, commits, is_storage, storage_error

MOST_TOGETHER = 32  # pieces of work in one commit: more would make the first of them wait


@dataclass(frozen=True)
class Work:
    """One piece of writing work and who waits for it."""

    run: Callable[[Connection], Any]
    result: "asyncio.Future[Any]"
    loop: asyncio.AbstractEventLoop


class Writer:
    """The thread and its queue."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._closed = False

    def submit(self, work: Work) -> None:
        """Queue the work; its future is done after the commit.

        Raises:
            StorageUnavailable: the database is closed.
        """
        if self._closed:
            raise StorageUnavailable("The database is being closed. Nothing was stored.")
        if self._thread is None:
            self._start()
        self._queue.put(work)

    def waiting(self) -> int:
        """How many pieces of work are queued."""
        return self._queue.qsize()

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

    def _next_batch(self) -> tuple[list[Work], bool]:
        batch: list[Work] = []
        while len(batch) < MOST_TOGETHER:
            try:
                work = self._queue.get(block=not batch)
            except queue.Empty:
                break
            if work is None:
                return batch, False
            batch.append(work)
        return batch, True


Outcome = tuple[Work, Any, BaseException | None]


def _run_batch(engine: Engine, batch: Sequence[Work]) -> None:
    """Run the work in one transaction, each piece behind a savepoint; who waits is told after the commit."""
    outcomes: list[Outcome] = []
    try:
        with engine.connect() as connection, connection.begin():
            outcomes.extend((work, *_run_one(connection, work)) for work in batch)
    except BaseException as error:  # nobody is above: the thread must live, and everybody who waits be told
        failed = commit_error if len(outcomes) == len(batch) else storage_error  # all was done but the COMMIT
        failure = failed(error) if isinstance(error, DBAPIError) else error
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


def _run_one(connection: Connection, work: Work) -> tuple[Any, BaseException | None]:
    """(result, None) or (None, what it raised); its writes stay unless it raised something that does not commit."""
    cursor = connection.connection.cursor()
    _say("SAVEPOINT work", cursor, connection)
    value: Any = None
    raised: BaseException | None = None
    try:
        value = work.run(connection)
    except DBAPIError as error:
        if connection.invalidated or is_storage(error):
            raise  # the storage itself failed: nothing of this transaction can be trusted
        raised = error
    except StopIteration as error:  # a future cannot carry it
        raised = RuntimeError("the work ran out of an iterator")
        raised.__cause__ = error
    except BaseException as error:  # handed to whoever waits for it
        raised = error
    if raised is not None and not commits(raised):
        _say("ROLLBACK TO work", cursor, connection)
    _say("RELEASE work", cursor, connection)
    cursor.close()
    return value, raised


def _say(statement: str, cursor: Any, connection: Connection) -> None:
    """Execute it past SQLAlchemy, which would take longer; its errors are raised as SQLAlchemy raises them."""
    try:
        cursor.execute(statement)
    except connection.dialect.loaded_dbapi.Error as error:
        kind = connection.dialect.loaded_dbapi.Error
        raise DBAPIError.instance(statement, (), error, kind, hide_parameters=True) from error
