"""Looks over an installation and says what is well, what is not, and what to do about it. Changes nothing."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from app.banks import load, shelf
from app.banks.places import Installation
from app.database import migrate
from app.database.attempts import attempts
from app.database.engine import Database
from app.errors import AppError
from app.http.assets import FOLDER

LOW_DISK = 200 * 1024**2
SOLD_BEFORE = datetime.fromisoformat("2026-11-01T00:00:00+00:00")  # no clock can be right and before our first release


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `advice` says what to do unless all is well."""

    subject: str
    state: Literal["ok", "note", "bad"]
    message: str
    advice: str = ""


def examine(installation: Installation, now: datetime) -> Iterator[Finding]:
    """Look at data folder, database, banks, clock, font and runner, in that order."""
    yield _data_folder(installation.data)
    yield from _database(installation, now)
    yield from _banks(installation)
    yield _font()
    yield Finding("runner", "note", "not installed: items that ask for a program are not served yet")


def _data_folder(folder: Path) -> Finding:
    if folder.exists() and not folder.is_dir():
        return Finding("data folder", "bad", f"{folder} is not a folder", "Set PLUMBLINE_DATA to a folder you own.")
    place = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not os.access(place, os.W_OK):
        return Finding("data folder", "bad", f"{folder} cannot be written", "Set PLUMBLINE_DATA to a folder you own.")
    free = shutil.disk_usage(place).free
    if free < LOW_DISK:
        return Finding("data folder", "bad", f"{folder}: {free // 1024**2} MB free", "Make room; answers need it.")
    return Finding("data folder", "ok", f"{folder}, {free // 1024**3} GB free")


def _database(installation: Installation, now: datetime) -> Iterator[Finding]:
    try:
        db = Database(installation.url)
    except (SQLAlchemyError, ImportError) as error:
        reason = str(error).splitlines()[0]
        yield Finding("database", "bad", f"cannot be used: {reason}", "Check PLUMBLINE_DATABASE_URL.")
        return
    name = db.url.render_as_string(hide_password=True)
    try:
        if db.is_sqlite and not Path(db.url.database or "").exists():
            yield Finding("database", "note", f"{name}: not made yet; the first `plumbline serve` makes it")
            yield _clock(None, now)
            return
        revision = migrate.current(db)
        if not migrate.is_current(db, installation.migrations):
            yield Finding("database", "note", f"{name} is at {revision}", "`plumbline db upgrade`, or just serve.")
            yield _clock(None, now)
            return
        with db.reader.connect() as connection:
            count, newest = connection.execute(select(func.count(), func.max(attempts.c.last_event_at))).one()
        engine = f"SQLite {sqlite3.sqlite_version}" if db.is_sqlite else db.url.get_backend_name()
        yield Finding("database", "ok", f"{name} ({engine}), revision {revision}, {count} attempts")
        yield _clock(newest, now)
        fingerprint = installation.shelf.fingerprint()
        current = db.read_now(shelf.is_published, fingerprint)
        yield Finding(
            "published",
            "ok" if current else "note",
            "the banks on disk are published" if current else "the banks on disk differ from what is published",
            "" if current else "`plumbline bank publish`, or restart the server.",
        )
    except (SQLAlchemyError, AppError) as error:
        reason = str(error).splitlines()[0]
        yield Finding("database", "bad", f"{name}: {reason}", "Check PLUMBLINE_DATABASE_URL and that it is running.")
    finally:
        db.close()


def _clock(newest: datetime | None, now: datetime) -> Finding:
    if now < SOLD_BEFORE:
        return Finding("clock", "bad", f"{now:%Y-%m-%d %H:%M} UTC cannot be", "Set the clock; deadlines depend on it.")
    if newest is not None and now + timedelta(seconds=5) < newest:
        behind = newest - now
        return Finding("clock", "bad", f"{behind} behind the newest answer", "Set the clock; run a time service.")
    return Finding("clock", "ok", f"{now:%Y-%m-%d %H:%M:%S} UTC")


def _banks(installation: Installation) -> Iterator[Finding]:
    for folder in installation.shelf.banks():
        bank = load.load_bank(folder)
        live = sum(item.status == "live" for item in bank.items)
        if bank.errors:
            first = bank.errors[0]
            yield Finding(
                "bank", "bad", f"{folder.name}: {len(bank.errors)} errors, first {first}", "`plumbline bank check`"
            )
        else:
            yield Finding("bank", "ok", f"{folder.name}: {live} live items")
    if not installation.shelf.banks():
        yield Finding("bank", "bad", "no bank found", "Install Plumbline again, or set PLUMBLINE_BANKS.")


def _font() -> Finding:
    found = sorted((FOLDER / "font").glob("math-*.woff2"))
    if not found:
        return Finding("math font", "bad", "missing: formulas would look wrong", "Install Plumbline again (`uv sync`).")
    return Finding("math font", "ok", f"{len(found)} parts, {sum(f.stat().st_size for f in found) // 1024} kB")
