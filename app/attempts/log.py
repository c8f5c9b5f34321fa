"""Rows of attempts in and out. Statements are built once: the answer path runs each thousands of times a minute."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Text, bindparam, cast, delete, insert, select, update

from app.attempts import plan as plans
from app.attempts.state import Status
from app.auth.permissions import AttemptResource
from app.database.attempts import attempts, drafts, first_turns, responses, score_events
from app.errors import NotFound


class NoSuchAttempt(NotFound):
    code = "not_found"
    title = "No such attempt"

    def __init__(self) -> None:
        super().__init__("There is no such attempt, or it is not yours. Check the address and the token.")


@dataclass(frozen=True)
class Attempt:
    """One row of `attempts`."""

    id: str
    assessment: str
    mode: str
    status: Status
    token_hash: str
    browser_hash: str | None
    seed: bytes
    plan_text: str
    created_at: datetime
    started_at: datetime | None
    expires_at: datetime | None
    last_event_at: datetime
    ended_at: datetime | None
    end_reason: str | None
    seq: int
    section_index: int
    section_started_at: datetime | None
    turn_item_version_id: int | None
    history: str
    continues: str | None

    @property
    def plan(self) -> plans.Plan:
        return _plan(self.plan_text)

    @property
    def resource(self) -> AttemptResource:
        return AttemptResource(self.token_hash, self.browser_hash)


@dataclass(frozen=True)
class Response:
    """One row of the response log."""

    seq: int
    item_version_id: int
    item_id: str
    domain: str
    answer: str
    score: float
    theta: float
    se: float
    confidence: float | None
    source: str
    at: datetime


@dataclass(frozen=True)
class ScoreEvent:
    """One row of `score_events`."""

    score_version: int
    engine_version: str
    domains: Sequence[Mapping[str, Any]]
    scored_at: datetime


@dataclass(frozen=True)
class Draft:
    seq: int
    revision: int
    answer: str


_ATTEMPT = select(
    attempts.c.id,
    attempts.c.assessment,
    attempts.c.mode,
    attempts.c.status,
    attempts.c.token_hash,
    attempts.c.browser_hash,
    attempts.c.seed,
    cast(attempts.c.plan, Text).label("plan_text"),
    attempts.c.created_at,
    attempts.c.started_at,
    attempts.c.expires_at,
    attempts.c.last_event_at,
    attempts.c.ended_at,
    attempts.c.end_reason,
    attempts.c.seq,
    attempts.c.section_index,
    attempts.c.section_started_at,
    attempts.c.turn_item_version_id,
    attempts.c.history,
    attempts.c.continues,
)
_ONE = _ATTEMPT.where(attempts.c.id == bindparam("id"))
_LOCKED = _ONE.with_for_update()  # SQLite has one writer and ignores it
_RESPONSE_COLUMNS = [
    responses.c[name]
    for name in [
        "seq",
        "item_version_id",
        "item_id",
        "domain",
        "answer",
        "score",
        "theta",
        "se",
        "confidence",
        "source",
        "at",
    ]
]
_RESPONSES = select(*_RESPONSE_COLUMNS).where(responses.c.attempt_id == bindparam("id")).order_by(responses.c.seq)
_BODY = select(responses.c.item_id, responses.c.answer, responses.c.body).where(
    responses.c.attempt_id == bindparam("id"), responses.c.seq == bindparam("at_seq")
)
_DRAFT = select(drafts.c.seq, drafts.c.revision, drafts.c.answer).where(drafts.c.attempt_id == bindparam("id"))
_TURN = ',"turn":'
_INSERT_RESPONSE = insert(responses)
_UPDATE_NAMES = [
    "status",
    "last_event_at",
    "ended_at",
    "end_reason",
    "seq",
    "section_index",
    "section_started_at",
    "turn_item_version_id",
    "history",
]
_UPDATE = (
    update(attempts)
    .where(attempts.c.id == bindparam("attempt_key"))
    .values({name: bindparam(f"new_{name}") for name in _UPDATE_NAMES})
)


@lru_cache(maxsize=1024)  # attempts that started from the same versions have the same plan
def _plan(text: str) -> plans.Plan:
    return plans.load(json.loads(text))


def _attempt(row: Any) -> Attempt:
    if row is None:
        raise NoSuchAttempt()
    fields = dict(row._mapping)
    fields["status"] = Status(fields["status"])
    fields["seed"] = bytes.fromhex(fields["seed"])
    return Attempt(**fields)


def find(connection: Connection, attempt_id: str) -> Attempt:
    """The attempt.

    Raises:
        NoSuchAttempt: there is none with this id.
    """
    return _attempt(connection.execute(_ONE, {"id": attempt_id}).first())


def lock(connection: Connection, attempt_id: str) -> Attempt:
    """The attempt with its row locked until the transaction ends; call it first in every write.

    Raises:
        NoSuchAttempt: there is none with this id.
    """
    return _attempt(connection.execute(_LOCKED, {"id": attempt_id}).first())


def responses_of(connection: Connection, attempt_id: str) -> tuple[Response, ...]:
    """The response log in order."""
    return tuple(Response(*row) for row in connection.execute(_RESPONSES, {"id": attempt_id}))


def turn_of(connection: Connection, attempt: Attempt) -> str | None:
    """The active turn as it was shown first, the same bytes at every resume; None when no turn is active."""
    if attempt.turn_item_version_id is None:
        return None
    known = acknowledged(connection, attempt.id, attempt.seq - 1)
    if known is not None and known[2]:
        body = known[2]
        return body[body.index(_TURN) + len(_TURN) : -1]  # the head before it holds no text of an author or candidate
    turn: str = connection.execute(
        select(first_turns.c.turn).where(first_turns.c.attempt_id == attempt.id)
    ).scalar_one()
    return turn


def keep_first_turn(connection: Connection, attempt_id: str, turn: str) -> None:
    """Store the turn that no response comes before."""
    connection.execute(insert(first_turns), {"attempt_id": attempt_id, "turn": turn})


def acknowledged(connection: Connection, attempt_id: str, seq: int) -> tuple[str, str, str] | None:
    """(item_id, answer, body) of what was answered at this turn, or None."""
    row = connection.execute(_BODY, {"id": attempt_id, "at_seq": seq}).first()
    return (row[0], row[1], row[2]) if row else None


def draft_of(connection: Connection, attempt_id: str) -> Draft | None:
    """The candidate's unsent answer, if any."""
    row = connection.execute(_DRAFT, {"id": attempt_id}).first()
    return Draft(*row) if row else None


