"""The server's secret, and those before it: the newest signs, and what a former one signed still opens.

In the file the first line is the secret in force; a line below it is "<until when> <former secret>".
"""

import errno
import os
import secrets
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

from app.errors import Unavailable

FILE = "secret"
LOCK = "secret.lock"
SHORTEST = 32  # characters
KEEP = timedelta(days=30)
_NO_LOCKS_HERE = frozenset({errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP})


class SecretUnusable(Unavailable):
    code = "secret.unusable"
    title = "The server's secret cannot be used"


def accepted(folder: Path, given: str | None, former: Sequence[str], now: datetime) -> tuple[bytes, ...]:
    """Every secret whose signatures count now; the first is the one that signs.

    Args:
        folder: the data folder; its file is read, and made with mode 600, unless a secret is given.
        given: the secret from the settings.
        former: former secrets from the settings.

    Raises:
        SecretUnusable: the file is damaged. An empty secret would let anybody sign.
    """
    own = (given,) if given is not None else _in_file(folder / FILE, now)
    return tuple(dict.fromkeys(secret.encode() for secret in (*own, *former)))


def rotate(folder: Path, now: datetime, keep: timedelta = KEEP) -> datetime:
    """Put a new secret in force, in all processes at once; the one before it counts until the returned time.

    Args:
        keep: none at all drops every secret of the file: whoever has seen it has seen those before it too.

    Raises:
        SecretUnusable: the file is damaged.
    """
    path, until = folder / FILE, now + keep
    with _one_at_a_time(folder):
        before, *former = _in_file(path, now)
        lines = [line for line in path.read_text("ascii").splitlines()[1:] if line.partition(" ")[2] in former]
        kept = [f"{until:%Y-%m-%dT%H:%M:%SZ} {before}", *lines] if keep > timedelta(0) else []
        _write(path, "\n".join([_drawn(), *kept]), os.replace)
    return until


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Wait for a change that is under way: two that read the same file would each forget what the other drew.

    The system lets go of the lock when its process ends, however that ends. Windows has no such lock, nor have some
    network file systems: there, the later of two changes at the same moment stands, and what the other one's secret
    signed opens nothing.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl  # noqa: PLC0415  (not on every system)

    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)  # stays: who removed it could let in two
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
        except OSError as error:
            if error.errno not in _NO_LOCKS_HERE:
                raise
        yield
    finally:
        os.close(lock)


def _drawn() -> str:
    return secrets.token_urlsafe(32)


def _in_file(path: Path, now: datetime) -> tuple[str, ...]:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with suppress(FileExistsError):  # another process was first; its secret stands
            _write(path, _drawn(), os.link)
    try:
        first, *others = path.read_text("ascii").split("\n")
        former = [line.split() for line in others if line.strip()]
        counting = [secret for until, secret in former if now < datetime.fromisoformat(until)]
    except (ValueError, TypeError) as error:
        raise _unusable(path) from error
    if len(first.strip()) < SHORTEST:
        raise _unusable(path)
    return first.strip(), *counting


def _unusable(path: Path) -> SecretUnusable:
    return SecretUnusable(
        f"{path} is damaged: expected a secret of {SHORTEST} characters or more in its first line. Put back the copy "
        "that you keep with your backups, or remove the file to have a new one made: resume codes given out so far "
        "then open nothing."
    )


def _write(path: Path, text: str, into_place: Callable[[Path, Path], None]) -> None:
    """All of it or nothing, on the disk before the name is: a power cut must not leave an empty secret."""
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    partial.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        into_place(partial, path)
        _keep_names(path.parent)
    finally:
        partial.unlink(missing_ok=True)


def _keep_names(folder: Path) -> None:
    """Bring a folder's names to the disk, as far as its file system can: what is in place stands in any case."""
    with suppress(OSError):  # Windows opens no folder
        names = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(names)
        finally:
            os.close(names)
