"""The response log in and out, with drafts and score events."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select

from app.attempts.rows import Attempt
from app.database.attempts import drafts, first_turns, responses, score_events
from app.database.prepared import Prepared


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
_BODY = select(responses.c.item_id, responses.c.answer, responses.c.body, responses.c.source).where(
    responses.c.attempt_id == bindparam("id"), responses.c.seq == bindparam("at_seq")
)
_DRAFT = select(drafts.c.seq, drafts.c.revision, drafts.c.answer).where(drafts.c.attempt_id == bindparam("id"))
TURN = ',"turn":'  # before the turn in a body, and nowhere earlier in it (`shown.body` sees to that)
_canonical = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))
_INSERT_RESPONSE = Prepared(insert(responses), [column.name for column in responses.columns])


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
        return body[body.index(TURN) + len(TURN) : -1]
    turn: str = connection.execute(
        select(first_turns.c.turn).where(first_turns.c.attempt_id == attempt.id)
    ).scalar_one()
    return turn


def keep_first_turn(connection: Connection, attempt_id: str, turn: str) -> None:
    """Store the turn that no response comes before."""
    connection.execute(insert(first_turns), {"attempt_id": attempt_id, "turn": turn})


def acknowledged(connection: Connection, attempt_id: str, seq: int) -> tuple[str, str, str, str] | None:
    """(item_id, answer, body, source) of what was answered at this turn, or None."""
    row = connection.execute(_BODY, {"id": attempt_id, "at_seq": seq}).first()
    return (row[0], row[1], row[2], row[3]) if row else None


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
    _INSERT_RESPONSE.run(
        connection,
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
    return _canonical.encode(answer)


def item_version_at(connection: Connection, attempt_id: str, seq: int) -> int:
    """The item version answered at this turn."""
    version_id: int = connection.execute(
        select(responses.c.item_version_id).where(responses.c.attempt_id == attempt_id, responses.c.seq == seq)
    ).scalar_one()
    return version_id
