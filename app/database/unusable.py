"""Why a database cannot be used, in words for the operator: what happened and what to do, without a password."""

from app.errors import AppError

ESCAPES = "@ : / # in a password are written %40 %3A %2F %23"
_DRIVER = "install the driver with `pip install '.[postgres]'` in the checkout"
_SERVER = f"is it running, and are host, port, user and password right? {ESCAPES}"


def told(error: BaseException) -> str:
    """One line about an error of opening or reading a database: the reason, and what to do where that is known."""
    return "; ".join(part for part in (reason(error), advice(error)) if part)


def reason(error: BaseException) -> str:
    """What happened, in the first line of what the driver or the system says; the URL is not in it."""
    if isinstance(error, AppError):
        return error.detail
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    said = str(getattr(error, "orig", None) or error).strip()
    return said.splitlines()[0] if said else type(error).__name__


def advice(error: BaseException) -> str:
    """What to do about it; empty where the reason says it."""
    if isinstance(error, ImportError):
        is_driver = (error.name or "").partition(".")[0] in ("psycopg", "psycopg_binary") or "pq wrapper" in str(error)
        return _DRIVER if is_driver else "install Plumbline again"
    cause = getattr(error, "orig", None)
    return _SERVER if type(cause).__module__.partition(".")[0] == "psycopg" and _is_link(cause) else ""


def _is_link(cause: BaseException | None) -> bool:
    """Whether the server was not reached or turned us away, rather than disliked a statement."""
    return type(cause).__name__ in ("OperationalError", "ConnectionTimeout")
