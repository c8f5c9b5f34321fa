"""One server on a SQLite file: two would each count requests, retries and tasks for themselves, and write in turns."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from app.database import connect
from app.errors import Unavailable

_NO_LOCKS_HERE = frozenset({errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP})  # some network file systems


class InUse(Unavailable):
    """Another process has the database file to itself."""

    code = "database.in_use"
    title = "Another process uses the database"


@contextmanager
def held(url: str, deed: str) -> Iterator[None]:
    """Have the SQLite file of a URL to oneself, by a lock on `<file>.lock`, which says who holds it.

    The system lets go of the lock when its process ends, however that ends; the file stays. Other databases have
    several servers, and a database in memory has one anyway. Nothing is locked on Windows, nor in a folder that is not
    there: who opens the database says so.

    Args:
        url: the database URL.
        deed: the command that holds it, as the other process shall name it.

    Raises:
        InUse: another process holds it.
        OSError: the lock file cannot be written.
    """
    file = _file(url)
    if sys.platform == "win32" or file is None or not file.parent.is_dir():
        yield
        return
    import fcntl  # noqa: PLC0415  (not on every system)

    place = file.with_name(f"{file.name}.lock")
    lock = os.open(place, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InUse(_who(place.read_text("utf-8", "replace"), file)) from error
        except OSError as error:
            if error.errno not in _NO_LOCKS_HERE:
                raise
        with suppress(OSError):  # on a full disk the lock holds all the same, and only its words are missing
            os.truncate(lock, 0)
            os.write(lock, f"{os.getpid()} {deed}\n".encode())
        yield
    finally:
        os.close(lock)


def _file(url: str) -> Path | None:
    known = connect.parsed(url)
    if known.get_backend_name() != "sqlite" or not known.database or known.database == ":memory:":
        return None
    return Path(known.database).resolve()  # by whatever link it is reached, it is one database


def _who(written: str, file: Path) -> str:
    number, _, deed = written.strip().partition(" ")
    who = f"another `{deed}` (pid {number})" if deed else "another process of Plumbline"
    return f"{who} uses {file}; stop it, or use PostgreSQL for several servers"
