"""The whole application in this process, over any database: called without a network, stopped and started at will.

It speaks ASGI itself, because a client library would take two thirds of the time of a run of a million steps.
"""

import asyncio
import gc
import json
import logging
import secrets as stdlib_secrets
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import _lru_cache_wrapper
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import structlog
from conftest import START

from app import telemetry
from app.banks import pool, secrets
from app.database.engine import Database
from app.main import create_app
from app.settings import Settings

HOST = "127.0.0.1:8000"  # the loopback, so that cookies are the `__Host-` ones of a real deployment
SERVER_SECRET = "the machine's own"  # noqa: S105  (of a server that nobody can reach)


@dataclass(frozen=True)
class Reply:
    """What came back. `path` is without the query; `headers` are those of the wire, in lower case."""

    method: str
    path: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The last header of this name."""
        return dict(self.headers).get(name)

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str | None:
        """The stable code of a problem document; None for everything else."""
        is_problem = self.header("content-type") == "application/problem+json"
        return self.json["code"] if is_problem else None

    def __str__(self) -> str:
        shown = "" if self.status < 400 else f": {self.text[:300]}"
        return f"{self.method} {self.path} -> {self.status}{shown}"


@dataclass
class Clock:
    """The server's clock, which jumps as it is told."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Application:
    """A server process without the process. `restart` forgets everything that is not in the database."""

    url: str
    data: Path
    clock: Clock = field(default_factory=Clock)
    calls: int = 0

    def __post_init__(self) -> None:
        # an attempt's seed decides what it is asked: drawn from here, so that a run can be repeated
        self.random = Random(0)
        self._seeds = mock.patch.object(stdlib_secrets, "token_bytes", lambda n=32: self.random.randbytes(n))
        self._seeds.start()
        telemetry.configure("json")
        # refusals are half of what a machine gets; only what the product calls an error is worth a line
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
        self._loop = asyncio.new_event_loop()
        self.database = Database(self.url)  # for looking, beside the application's own
        self._start()

    def _start(self) -> None:
        settings = Settings(
            data=self.data,
            database_url=self.url,
            secret=SERVER_SECRET,
            starts_per_minute=0,  # a machine is quicker than people; the limits have tests of their own
            answers_per_second=0,
        )
        self._app = create_app(settings, self.clock)
        self._lifespan = self._app.router.lifespan_context(self._app)
        self._loop.run_until_complete(self._lifespan.__aenter__())

    def _stop(self) -> None:
        self._loop.run_until_complete(self._lifespan.__aexit__(None, None, None))
        gc.unfreeze()  # a server freezes what it has loaded; here it would stay for ever, once for every restart

    def restart(self) -> None:
        """Another process over the same database: no cache of the one before is left."""
        self._stop()
        forget()
        self._start()

    def close(self) -> None:
        with closing(self._loop), closing(self.database):
            self._stop()
            self._seeds.stop()

    def call(self, method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        """One request, answered in full."""
        return self._loop.run_until_complete(self._call(method, target, headers, body))

    async def _call(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply:
        self.calls += 1
        parts = urlsplit(target)
        given = {"host": HOST, **headers, **({"content-length": str(len(body))} if body else {})}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": parts.path,
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in given.items()],
            "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", 8000),
            "state": {},
        }
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        start, *rest = sent
        answered = tuple((name.decode().lower(), value.decode()) for name, value in start["headers"])
        return Reply(method, parts.path, start["status"], answered, b"".join(one.get("body", b"") for one in rest))


def forget() -> None:
    """Empty every cache of the application's modules, as a new process would find them."""
    for module in [one for name, one in sys.modules.items() if name.startswith("app.")]:
        for one in list(vars(module).values()):
            if isinstance(one, _lru_cache_wrapper) and _holds_rows(module):
                one.cache_clear()
    pool._known.clear()
    secrets._known.clear()
    secrets._hashes.clear()


def _holds_rows(module: ModuleType) -> bool:
    """Whether a module's caches could hold what is in a database; those of rendering and mathematics cannot."""
    return module.__name__.startswith(("app.attempts", "app.auth", "app.banks", "app.database", "app.results"))
