"""Looks at a SQLite file without changing it: the library, the file system below, the log mode, the pages."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from app.doctor.finding import Finding, bad, note, ok

SUBJECT = "SQLite"
NEEDED = (3, 35, 0)  # RETURNING, which the statements use
# A race of two connections that write and checkpoint at the same moment could damage a WAL database up to 3.51.2
# (sqlite.org/wal.html, "The WAL-reset bug"); these versions have the repair.
REPAIRED = ((3, 44, 6), (3, 50, 7), (3, 51, 3))
NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "gfs2", "ocfs2"}
    | {"fuse.sshfs", "fuse.glusterfs", "fuse.s3fs"}
)
QUICK_CHECK_S = 20.0
LONG_LOG = 1024**3  # bytes
KEPT_DAYS = 35  # for so long a copy may hold people who have been erased since


def library(version: tuple[int, ...]) -> Iterator[Finding]:
    """The version of the library that Python was built with."""
    name = ".".join(map(str, version))
    if version < NEEDED:
        needed = ".".join(map(str, NEEDED))
        yield bad(SUBJECT, f"{name}; {needed} or newer is needed", "Use a newer Python, or PostgreSQL.")
    elif not is_repaired(version):
        yield note(
            SUBJECT,
            f"{name} has the WAL-reset fault of SQLite before 3.51.3. One server process does not meet it: a single "
            "connection writes and checkpoints",
            "Never write to the file with another program while the server runs.",
        )
    else:
        yield ok(SUBJECT, name)


def is_repaired(version: tuple[int, ...]) -> bool:
    """Whether this version has the repair of the WAL-reset fault, also in one of the older lines."""
    return version >= REPAIRED[-1] or any(version[:2] == line[:2] and version >= line for line in REPAIRED)


def file_system(file: Path, mounts: str) -> Iterator[Finding]:
    """Whether the file lies on a network; `mounts` has the form of /proc/self/mountinfo."""
    kind = mounted(file, mounts)
    if kind in NETWORK:
        yield bad(
            SUBJECT,
            f"{file} is on a network file system ({kind}), whose locks and syncs SQLite cannot rely on",
            "Move the data folder to a local disk, or use PostgreSQL.",
        )


def mounted(file: Path, mounts: str) -> str | None:
    """The kind of file system that a path is on, None if that is not known."""
    kind, longest = None, -1
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        fields = left.split()
        if len(fields) < 5 or not right:
            continue
        point = Path(fields[4].replace("\\040", " "))
        if file.is_relative_to(point) and len(point.parts) >= longest:
            kind, longest = right.split()[0], len(point.parts)
    return kind


def address(file: Path) -> str:
    """The file as a URI that is only read. Without a log beside it nothing is made there either."""
    has_log = file.with_name(f"{file.name}-wal").exists()
    return f"{file.resolve().as_uri()}?mode=ro" + ("" if has_log else "&immutable=1")


def pages(file: Path) -> Iterator[Finding]:
    """Log mode and a check of the pages; of a file that is too big for that in 20 s it says so."""
    deadline = time.monotonic() + QUICK_CHECK_S
    with file.open("rb") as header:
        mode = header.read(20)[18:]  # the file format's two version bytes; both are 2 for a write-ahead log
    if mode != b"\x02\x02":
        yield note(SUBJECT, f"{file.name} is not in WAL mode yet", "The next `plumbline serve` sets it.")
    with closing(sqlite3.connect(address(file), uri=True, timeout=2)) as connection:
        connection.set_progress_handler(lambda: time.monotonic() > deadline, 10_000)
        try:
            (state,) = connection.execute("pragma quick_check(1)").fetchone()
        except sqlite3.OperationalError as error:
            if time.monotonic() <= deadline:
                raise
            yield note(SUBJECT, f"its pages were not checked within {QUICK_CHECK_S:.0f} s ({error})")
            return
    if state == "ok":
        yield ok(SUBJECT, f"{file.name}: pages are sound")
    else:
        yield bad(SUBJECT, f"{file.name} is damaged: {state}", "Stop the server, keep the file, restore a backup.")


def beside(file: Path) -> Iterator[Finding]:
    """Files that lie beside a database and should not, or grow too big."""
    log = file.with_name(f"{file.name}-wal")
    if log.exists() and not file.exists():
        yield bad(
            SUBJECT, f"{log.name} lies here without its database", "Put both files back together; both hold answers."
        )
    elif log.exists() and log.stat().st_size > LONG_LOG:
        yield note(SUBJECT, f"{log.name} has {log.stat().st_size // 1024**2} MB", "Restart the server to shorten it.")
    for left in (*file.parent.glob(f"{file.name}*.partial"), *file.parent.glob(f"{file.name}*.restoring")):
        yield note(SUBJECT, f"{left.name} is what a copy that was cut off left", "Remove it.")
    for copy in sorted(file.parent.glob(f"{file.name}.before-*")):
        if (days := int((time.time() - copy.stat().st_mtime) / 86_400)) >= KEPT_DAYS:
            yield note(
                SUBJECT,
                f"{copy.name}, from before an upgrade, is {days} days old; it holds people who were erased since",
                "Delete it. plumbline-backup.timer does so every night.",
            )
