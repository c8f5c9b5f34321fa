"""The application under test, with every response it gives scanned for keys that have not been released yet (I12).

A leak anywhere, in a body or a header, fails the test that provoked it, whatever that test is about.
"""

import html
import json
import re
import warnings
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import brotli
import pytest
from conftest import START, faults_of
from sqlalchemy import select

from app import telemetry
from app.attempts.state import Mode
from app.banks import load, publish
from app.database.attempts import attempts, responses
from app.database.engine import Database
from app.items import content as contents
from app.main import create_app
from app.settings import Settings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it would rather have another HTTP client than ours; it works with both
    from starlette.testclient import TestClient

MIN_LENGTH = (
    28  # characters: long enough that no two texts share a run by chance, short enough that most texts have one
)
_PLAIN = re.compile(r"[A-Za-z ,]+")  # what Markdown, JSON and HTML leave as it is
_REVIEWED = re.compile(r"^/(?:api/v1/attempts/(?P<api>\w+)/result|r/(?P<page>\w+))$")
_PRACTISED = re.compile(r"^/(?:api/v1/attempts/(?P<api>\w+)/responses|a/(?P<page>\w+)/feedback/\d+)$")


def plain_runs(text: str) -> list[str]:
    """The runs of a text that survive rendering to HTML and packing into JSON unchanged."""
    return [run.strip() for run in _PLAIN.findall(text) if len(run.strip()) >= MIN_LENGTH]


