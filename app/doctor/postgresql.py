"""Looks at a PostgreSQL server through a session like those of the service: version, durability, room, clock."""

from collections.abc import Callable, Iterator
from datetime import datetime

from sqlalchemy import Connection, text

from app.database.engine import POSTGRES_THREADS
from app.doctor.finding import Finding, bad, note, ok

SUBJECT = "PostgreSQL"
OLDEST = 140_000
DRIFT_S, BAD_DRIFT_S = 1.0, 5.0
_SESSION = "Connect without a pooler that drops start-up options (PgBouncer: ignore_startup_parameters)."
_WANTED = {
    "synchronous_commit": ("on", "acknowledged answers could be lost in a crash", _SESSION),
    "fsync": ("on", "acknowledged answers would be lost in a power cut", "Set fsync = on in postgresql.conf."),
    "full_page_writes": ("on", "a power cut could tear pages", "Set full_page_writes = on in postgresql.conf."),
    "server_encoding": ("UTF8", "names and answers could not be stored", "Make the database with ENCODING 'UTF8'."),
    "default_transaction_isolation": (
        "read committed",
        "writers at one attempt would fail instead of waiting",
        "`alter role ... set default_transaction_isolation = 'read committed'`.",
    ),
    "timezone": ("UTC", "times are told in UTC", _SESSION),
}


def examine(connection: Connection, clock: Callable[[], datetime]) -> Iterator[Finding]:
    """Everything that the service relies on and a server may be set otherwise."""
    version = int(_shown(connection, "server_version_num"))
    name = _shown(connection, "server_version")
    if version < OLDEST:
        yield bad(SUBJECT, f"{name}; 14 or newer is needed", "Upgrade the server.")
    else:
        yield ok(SUBJECT, name)
    for setting, (wanted, harm, advice) in _WANTED.items():
        have = _shown(connection, setting)
        if have.lower() != wanted.lower():
            yield bad(SUBJECT, f"{setting} is {have}, expected {wanted}: {harm}", advice)
    yield from _role(connection)
    yield from _room(connection)
    yield from drift(connection.execute(text("select clock_timestamp()")).scalar_one(), clock())


def _shown(connection: Connection, setting: str) -> str:
    value: str = connection.execute(text("select current_setting(:name)"), {"name": setting}).scalar_one()
    return value


def _role(connection: Connection) -> Iterator[Finding]:
    replica, superuser, creates = connection.execute(
        text(
            "select pg_is_in_recovery(), (select rolsuper from pg_roles where rolname = current_user), "
            "coalesce(has_schema_privilege(current_schema(), 'create'), false)"
        )
    ).one()
    if replica:
        yield bad(SUBJECT, "this is a standby, which takes no answers", "Name the primary in PLUMBLINE_DATABASE_URL.")
    if not creates:
        yield bad(SUBJECT, "the role may not make tables", "`grant create on schema public to` the role.")
    if superuser:
        yield note(SUBJECT, "the role is a superuser", "Make a role of its own that owns the database alone.")
    encrypted, local = connection.execute(
        text(
            "select coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false), "
            "inet_server_addr() is null or inet_server_addr() <<= inet '127.0.0.0/8' or inet_server_addr() = inet '::1'"
        )
    ).one()
    if not encrypted and not local:
        yield note(SUBJECT, "the connection is not encrypted", "Add ?sslmode=verify-full, or keep the network private.")


def _room(connection: Connection) -> Iterator[Finding]:
    server = int(_shown(connection, "max_connections")) - int(_shown(connection, "superuser_reserved_connections"))
    used, of_role, of_database, role, database = connection.execute(
        text(
            "select count(*), count(*) filter (where usename = current_user), "
            "count(*) filter (where datname = current_database()), "
            # the server holds no superuser to the last two; -1 is no limit
            "(select nullif(rolconnlimit, -1) from pg_roles where rolname = current_user and not rolsuper), "
            "(select nullif(datconnlimit, -1) from pg_database where datname = current_database() "
            "and not (select rolsuper from pg_roles where rolname = current_user)) "
            "from pg_stat_activity where backend_type = 'client backend'"
        )
    ).one()
    limits = {
        "connections": (server, used, "max_connections"),
        "connections of the role": (role, of_role, "its limit (`alter role ... connection limit`)"),
        "connections to the database": (database, of_database, "its limit (`alter database ... connection limit`)"),
    }
    known = [
        (most - taken, most, taken, what, name) for what, (most, taken, name) in limits.items() if most is not None
    ]
    left, most, taken, what, name = min(known)
    told = f"{taken} of {most} {what} in use; each server or worker takes up to {POSTGRES_THREADS}"
    if (servers := left // POSTGRES_THREADS) < 1:
        yield bad(SUBJECT, f"{told}: no room for another", f"Raise {name}, or stop what does not need one.")
    else:
        yield ok(SUBJECT, f"{told}: room for {servers} more")


def drift(theirs: datetime, ours: datetime) -> Iterator[Finding]:
    """How far the clocks of database and machine are apart."""
    apart = abs((theirs - ours).total_seconds())
    if apart > BAD_DRIFT_S:
        yield bad("clock", f"{apart:.0f} s apart from the database's machine", "Run a time service on both.")
    elif apart > DRIFT_S:
        yield note("clock", f"{apart:.1f} s apart from the database's machine", "Run a time service on both.")
