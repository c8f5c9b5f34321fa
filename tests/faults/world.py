"""The application behind a gate, for requests that are to come out the same however often they are sent."""

import json
import random
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import factories
from conftest import START
from factories import Sitting
from faults import drivers
from faults.drivers import Gate
from sqlalchemy import Connection, Table, delete, insert, select

from app import telemetry
from app.attempts import starting
from app.auth import tokens
from app.database import banks
from app.database.base import metadata
from app.database.engine import Database
from app.main import create_app
from app.settings import Settings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it would rather have another HTTP client than ours; it works with both
    from starlette.testclient import TestClient

SECRET = b"faults"
ORIGIN = "http://testserver"
BROWSER = tokens.derived(tokens.BROWSER, SECRET, "the browser of every case")
ASSESSMENT = "mathematics"
Rows = Mapping[str, Sequence[tuple[Any, ...]]]


@dataclass(frozen=True)
class Call:
    """A request, the same however often it is sent."""

    method: str
    path: str
    body: Mapping[str, Any] | None = None
    form: Mapping[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """What must be the same when the request is repeated."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...]


class Draws:
    """In the place of `secrets` in the modules that draw ids, tokens and seeds: a draw depends on its size alone."""

    def __init__(self, number: int) -> None:
        self._number = number

    def randbits(self, count: int) -> int:
        return random.Random(f"{self._number} {count}").getrandbits(count)

    def token_bytes(self, count: int) -> bytes:
        return random.Random(f"{self._number} {count}").randbytes(count)


@contextmanager
def drawn(number: int) -> Iterator[None]:
    """Within it a request draws the same each time; another number gives other draws."""
    modules: tuple[Any, ...] = (tokens, starting)
    real = [module.secrets for module in modules]
    for module in modules:
        module.secrets = Draws(number)
    try:
        yield
    finally:
        for module, own in zip(modules, real, strict=True):
            module.secrets = own


@dataclass
class Clock:
    now: datetime = START

    def __call__(self) -> datetime:
        return self.now


@dataclass
class World:
    """The application behind the gate, and its database by a way around the gate."""

    app: Any
    client: TestClient
    gate: Gate
    clock: Clock
    db: Database

    def begin(self, assessment: str = ASSESSMENT, *, answered: int = 0, **more: Any) -> Sitting:
        """An attempt of this browser, by the services."""
        sitting = factories.begin(self.db, assessment, browser=BROWSER, **more)
        for _ in range(answered):
            sitting.submit(sitting.wrong())
        return sitting

    def send(self, call: Call, number: int = 1) -> Reply:
        self.client.cookies.clear()
        own = {} if call.path.startswith("/api/") else {"Origin": ORIGIN, "Cookie": f"pl_browser={BROWSER}"}
        headers = {**own, **call.headers}
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        content = None if call.body is None else json.dumps(call.body)
        with drawn(number):
            reply = self.client.request(call.method, call.path, content=content, data=call.form, headers=headers)
        kept = ("location", "set-cookie", "content-type", "retry-after", "etag")
        return Reply(
            reply.status_code,
            reply.content,
            tuple((name, reply.headers[name]) for name in kept if name in reply.headers),
        )

    def rows(self) -> Rows:
        """Everything that routes write."""
        return self.db.read_now(_rows)

    def put(self, rows: Rows) -> None:
        """Make it be as it was."""
        self.db.write_now(_put, rows)


@contextmanager
def world(url: str, data: Path) -> Iterator[World]:
    """The application over this database, with background work left out: its statements are not the request's."""
    gate, clock = Gate(), Clock()
    telemetry.configure("json")
    app = create_app(
        Settings(data=data, database_url=url, secret=SECRET.decode(), starts_per_minute=0, answers_per_second=0), clock
    )
    with ExitStack() as stack:
        db = stack.enter_context(closing(Database(url)))
        with drivers.gated(gate):
            client = stack.enter_context(TestClient(app, base_url=ORIGIN, follow_redirects=False))
        yield World(app, client, gate, clock, db)


def _tables() -> list[Table]:
    """The tables that routes may write; the banks are published by commands alone."""
    published = {one.name for one in vars(banks).values() if isinstance(one, Table)}
    return [table for table in metadata.sorted_tables if table.name not in published]


def _rows(connection: Connection) -> Rows:
    return {
        table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr) for table in _tables()
    }


def _put(connection: Connection, rows: Rows) -> None:
    for table in reversed(_tables()):
        connection.execute(delete(table))
    for table in _tables():
        if rows.get(table.name):
            names = table.columns.keys()
            connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows[table.name]])
