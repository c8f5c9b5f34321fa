"""As much of the DBAPI around apsw as our SQLite connections use, because apsw lets us bring a disk of our own (a VFS).

`Driver(vfs)` is what `create_engine(module=...)` takes in place of Python's own sqlite3.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import apsw

# which class Python's sqlite3 raises for what SQLite says; every other error of SQLite is an OperationalError there
_CLASSES: Mapping[type[apsw.Error], type[sqlite3.Error]] = {
    apsw.ConstraintError: sqlite3.IntegrityError,
    apsw.MismatchError: sqlite3.IntegrityError,
    apsw.CorruptError: sqlite3.DatabaseError,
    apsw.NotADBError: sqlite3.DatabaseError,
    apsw.TooBigError: sqlite3.DataError,
    apsw.MisuseError: sqlite3.ProgrammingError,
    apsw.BindingsError: sqlite3.ProgrammingError,
    apsw.ThreadingViolationError: sqlite3.ProgrammingError,
    apsw.InternalError: sqlite3.InternalError,
}


class Driver:
    """The module as SQLAlchemy sees it: its errors are those of sqlite3, its files live on the disk named `vfs`."""

    paramstyle = "qmark"
    apilevel = "2.0"
    threadsafety = 1
    sqlite_version = apsw.sqlite_lib_version()
    sqlite_version_info = tuple(int(part) for part in sqlite_version.split("."))
    Binary = memoryview
    Warning = sqlite3.Warning
    Error = sqlite3.Error
    InterfaceError = sqlite3.InterfaceError
    DatabaseError = sqlite3.DatabaseError
    DataError = sqlite3.DataError
    OperationalError = sqlite3.OperationalError
    IntegrityError = sqlite3.IntegrityError
    InternalError = sqlite3.InternalError
    ProgrammingError = sqlite3.ProgrammingError
    NotSupportedError = sqlite3.NotSupportedError

    def __init__(self, vfs: str) -> None:
        self.vfs = vfs

    def connect(self, file: str, *, timeout: float = 5.0, check_same_thread: bool = True) -> "Connection":
        """Open a database on the disk."""
        with _as_sqlite3():
            opened = apsw.Connection(file, vfs=self.vfs)
            opened.set_busy_timeout(int(timeout * 1000))
            return Connection(opened)


class Connection:
    """A connection that says BEGIN only when it is told to, as sqlite3 does with isolation_level None."""

    isolation_level: str | None = None

    def __init__(self, opened: apsw.Connection) -> None:
        self._opened = opened

    def cursor(self) -> "Cursor":
        return Cursor(self._opened)

    def execute(self, statement: str, parameters: Any = ()) -> "Cursor":
        return self.cursor().execute(statement, parameters)

    def create_function(self, name: str, count: int, function: Any, *, deterministic: bool = False) -> None:
        self._opened.create_scalar_function(name, function, count, deterministic=deterministic)

    def commit(self) -> None:
        self._end("COMMIT")

    def rollback(self) -> None:
        self._end("ROLLBACK")

    def close(self) -> None:
        with _as_sqlite3():
            self._opened.close()

    def _end(self, statement: str) -> None:
        with _as_sqlite3():
            if self._opened.in_transaction:
                self._opened.execute(statement)


class Cursor:
    """Every row is fetched when the statement is executed: the results of our statements are small."""

    arraysize = 1

    def __init__(self, opened: apsw.Connection) -> None:
        self._opened = opened
        self._rows: list[tuple[Any, ...]] = []
        self.description: Sequence[tuple[Any, ...]] | None = None
        self.lastrowid: int | None = None
        self.rowcount = -1

    def execute(self, statement: str, parameters: Any = ()) -> "Cursor":
        return self._run(statement, [parameters])

    def executemany(self, statement: str, parameters: Iterable[Any]) -> "Cursor":
        return self._run(statement, parameters)

    def fetchone(self) -> tuple[Any, ...] | None:
        return self._rows.pop(0) if self._rows else None

    def fetchmany(self, size: int | None = None) -> list[tuple[Any, ...]]:
        count = self.arraysize if size is None else size
        taken, self._rows = self._rows[:count], self._rows[count:]
        return taken

    def fetchall(self) -> list[tuple[Any, ...]]:
        taken, self._rows = self._rows, []
        return taken

    def close(self) -> None:
        self._rows = []

    def _run(self, statement: str, several: Iterable[Any]) -> "Cursor":
        self.description = None
        cursor = self._opened.cursor()
        cursor.exec_trace = self._describe  # afterwards apsw does not tell the columns of an empty result
        before = self._opened.total_changes()
        with _as_sqlite3():
            self._rows = list(cursor.executemany(statement, several))
        changed = self._opened.total_changes() - before
        self.rowcount = changed if self.description is None else -1
        self.lastrowid = self._opened.last_insert_rowid()
        return self

    def _describe(self, cursor: apsw.Cursor, _statement: str, _bindings: Any) -> bool:
        columns = cursor.get_description()
        self.description = [(name, None, None, None, None, None, None) for name, _ in columns] or None
        return True


@contextmanager
def _as_sqlite3() -> Any:
    try:
        yield
    except apsw.Error as error:
        kind = next((theirs for ours, theirs in _CLASSES.items() if isinstance(error, ours)), sqlite3.OperationalError)
        raise kind(str(error)) from error
