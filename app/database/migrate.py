"""Bring a database to the newest revision. SQLite files are copied first, so that an upgrade can be undone."""

import shutil
import sqlite3
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from sqlalchemy import inspect

from app.database.engine import Database, alone
from app.errors import Unavailable


class NewerDatabase(Unavailable):
    code = "database.newer"
    title = "The database is newer than the program"


def current(db: Database) -> str | None:
    """The revision of the database, None when it is empty."""
    with db.writer.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        row = connection.exec_driver_sql("select version_num from alembic_version").first()
        return row[0] if row else None


def newest(migrations: Path) -> str:
    """The newest revision there is, read from the file names' scripts."""
    from alembic.script import ScriptDirectory  # 150 ms that a server without work to do should not pay

    head = ScriptDirectory(str(migrations)).get_current_head()
    if head is None:
        raise FileNotFoundError(f"no migrations in {migrations}")
    return head


class Standing(StrEnum):
    EMPTY = "empty"
    OLDER = "older"
    CURRENT = "current"
    UNKNOWN = "unknown"  # a newer version of the program upgraded it


def standing(revision: str | None, migrations: Path) -> Standing:
    """How a revision stands to ours, told without importing Alembic: the newest file makes the newest revision."""
    if revision is None:
        return Standing.EMPTY
    # a whole line, because `down_revision = ...` of the script after it holds the same words
    line = f'revision = "{revision}"'
    scripts = sorted((migrations / "versions").glob("*.py"))
    makes = [line in script.read_text("utf-8").splitlines() for script in scripts]
    if not any(makes):
        return Standing.UNKNOWN
    return Standing.CURRENT if makes[-1] else Standing.OLDER


def is_current(db: Database, migrations: Path) -> bool:
    """Whether the newest revision is in place."""
    return standing(current(db), migrations) is Standing.CURRENT


def upgrade(db: Database, migrations: Path, now: datetime) -> str | None:
    """Apply what is missing; returns the new revision, or None when there was nothing to do.

    Raises:
        NewerDatabase: its revision is none of ours; nothing was changed.
        sqlalchemy.exc.SQLAlchemyError: a migration failed; the copy made before it stands beside the file.
    """
    found = standing(revision := current(db), migrations)
    if found is Standing.CURRENT:
        return None
    if found is Standing.UNKNOWN:
        raise NewerDatabase(
            f"The database is at revision {revision}, which this version of Plumbline does not know. Run the version "
            "that upgraded it, or restore the copy from before its upgrade. Going back is not supported."
        )
    from alembic import command
    from alembic.config import Config

    if found is Standing.OLDER:
        keep_copy(db, now)
    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    with db.writer.connect() as connection:
        alone(connection, "migrate")  # who comes second finds nothing to do
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
    return newest(migrations)


def keep_copy(db: Database, now: datetime) -> Path | None:
    """Copy a SQLite file as `<name>.before-<time>`; returns its path, None for other databases."""
    if not db.is_sqlite or not db.url.database:
        return None
    source = Path(db.url.database)
    target = source.with_name(f"{source.name}.before-{now:%Y%m%dT%H%M%S}")
    copy_sqlite(source, target)
    return target


def copy_sqlite(source: Path, target: Path) -> None:
    """A consistent copy of a SQLite database, also while it is being written (SQLite's online backup).

    Raises:
        FileExistsError: the target is there already.
    """
    if target.exists():
        raise FileExistsError(f"{target} exists already; choose another name")
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".partial")
    partial.unlink(missing_ok=True)
    origin, copy = sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True), sqlite3.connect(partial)
    try:
        # in one step: under WAL the writer goes on meanwhile, and in several steps each write would start it over
        origin.backup(copy, pages=-1)
    finally:
        copy.close()
        origin.close()
    shutil.move(partial, target)
