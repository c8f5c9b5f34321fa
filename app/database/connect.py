"""How connections are made: what each database must be told so that an acknowledged answer is on the disk."""

from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.pool import QueuePool

_POSTGRES = frozenset({"postgres", "postgresql"})
# A server may be set to less, and a transaction must not hold an attempt for ever (times in ms).
# With synchronous_commit=off a mere crash of PostgreSQL lost acknowledged commits.
_POSTGRES_SESSION = {
    "synchronous_commit": "on",
    "lock_timeout": 5_000,
    "statement_timeout": 30_000,
    "idle_in_transaction_session_timeout": 30_000,
    "timezone": "UTC",
}
# a host that has vanished is noticed within seconds, not after the two hours of TCP
_POSTGRES_LINK = {"connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5, "tcp_user_timeout": 10_000}


def parsed(url: str) -> URL:
    """The URL with the driver that we use: `postgres://` and `postgresql://` mean psycopg."""
    known = make_url(url)
    return known.set(drivername="postgresql+psycopg") if known.drivername in _POSTGRES else known


def sqlite(url: URL, *, begin: str, readers: int = 0) -> Engine:
    """An engine on a SQLite file. `readers` > 0: as many connections, which cannot write; else the one that does."""
    engine = create_engine(
        url,
        connect_args={"check_same_thread": False, "timeout": 5},
        hide_parameters=True,  # an error in the log must not carry an answer or an address
        poolclass=QueuePool,
        pool_size=readers or 1,
        max_overflow=0,
    )

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        # a checkpoint every 40 MB of log instead of every 4: at full speed it stopped the writer eight times a second
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "busy_timeout=5000",
            "foreign_keys=ON",
            "wal_autocheckpoint=10000",
        ):
            connection.execute(f"PRAGMA {pragma}")
        if readers:
            connection.execute("PRAGMA query_only=ON")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def postgresql(url: URL, *, threads: int) -> Engine:
    """An engine on a PostgreSQL database with a connection for each thread, so that none waits for another's.

    There is no ping before use: it would cost every request a round trip. `Database` notices a dead connection and
    begins again.
    """
    options = " ".join(f"-c {name}={value}" for name, value in _POSTGRES_SESSION.items())
    given = url.query.get("options", "")
    engine = create_engine(
        url.difference_update_query(["options"]),
        connect_args={**_POSTGRES_LINK, "options": f"{options} {given}".strip(), "application_name": "plumbline"},
        hide_parameters=True,
        pool_size=threads,
        max_overflow=0,
        pool_use_lifo=True,  # what is idle stays idle
    )

    @event.listens_for(engine, "checkin")
    def _on_checkin(connection: Any, _record: Any) -> None:
        if connection is not None and not connection.closed:
            # after a reader SQLAlchemy leaves "read write" there, which would override an operator's read-only database
            connection.read_only = None

    return engine
