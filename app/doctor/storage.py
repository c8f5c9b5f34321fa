"""Looks at the database, whichever it is: whether it answers, its revision, what is published, the tasks, the clock."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, NullPool, create_engine, func, inspect, select, text
from sqlalchemy.engine import URL

from app.banks import shelf
from app.database import connect, migrate, unusable
from app.database.attempts import attempts
from app.database.migrate import Standing
from app.doctor import machine, place, postgresql, sqlite
from app.doctor.case import Case
from app.doctor.finding import Finding, bad, fenced, note, ok
from app.jobs import queue

SUBJECT = "database"
LATE_S = 300.0
_MOUNTS = Path("/proc/self/mountinfo")


def examine(case: Case) -> Iterator[Finding]:
    """The file or the server, then what is in it."""
    url = connect.parsed(case.installation.url)
    if url.get_backend_name() == "sqlite":
        yield from _sqlite(case, url)
    elif url.get_backend_name() == "postgresql":
        yield from _postgresql(case, url)
    else:
        yield bad(SUBJECT, f"{url.get_backend_name()} is not supported", "Use SQLite or PostgreSQL.")


def _sqlite(case: Case, url: URL) -> Iterator[Finding]:
    yield from sqlite.library(sqlite3.sqlite_version_info)
    if not url.database or url.database == ":memory:":
        yield bad(SUBJECT, "it is in memory: every answer is lost with the process", "Unset PLUMBLINE_DATABASE_URL.")
        return
    file = Path(url.database).absolute()
    yield from sqlite.beside(file)
    if _MOUNTS.exists():
        yield from sqlite.file_system(file.resolve(), _MOUNTS.read_text("utf-8", "replace"))
    if not file.exists():
        if not file.parent.is_dir() and file.parent != case.installation.data.absolute():
            yield bad(SUBJECT, f"{file.parent}: no such folder", "Make it, or correct PLUMBLINE_DATABASE_URL.")
        else:
            yield note(SUBJECT, f"{file} is not made yet; the first `plumbline serve` makes it")
        yield from machine.clock(None, case.clock())
        return
    if file.parent != case.installation.data.absolute():
        yield from place.readable_by_others(file)
    yield from fenced("SQLite", sqlite.pages, file)
    engine = create_engine(
        "sqlite://", creator=lambda: sqlite3.connect(sqlite.address(file), uri=True, timeout=2), poolclass=NullPool
    )
    with engine.connect() as connection:
        yield from _content(case, connection, f"{file.name} (SQLite)")
    yield from fenced("backup", place.backups, case.installation.data, file, case.clock())


def _postgresql(case: Case, url: URL) -> Iterator[Finding]:
    name = f"{url.database} at {url.host or 'the local socket'}"
    try:
        opened = _session(url)
        connection = opened.__enter__()
    except Exception as error:  # an edge of the process; the message of a driver holds no password
        yield bad(
            SUBJECT,
            f"{name} cannot be used: {unusable.reason(error)}",
            f"Check PLUMBLINE_DATABASE_URL: {unusable.advice(error) or 'it must name a database that we may use'}",
        )
        yield from machine.clock(None, case.clock())
        return
    try:
        yield from fenced("PostgreSQL", postgresql.examine, connection, case.clock)
        connection.rollback()
        yield from _content(case, connection, f"{name} (PostgreSQL)")
        yield note("backup", "of PostgreSQL is made by its own tools", "`plumbline db backup` names the command.")
    finally:
        opened.__exit__(None, None, None)


@contextmanager
def _session(url: URL) -> Iterator[Connection]:
    engine = connect.postgresql(url, threads=1)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _content(case: Case, connection: Connection, name: str) -> Iterator[Finding]:
    now, newest = case.clock(), None
    revision = _revision(connection)
    standing = migrate.standing(revision, case.installation.migrations)
    if standing is Standing.EMPTY:
        yield note(SUBJECT, f"{name} is empty; the first `plumbline serve` makes its tables")
    elif standing is Standing.UNKNOWN:
        yield bad(
            SUBJECT,
            f"{name} is at revision {revision}, which this version of Plumbline does not know",
            "Run the version that upgraded it, or restore the copy from before.",
        )
    elif standing is Standing.OLDER:
        yield note(SUBJECT, f"{name} is at revision {revision}", "`plumbline db upgrade`, or just serve.")
    else:
        count, newest = connection.execute(select(func.count(), func.max(attempts.c.last_event_at))).one()
        yield ok(SUBJECT, f"{name}, revision {revision}, {count} attempts")
        yield from fenced("published", _published, case, connection)
        yield from fenced("tasks", _tasks, connection, now)
    yield from machine.clock(newest, now)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("select version_num from alembic_version")).scalar()
    return found


def _published(case: Case, connection: Connection) -> Iterator[Finding]:
    if shelf.is_published(connection, case.installation.shelf.fingerprint()):
        yield ok("published", "the banks on disk are published")
    else:
        yield note(
            "published",
            "the banks on disk differ from what is published",
            "`plumbline bank publish`, or restart the server.",
        )


def _tasks(connection: Connection, now: datetime) -> Iterator[Finding]:
    found = queue.standing(connection, now)
    if found.dead:
        yield note(
            "tasks", f"{found.dead} dead", "`plumbline task list --dead` says why, `plumbline task retry` repeats."
        )
    if found.oldest_s > LATE_S:
        yield bad(
            "tasks",
            f"the oldest has been due for {found.oldest_s / 60:.0f} min, so nobody carries them out",
            "Start `plumbline serve`, or `plumbline work` beside servers that run with --no-work.",
        )
    else:
        yield ok("tasks", f"{found.waiting} waiting, {found.running} running")
