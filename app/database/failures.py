"""What a failing database means to who asked: repeat the same request, or a fault of ours."""

from sqlalchemy.exc import DBAPIError, OperationalError

from app.errors import Unavailable

RETRY_AFTER_S = 2
_READ_ONLY = "25006"  # PostgreSQL says so where a standby answers, or the reader is asked to write


class StorageUnavailable(Unavailable):
    """The disk is full, the database locked, read-only or gone. Nothing was stored."""


def storage_error(error: DBAPIError) -> Exception:
    """What cannot be helped by the caller becomes 503 "repeat"; a broken constraint stays what it is: our bug."""
    if is_storage(error):
        return StorageUnavailable(
            "The database cannot be written or read just now. Nothing was stored; repeat the same request.",
            retry_after_s=RETRY_AFTER_S,
        )
    return error


def is_storage(error: DBAPIError) -> bool:
    """Whether the storage failed rather than the statement (full, locked, timed out, deadlocked, gone)."""
    state = getattr(error.orig, "sqlstate", None)
    return isinstance(error, OperationalError) or error.connection_invalidated or state == _READ_ONLY


def commits(error: BaseException) -> bool:
    """Whether what was written before this error stays: an attempt that expires under an answer."""
    return bool(getattr(error, "commits", False))
