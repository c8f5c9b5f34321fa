"""Where everybody sits: the application, all attempts, and the checks after every reply and every step."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from machine import model, watch
from machine.book import Book
from machine.model import Owner, Sitting, Told, Violated
from machine.wire import Application, Reply
from sqlalchemy import select

from app.attempts.assessments import Assessment
from app.database.attempts import attempts

COOKIE = "__Host-pl_browser"
TURN = b',"turn":'
PROMISES = {
    model.ACCEPTED: "I1 what is right and in time is taken",
    model.KEPT: "I7 the highest revision of a draft wins",
    model.EXPIRED: "I6 nothing is taken after the deadline and its grace",
    model.CONFLICT: "I1 an acknowledged answer stands",
    model.STALE: "I3 one active turn",
    model.MALFORMED: "I1 a malformed answer stores nothing",
    model.STRANGER: "I13 an attempt is there for its owner alone",
    model.NOBODY: "I13 an attempt is there for its owner alone",
    model.OPEN: "I12 no key before the end",
}


@dataclass
class Tally:
    """How much was tried."""

    steps: int = 0
    calls: int = 0
    attempts: int = 0
    answers: int = 0
    repeats: int = 0  # of acknowledged answers, each compared byte for byte
    looks: int = 0  # at an active turn, each compared byte for byte
    refused: int = 0
    drafts: int = 0
    late: int = 0  # answers after the grace
    ended: Counter[str] = field(default_factory=Counter)  # by what
    results: int = 0
    restarts: int = 0


@dataclass
class Table:
    """Everybody's attempts over one application. `offered` by id; `tally` counts over all tables of a run."""

    application: Application
    book: Book
    offered: Mapping[str, Assessment]
    tally: Tally
    owners: tuple[Owner, ...] = field(default_factory=lambda: (Owner("Ann"), Owner("Ben")))
    sittings: list[Sitting] = field(default_factory=list)
    touched: list[Sitting] = field(default_factory=list)  # in this step
    estimated: dict[str, int] = field(default_factory=dict)  # attempt -> questions whose estimate was made again

    @property
    def now(self) -> datetime:
        return self.application.clock.now

    def call(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: Mapping[str, Any] | list[tuple[str, str]] | None = None,
        *,
        about: Sitting | None = None,
        own: frozenset[str] = frozenset(),
    ) -> Reply:
        """One request, with the checks of every reply. `own`: the attempts that the caller may see."""
        is_api = target.startswith("/api/")
        sent = b"" if body is None else (json.dumps(body) if is_api else urlencode(body)).encode()
        media = {"content-type": "application/json" if is_api else "application/x-www-form-urlencoded"}
        if about is not None:
            about.latest_look = max(self.now, about.latest_look or self.now)
            self.touched.append(about)
        got = self.application.call(method, target, {**(media if method != "GET" else {}), **headers}, sent)
        released = [] if about is None or got.status != 200 else released_to(about, got.path)
        others = [one.id for one in self.sittings if one.id not in own and one.id not in target]
        watch.reply(got, self.book, released, others, [one.token for one in self.sittings if one.token])
        self.tally.calls += 1
        self.tally.refused += got.status >= 400
        return got

    def ask(
        self, sitting: Sitting, method: str, target: str, body: Any = None, *, cookie: bool = False, **headers: str
    ) -> Reply:
        """One request about an attempt by somebody who may: with its token, or with the cookie of its browser."""
        owner = sitting.owner
        if owner is not None and (cookie or sitting.token is None):
            by, mine = self.browser(owner), [one for one in self.sittings if one.owner is owner]
        else:
            by, mine = {"authorization": f"Bearer {sitting.token}"}, [sitting]
        own = frozenset(one.id for each in mine for one in (each, each.continuation) if one is not None)
        return self.call(method, target, {**by, **headers}, body, about=sitting, own=own)

    def api(
        self, sitting: Sitting, method: str, path: str = "", body: Any = None, *, cookie: bool = False, **headers: str
    ) -> Reply:
        """The same under the attempt's address in the API."""
        return self.ask(sitting, method, f"/api/v1/attempts/{sitting.id}{path}", body, cookie=cookie, **headers)

    def page(self, sitting: Sitting, method: str, path: str, form: Any = None) -> Reply:
        """The same for a page under the attempt's address, as its browser asks."""
        return self.ask(sitting, method, f"/a/{sitting.id}{path}", form, cookie=True)

    def browser(self, owner: Owner) -> dict[str, str]:
        """What a browser sends of itself with every request from our own pages."""
        own = {"cookie": f"{COOKIE}={owner.cookie}"} if owner.cookie else {}
        return {"sec-fetch-site": "same-origin", **own}

    def remember(self, owner: Owner, reply: Reply) -> None:
        """The browser keeps the cookie that it is given."""
        given = reply.header("set-cookie")
        if given is not None:
            owner.cookie = given.split(";")[0].removeprefix(f"{COOKIE}=")

    def expect(self, got: Reply, told: Told) -> None:
        """The reply is the one that must come; a broken promise is named."""
        is_wrong = told.codes and got.path.startswith("/api/") and got.code not in told.codes  # a page has no code
        if got.status != told.status or is_wrong:
            due = f"{told.status} {' or '.join(sorted(told.codes))}".strip()
            raise Violated(f"{PROMISES.get(told, 'the contract of the API')}: {got}, expected {due} at {self.now}")

    def goes(self, got: Reply, to: str) -> None:
        """The page sends the browser on."""
        if (got.status, got.header("location")) != (303, to):
            raise Violated(f"the pages lead on: {got} to {got.header('location')}, expected 303 to {to} at {self.now}")

    def seat(
        self, state: Mapping[str, Any], owner: Owner | None, token: str | None, expires_at: datetime | None
    ) -> Sitting:
        """An attempt that has just been started."""
        with self.application.database.reader.connect() as connection:
            seed = connection.execute(select(attempts.c.seed).where(attempts.c.id == state["id"])).scalar_one()
        is_quick, is_practice = self.offered[state["assessment"]].budget_s is not None, state["mode"] == "practice"
        sitting = Sitting(
            state["id"],
            owner,
            token,
            state["assessment"],
            is_quick,
            is_practice,
            bytes.fromhex(seed),
            expires_at,
            self.now,
        )
        sitting.latest_look = self.now
        told = state["expires_at"] and datetime.fromisoformat(state["expires_at"])
        if told != expires_at:
            raise Violated(f"I6 the deadline stands: told {told}, due {expires_at}")
        self.sittings.append(sitting)
        self.touched.append(sitting)
        self.tally.attempts += 1
        return sitting

    def follow(self, sitting: Sitting, state: Mapping[str, Any], body: bytes) -> None:
        """After a start or an answer: the next turn, or the end that the engine chose; then the numbers beside it."""
        watch.state(state, ("token", "feedback") if sitting.is_practice else ("token",))
        if state["turn"] is None:
            reason = self.api(sitting, "GET", "/replay").json["end_reason"]
            model.end(sitting, "time" if reason == "time" else "engine", sitting.last_event_at)
        else:
            model.show(sitting, state["turn"], turn_of(body), self.book)
        watch.progress(sitting, state, self.now, self.book)

    def end_of_step(self) -> None:
        """What is stored of everything touched in this step is what was told."""
        if not self.touched:
            return
        with self.application.database.reader.connect() as connection:
            for sitting in {id(one): one for one in self.touched}.values():
                watch.rows(connection, sitting, self.book, self.estimated.get(sitting.id, 0) + 1)
                self.estimated[sitting.id] = len(sitting.answers)
        self.touched.clear()


def released_to(sitting: Sitting, path: str) -> list[str]:
    """The items whose solutions this address may show: those of a result, and in practice those answered."""
    answered = [one.item_id for one in sitting.answers]
    if path in (f"/api/v1/attempts/{sitting.id}/result", f"/r/{sitting.id}"):
        return answered if sitting.is_over else []
    if sitting.is_practice and path.startswith(f"/a/{sitting.id}/feedback/"):
        return answered
    if sitting.is_practice and path == f"/api/v1/attempts/{sitting.id}/responses":
        return answered if sitting.view is None else [*answered, sitting.view["id"]]
    return []


def turn_of(body: bytes) -> bytes:
    """The turn in the bytes of a state."""
    return body[body.index(TURN) + len(TURN) : -1]