def keep_draft(connection: Connection, attempt_id: str, draft: Draft, now: datetime) -> None:
    """Store the draft; the highest revision of the active turn wins."""
    known = draft_of(connection, attempt_id)
    if known is not None and known.seq == draft.seq and known.revision >= draft.revision:
        return
    connection.execute(delete(drafts).where(drafts.c.attempt_id == attempt_id))
    connection.execute(
        insert(drafts),
        {"attempt_id": attempt_id, "seq": draft.seq, "revision": draft.revision, "answer": draft.answer, "at": now},
    )


def drop_draft(connection: Connection, attempt_id: str) -> None:
    connection.execute(delete(drafts).where(drafts.c.attempt_id == attempt_id))


def append(connection: Connection, attempt_id: str, response: Response, body: str) -> None:
    """Add a step to the log. The two keys of the table are the last line against a double."""
    connection.execute(
        _INSERT_RESPONSE,
        {
            "attempt_id": attempt_id,
            "seq": response.seq,
            "item_version_id": response.item_version_id,
            "item_id": response.item_id,
            "domain": response.domain,
            "answer": response.answer,
            "score": response.score,
            "theta": response.theta,
            "se": response.se,
            "confidence": response.confidence,
            "source": response.source,
            "at": response.at,
            "body": body,
        },
    )


def save(connection: Connection, attempt: Attempt) -> None:
    """Write back what changes during an attempt."""
    values = {f"new_{name}": getattr(attempt, name) for name in _UPDATE_NAMES}
    connection.execute(_UPDATE, {"attempt_key": attempt.id, **values})


def add_score(
    connection: Connection,
    attempt_id: str,
    version: int,
    engine: str,
    domains: Sequence[Mapping[str, Any]],
    now: datetime,
) -> None:
    """Append a score event; earlier ones stay."""
    connection.execute(
        insert(score_events),
        {
            "attempt_id": attempt_id,
            "score_version": version,
            "engine_version": engine,
            "domains": list(domains),
            "scored_at": now,
        },
    )


def latest_score(connection: Connection, attempt_id: str) -> ScoreEvent | None:
    """The newest score event."""
    row = connection.execute(
        select(
            score_events.c.score_version,
            score_events.c.engine_version,
            score_events.c.domains,
            score_events.c.scored_at,
        )
        .where(score_events.c.attempt_id == attempt_id)
        .order_by(score_events.c.score_version.desc())
        .limit(1)
    ).first()
    return None if row is None else ScoreEvent(*row)


def canonical(answer: Mapping[str, Any]) -> str:
    """The one spelling of an answer under which two answers are the same."""
    return json.dumps(answer, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def item_version_at(connection: Connection, attempt_id: str, seq: int) -> int:
    """The item version answered at this turn."""
    version_id: int = connection.execute(
        select(responses.c.item_version_id).where(responses.c.attempt_id == attempt_id, responses.c.seq == seq)
    ).scalar_one()
    return version_id
