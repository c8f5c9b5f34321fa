"""A service as it is run, over one database: a single server on SQLite, several on one PostgreSQL.

Its database is read here without anything of ours, so that what the service says of itself is not taken for granted.
"""

import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from faults.server import PROGRAM, UNLIMITED, Server, plumbline
from postgres import Postgres

SQLITE, POSTGRESQL = "sqlite", "postgresql"
Ask = Callable[..., list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Stand:
    """The servers, the folder that they share, and the cluster (None: SQLite in the folder)."""

    data: Path
    servers: Sequence[Server]
    place: Path | str  # the SQLite file, or the URL of the PostgreSQL database
    cluster: Postgres | None = None

    @property
    def database(self) -> str:
        return SQLITE if self.cluster is None else POSTGRESQL

    @property
    def ports(self) -> list[int]:
        return [server.port for server in self.servers]

    def complaints(self, said: Sequence[str]) -> tuple[str, ...]:
        """What clients complained of, with the last words of the servers if there is anything."""
        if not said:
            return ()
        logs = [server.log.read_text("utf-8", errors="replace")[-4000:] for server in self.servers]
        return (*said, *(f"{server.log.name}: {log}" for server, log in zip(self.servers, logs, strict=True)))

    def verify(self) -> tuple[int, str]:
        """`plumbline db verify` by another process: its exit code and what it found."""
        url = None if self.cluster is None else str(self.place)
        done = plumbline(self.data, "db", "verify", database_url=url)
        return done.returncode, f"{done.stdout}{done.stderr}"[-2000:]


@contextmanager
def on_sqlite(data: Path) -> Iterator[Stand]:
    """One server over a data folder; more than one is not for SQLite."""
    with Server(data, more=UNLIMITED) as server:
        yield Stand(data, [server], data / "plumbline.sqlite3")


@contextmanager
def on_postgresql(
    cluster: Postgres, data: Path, template: str | None = None, processes: int = 2, program: Sequence[str] = PROGRAM
) -> Iterator[Stand]:
    """Several servers over a new database of a running cluster, copied from the template if there is one."""
    url = cluster.url(cluster.create(template))
    servers = [Server(data, url, UNLIMITED, program) for _ in range(processes)]
    try:
        for server in servers:
            server.begin()
        for server in servers:
            server.wait()
        yield Stand(data, servers, url, cluster)
    finally:
        for server in servers:
            server.end()


@contextmanager
def new(database: str, settings: tuple[str, ...] = ()) -> Iterator[Stand]:
    """A stand of its own for a command: an empty database, which the servers fill with the shipped banks."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        data = Path(folder) / "data"
        if database == SQLITE:
            yield stack.enter_context(on_sqlite(data))
            return
        cluster = stack.enter_context(Postgres(durable=True, settings=settings))
        yield stack.enter_context(on_postgresql(cluster, data))


@contextmanager
def asking(place: Path | str) -> Iterator[Ask]:
    """ask(statement, *values) runs a statement in its own transaction and returns its rows; values stand as `?`."""
    if isinstance(place, Path):
        with closing(sqlite3.connect(place, isolation_level=None, timeout=30)) as connection:
            yield lambda statement, *values: connection.execute(statement, values).fetchall()
        return

    def ask(statement: str, *values: Any) -> list[tuple[Any, ...]]:
        cursor = remote.execute(statement.replace("?", "%s"), values)
        return cursor.fetchall() if cursor.description else []

    with psycopg.connect(place.replace("+psycopg", "", 1), autocommit=True) as remote:
        yield ask
