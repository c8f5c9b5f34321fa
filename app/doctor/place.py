"""Looks at the data folder: whether it can be used, who else can read it, how much room there is, the last backup."""

import os
import shutil
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.auth import server_secret
from app.doctor.case import Case
from app.doctor.finding import Finding, bad, note, ok

SUBJECT = "data folder"
LOW_DISK = 200 * 1024**2
OLD_BACKUP = timedelta(days=7)
_MB = 1024**2
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def examine(case: Case) -> Iterator[Finding]:
    """The folder, its room, and the files in it that nobody else may read."""
    folder = case.installation.data
    if folder.exists() and not folder.is_dir():
        yield bad(SUBJECT, f"{folder} is not a folder", "Set PLUMBLINE_DATA to a folder you own.")
        return
    place = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not os.access(place, os.W_OK | os.X_OK):
        yield bad(SUBJECT, f"{folder} cannot be written", "Set PLUMBLINE_DATA to a folder you own.")
        return
    yield _room(folder, place)
    if not folder.is_absolute():
        yield note(SUBJECT, f"{folder} depends on where a command is started", "Set PLUMBLINE_DATA to a full path.")
    for file in (folder / server_secret.FILE, folder / "plumbline.sqlite3"):
        yield from readable_by_others(file)
    yield from _secret(case)


def _room(folder: Path, place: Path) -> Finding:
    free = shutil.disk_usage(place).free
    if free < LOW_DISK:
        return bad(SUBJECT, f"{folder}: {free // _MB} MB free", "Make room; answers need it.")
    return ok(SUBJECT, f"{folder}, {free // 1024**3} GB free")


def readable_by_others(file: Path) -> Iterator[Finding]:
    """Whether people other than the owner of a file can get at it: by its mode, through the folder that it is in."""
    if os.name != "posix" or not file.exists():
        return
    mode, way = file.stat().st_mode, file.parent.stat().st_mode
    open_to = mode & _OTHERS & (stat.S_IRGRP | stat.S_IROTH | stat.S_IWGRP | stat.S_IWOTH)
    through = (way & stat.S_IXGRP and open_to & stat.S_IRWXG) or (way & stat.S_IXOTH and open_to & stat.S_IRWXO)
    if through:
        yield bad(
            SUBJECT,
            f"{file.name} can be read by other users of this machine (mode {stat.S_IMODE(mode):o})",
            f"`chmod 700 {file.parent}` and `chmod 600 {file}`.",
        )


def _secret(case: Case) -> Iterator[Finding]:
    file = case.installation.data / server_secret.FILE
    if case.given_secret is not None:
        if file.exists():
            yield note("secret", f"PLUMBLINE_SECRET is used, {file} is not", "Remove the file if nobody needs it.")
        return
    if file.exists():  # asking for it would make it
        former = len(server_secret.accepted(file.parent, None, (), case.clock())) - 1
        yield ok("secret", f"in {file}" + (f", and {former} before it that still count" if former else ""))


def backups(folder: Path, database: Path, now: datetime) -> Iterator[Finding]:
    """The age of the newest backup of a SQLite database, and whether there is room for the next one."""
    size, free = database.stat().st_size, shutil.disk_usage(database.parent).free
    if free < 2 * size:
        yield note("backup", f"{free // _MB} MB free, the database has {size // _MB} MB", "Make room for copies.")
    copies = sorted((folder / "backups").glob("*.sqlite3"), key=lambda file: file.stat().st_mtime)
    if not copies:
        yield note("backup", f"none in {folder / 'backups'}", "`plumbline db backup` makes one; run it every day.")
        return
    age = now - datetime.fromtimestamp(copies[-1].stat().st_mtime, UTC)
    told = f"the newest is {age.days} days old" if age.days else f"the newest is {age.seconds // 3600} hours old"
    yield note("backup", told, "Run `plumbline db backup` every day.") if age > OLD_BACKUP else ok("backup", told)
