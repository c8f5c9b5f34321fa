"""Bring a database to the newest revision. SQLite files are copied first, so that an upgrade can be undone."""

import shutil
import sqlite3
from datetime import datetime
from pathlib import Path

from sqlalchemy import inspect

from app.database.engine import Database, alone


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


def is_current(db: Database, migrations: Path) -> bool:
    """Whether the newest revision is in place, told without importing Alembic: each file ends in its revision's id."""
    revision = current(db)
    scripts = sorted((migrations / "versions").glob("*.py"))
    if revision is None or not scripts:
        return False
    # a whole line, because `down_revision = ...` of the script after it holds the same words
    return f'revision = "{revision}"' in scripts[-1].read_text("utf-8").splitlines()


def upgrade(db: Database, migrations: Path, now: datetime) -> str | None:
    """Apply what is missing; returns the new revision, or None when there was nothing to do.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: a migration failed; the copy made before it stands beside the file.
    """
    if is_current(db, migrations):
        return None
    from alembic import command
    from alembic.config import Config

    if current(db) is not None:
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
