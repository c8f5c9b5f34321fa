"""Our drivers with a gate before every statement: it sees them all, SAVEPOINT and COMMIT too, and lets one fail.

Knows nothing of what the statements are for. Failures leave a connection as the real ones do.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import create_engine, event

from app.database import connect


@dataclass(frozen=True)
class Fault:
    """One way in which storage fails at a statement."""

    name: str
    error: Callable[[], Exception]
    leaves: str  # what becomes of the transaction: open | undone | failed | lost, with its connection
    takes_effect: bool = False  # for a COMMIT: it takes effect, and only its acknowledgement is lost
    stays: bool = False  # nothing works until the fault is over


def _gone() -> Exception:
    return psycopg.OperationalError("server closed the connection unexpectedly")


def _sqlite_error(code: int, text: str) -> Callable[[], Exception]:
    def error() -> Exception:
        made = sqlite3.OperationalError(text)
        made.sqlite_errorcode = code
        return made

    return error


# what SQLite undoes by itself, and what it leaves to the program: sqlite.org/lang_transaction.html, section 3
SQLITE = (
    Fault("disk full", _sqlite_error(sqlite3.SQLITE_FULL, "database or disk is full"), "undone"),
    Fault("locked", _sqlite_error(sqlite3.SQLITE_BUSY, "database is locked"), "open"),
    Fault("commit unheard", _sqlite_error(sqlite3.SQLITE_IOERR_FSYNC, "disk I/O error"), "open", takes_effect=True),
)
POSTGRESQL = (
    Fault("disk full", lambda: psycopg.errors.DiskFull("could not extend file: No space left on device"), "failed"),
    Fault("gone", _gone, "lost"),
    Fault("down", _gone, "lost", stays=True),
    Fault("commit unheard", _gone, "lost", takes_effect=True),
)


class Gate:
    """Counts the statements of a request; with a fault planted, the one at its number fails."""

    def __init__(self) -> None:
        self.passed: list[str] = []
        self.failed: str | None = None
        self._fault: Fault | None = None
        self._at = 0
        self._after: Callable[[int], None] | None = None

    def arm(
        self, fault: Fault | None = None, at: int = 0, *, after_commit: Callable[[int], None] | None = None
    ) -> None:
        """Count from 1 again; the statement `at` fails. `after_commit` is told the number of each COMMIT."""
        self.passed, self.failed = [], None
        self._fault, self._at, self._after = fault, at, after_commit

    @property
    def is_down(self) -> bool:
        return self._fault is not None and self._fault.stays and self.failed is not None

    @contextmanager
    def statement(self, text: str, leave: Callable[[str], None]) -> Iterator[None]:
        """Around a statement; `leave` brings the connection into the state in which the fault leaves it."""
        self.passed.append(text)
        fault = self._fault
        is_due = fault is not None and (self.failed is None or fault.stays) and len(self.passed) >= self._at
        if fault is None or not is_due:
            yield
            if self._after is not None and text == "COMMIT":
                self._after(len(self.passed))
            return
        if self.failed is None:
            self.failed = text
        if fault.takes_effect:
            yield
        leave(fault.leaves)
        raise fault.error()


def _sqlite(gate: Gate) -> type[sqlite3.Connection]:
    class Cursor(sqlite3.Cursor):
        def execute(self, statement: str, parameters: Any = ()) -> "Cursor":
            with gate.statement(statement, self.connection.leave):
                return super().execute(statement, parameters)

        def executemany(self, statement: str, parameters: Any) -> "Cursor":
            with gate.statement(statement, self.connection.leave):
                return super().executemany(statement, parameters)

    class Connection(sqlite3.Connection):
        def cursor(self, factory: Any = Cursor) -> Any:
            return super().cursor(factory)

        def execute(self, statement: str, parameters: Any = ()) -> Any:  # it would make a cursor of its own
            return self.cursor().execute(statement, parameters)

        def commit(self) -> None:
            if self.in_transaction:
                with gate.statement("COMMIT", self.leave):
                    super().commit()

        def rollback(self) -> None:
            if self.in_transaction:
                with gate.statement("ROLLBACK", self.leave):
                    super().rollback()

        def leave(self, state: str) -> None:
            if state == "undone":
                super().rollback()

    return Connection


def _postgresql(gate: Gate) -> type[psycopg.Connection[Any]]:
    class Cursor(psycopg.Cursor[Any]):
        def execute(self, statement: Any, parameters: Any = None, **more: Any) -> "Cursor":
            with gate.statement(str(statement), self.connection.leave):
                return super().execute(statement, parameters, **more)

        def executemany(self, statement: Any, parameters: Any, **more: Any) -> None:
            with gate.statement(str(statement), self.connection.leave):
                super().executemany(statement, parameters, **more)

    class Connection(psycopg.Connection[Any]):
        @classmethod
        def connect(cls, *arguments: Any, **more: Any) -> Any:
            if gate.is_down:
                raise _gone()
            return super().connect(*arguments, **more, cursor_factory=Cursor)

        def commit(self) -> None:
            if self.closed or self.info.transaction_status == TransactionStatus.IDLE:
                super().commit()
                return
            with gate.statement("COMMIT", self.leave):
                super().commit()

        def rollback(self) -> None:
            if self.closed or self.info.transaction_status == TransactionStatus.IDLE:
                super().rollback()
                return
            with gate.statement("ROLLBACK", self.leave):
                super().rollback()

        def leave(self, state: str) -> None:
            if state == "lost":
                self.close()
            elif gate.passed[-1] in ("COMMIT", "ROLLBACK"):
                self.pgconn.exec_(b"rollback")  # they end a transaction, whatever they say
            else:
                self.pgconn.exec_(b"select 1/0")  # from here on the server refuses everything but ROLLBACK

    return Connection


@contextmanager
def gated(gate: Gate) -> Iterator[None]:
    """Every connection of a `Database` that is made within goes through the gate."""
    real = connect.create_engine

    def made(url: Any, **options: Any) -> Any:
        engine = create_engine(url, **options)

        @event.listens_for(engine, "do_connect")
        def _connect(dialect: Any, _record: Any, arguments: Any, more: dict[str, Any]) -> Any:
            if dialect.name == "sqlite":
                return sqlite3.connect(*arguments, **more, factory=_sqlite(gate))
            return _postgresql(gate).connect(*arguments, **more)

        return engine

    connect.create_engine = made
    try:
        yield
    finally:
        connect.create_engine = real