def texts_in(value: Any) -> Iterator[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from texts_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts_in(part)


@dataclass
class Scanner:
    """An ASGI layer around the application that looks for `secrets` in everything that goes out.

    The result of an attempt that is over may hold them: that is where keys are released. Practice releases what belongs
    to the items that it has answered, in its feedback, and nothing else: `released` names these secrets.
    """

    app: Any
    secrets: Sequence[str]
    is_over: Callable[[str], bool]
    released: Callable[[str], Collection[str]] = lambda _attempt: ()
    responses: int = 0
    found: list[str] = field(default_factory=list)

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers: list[tuple[bytes, bytes]] = []
        body: list[bytes] = []

        async def recording(message):
            if message["type"] == "http.response.start":
                headers.extend(message["headers"])
            else:
                body.append(message.get("body", b""))
            await send(message)

        await self.app(scope, receive, recording)
        self.responses += 1
        packed = (b"content-encoding", b"br") in [(name.lower(), value) for name, value in headers]
        text = brotli.decompress(b"".join(body)) if packed and any(body) else b"".join(body)
        self.scan(scope["method"], scope["path"], [*(b": ".join(header) for header in headers), text])

    def scan(self, method: str, path: str, parts: Sequence[bytes]) -> None:
        """Add to `found` what these headers and bodies give away."""
        released = _REVIEWED.match(path)
        if released and self.is_over(released["api"] or released["page"]):
            return
        text = b"\n".join(parts).decode("utf-8", "replace")
        seen = (text, html.unescape(text))
        given = [one for one in self.secrets if any(one in form for form in seen)]
        practised = _PRACTISED.match(path)
        if given and practised:
            allowed = self.released(practised["api"] or practised["page"])
            given = [one for one in given if one not in allowed]
        self.found += [f"{method} {path}: {one!r}" for one in given]


@dataclass
class Clock:
    """The server's clock, moved by tests."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture(scope="session")
def secrets_of(content) -> dict[str, frozenset[str]]:
    """By item: the runs of the secret texts of the shipped items that no public text holds."""
    items = [item for folder in content.banks() for item in publish.published_items(load.load_bank(folder))]
    halves = [contents.split(item) for item in items]
    public = "\n".join(text for shown, _ in halves for text in texts_in(shown))
    for _, hidden in halves:
        hidden.get("answer", {}).pop("hint", None)  # beside the key in the file, but shown with the question
    return {
        item.id: frozenset(run for text in texts_in(hidden) for run in plain_runs(text) if run not in public)
        for item, (_, hidden) in zip(items, halves, strict=True)
    }


@pytest.fixture(scope="session")
def secrets(secrets_of) -> list[str]:
    """All of them."""
    return sorted(frozenset[str]().union(*secrets_of.values()))


@dataclass
class Stand:
    """An application that runs over a data folder, its clock, and the scanner around it."""

    data: Path
    url: str
    clock: Clock
    scanner: Scanner
    client: TestClient


@pytest.fixture(scope="session")
def make_stand(tmp_path_factory, new_database, secrets, secrets_of) -> Iterator[Callable[..., Stand]]:
    """make_stand(**settings) starts an application over a database of its own; the session's end verifies it."""
    stack = ExitStack()
    stands: list[Stand] = []

    def make(own_secrets: Sequence[str] | None = None, address: str = "http://testserver", **settings: Any) -> Stand:
        data, url = tmp_path_factory.mktemp("http"), new_database()
        clock = Clock()
        telemetry.configure("json")  # what structlog does of itself takes seconds for a traceback
        settings = {"starts_per_minute": 0, "answers_per_second": 0, **settings}  # tests are quicker than people
        app = create_app(Settings(data=data, database_url=url, **settings), clock)
        looking = stack.enter_context(closing(Database(url)))

        def is_over(attempt: str) -> bool:
            with looking.reader.connect() as connection:
                status = connection.execute(select(attempts.c.status).where(attempts.c.id == attempt)).scalar()
            return status is not None and status not in ("created", "active")

        def released(attempt: str) -> frozenset[str]:
            answered = select(responses.c.item_id).join(attempts, attempts.c.id == responses.c.attempt_id)
            query = answered.where(attempts.c.id == attempt, attempts.c.mode == Mode.PRACTICE)
            with looking.reader.connect() as connection:
                ids = connection.execute(query).scalars().all()
            return frozenset[str]().union(*(secrets_of.get(one, ()) for one in ids))

        scanner = Scanner(app, secrets if own_secrets is None else own_secrets, is_over, released)
        client = stack.enter_context(TestClient(scanner, base_url=address, follow_redirects=False))
        stands.append(Stand(data, url, clock, scanner, client))
        return stands[-1]

    yield make
    stack.close()
    for stand in stands:
        with closing(Database(stand.url)) as db:
            assert faults_of(db) == [], "db verify after the http tests"


@pytest.fixture(scope="session")
def shared_stand(make_stand) -> Stand:
    """One application for all tests here: attempts do not touch each other."""
    return make_stand()


@pytest.fixture
def stand(shared_stand) -> Iterator[Stand]:
    """The application, as if just started: no cookies, the clock at START; nothing may have leaked afterwards."""
    shared_stand.client.cookies.clear()
    shared_stand.clock.now = START
    shared_stand.scanner.found.clear()
    yield shared_stand
    assert shared_stand.scanner.found == []


@pytest.fixture
def client(stand) -> TestClient:
    return stand.client


@dataclass
class Taker:
    """A client in an attempt. Statuses are the test's business; `state` is the last one that came back."""

    client: TestClient
    state: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.state["id"])

    def call(self, method: str, path: str = "", body: Any = None, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.state['token']}", **more.pop("headers", {})}
        return self.client.request(method, f"/api/v1/attempts/{self.id}{path}", json=body, headers=headers, **more)

    def body(self, answer: Any = None, **changes: Any) -> dict[str, Any]:
        turn = self.state["turn"]
        return {
            "seq": turn["seq"],
            "item_id": turn["item"]["id"],
            "answer": {"skip": True} if answer is None else answer,
            **changes,
        }

    def answer(self, answer: Any = None, **changes: Any) -> Any:
        """POST an answer to the active turn; follows to the new state when it was taken."""
        response = self.call("POST", "/responses", self.body(answer, **changes))
        if response.status_code == 200:
            self.state = {**response.json(), "token": self.state["token"]}
        return response

    def finish(self) -> Any:
        return self.call("POST", "/finish")


@pytest.fixture
def begin(client) -> Callable[..., Taker]:
    """begin("mathematics") starts an attempt by the API."""

    def start(assessment: str = "mathematics", **order: Any) -> Taker:
        response = client.post("/api/v1/attempts", json={"assessment": assessment, **order})
        assert response.status_code == 201, response.text
        return Taker(client, response.json())

    return start


def as_problem(response) -> dict[str, Any]:
    """The problem document of a response, checked for its shape."""
    assert response.headers["content-type"] == "application/problem+json"
    problem = json.loads(response.content)
    assert {"type", "title", "status", "code", "detail", "instance", "errors"} <= set(problem)
    assert problem["status"] == response.status_code
    assert problem["type"] == f"/docs#{problem['code']}"
    assert problem["detail"]
    assert all(set(error) == {"path", "message"} for error in problem["errors"])
    return problem


@pytest.fixture
def problem_of() -> Callable[[Any], dict[str, Any]]:
    return as_problem
