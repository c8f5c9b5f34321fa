"""What a failing database means to who asked: repeat the same request, or a fault of ours."""

import sqlite3

from sqlalchemy.exc import DBAPIError, OperationalError

from app.errors import Unavailable

RETRY_AFTER_S = 2
# sqlite.org/lang_transaction.html: these leave a COMMIT undone; an I/O error may come after the log was written
_SQLITE_UNDONE = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_FULL})
_POSTGRES_DYING = ("08", "57")  # the connection failed; the server is being stopped
_READ_ONLY = "25006"  # PostgreSQL says so where a standby answers, or the reader is asked to write


class StorageUnavailable(Unavailable):
    """The disk is full, the database locked, read-only or gone. Repeating the same request is safe."""


def storage_error(error: DBAPIError) -> Exception:
    """What cannot be helped by the caller becomes 503 "repeat"; a broken constraint stays what it is: our bug."""
    if is_storage(error):
        return StorageUnavailable(
            "The database cannot be written or read just now. Nothing was stored; repeat the same request.",
            retry_after_s=RETRY_AFTER_S,
        )
    return error


def commit_error(error: DBAPIError) -> Exception:
    """The same for a COMMIT that failed: a database that dies may have carried it out and not have said so."""
    if is_storage(error) and not _is_undone(error):
        return StorageUnavailable(
            "The database failed while it was storing this, and whether it is stored is not known. "
            "Repeat the same request; an answer counts once.",
            retry_after_s=RETRY_AFTER_S,
        )
    return storage_error(error)


def _is_undone(error: DBAPIError) -> bool:
    """Whether the database itself said that this COMMIT did not happen."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in _SQLITE_UNDONE
    state = getattr(error.orig, "sqlstate", None)
    return state is not None and state[:2] not in _POSTGRES_DYING


def is_storage(error: DBAPIError) -> bool:
    """Whether the storage failed rather than the statement (full, locked, timed out, deadlocked, gone)."""
    state = getattr(error.orig, "sqlstate", None)
    return isinstance(error, OperationalError) or error.connection_invalidated or state == _READ_ONLY


def commits(error: BaseException) -> bool:
    """Whether what was written before this error stays: an attempt that expires under an answer."""
    return bool(getattr(error, "commits", False))
