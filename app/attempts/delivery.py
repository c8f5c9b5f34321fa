"""An attempt under way: show the state, take an answer or a draft, finish, expire. Each is one transaction's work."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.attempts import course, log, rows, scoring, shown, state, steps, timing
from app.attempts.course import Decision
from app.attempts.log import Draft
from app.attempts.rows import Attempt, NoSuchAttempt
from app.attempts.state import EndReason
from app.auth.permissions import Action, Actor, can
from app.database.engine import Database
from app.errors import Conflict, Gone, Invalid


class AnswerConflict(Conflict):
    code = "answer.conflict"
    title = "This question already has another answer"


class AnswerStale(Conflict):
    code = "answer.stale"
    title = "Another question is active"


class AttemptExpired(Gone):
    code = "attempt.expired"
    title = "The time is over"
    commits = True  # the attempt is closed and scored even though the late answer is refused


def allowed(attempt: Attempt, actor: Actor, action: Action) -> Attempt:
    """The attempt, if the actor may do this with it; otherwise it does not exist for them."""
    if not can(actor, action, attempt.resource):
        raise NoSuchAttempt()
    return attempt


def peek(connection: Connection, actor: Actor, attempt_id: str, now: datetime) -> str | None:
    """The state as JSON without writing; None when the time is over and `show` must close the attempt first."""
    attempt = allowed(rows.find(connection, attempt_id), actor, Action.READ)
    if not state.is_over(attempt.status) and not timing.is_open(now, attempt.expires_at):
        return None
    return _body(connection, attempt, now, log.draft_of(connection, attempt_id))


def show(connection: Connection, actor: Actor, attempt_id: str, now: datetime) -> str:
    """The state as JSON; an attempt whose time is over is closed and scored first."""
    attempt = allowed(rows.lock(connection, attempt_id), actor, Action.READ)
    attempt = expire_if_over(connection, attempt, now)
    return _body(connection, attempt, now, log.draft_of(connection, attempt_id))


async def settle(db: Database, actor: Actor, attempt_id: str, now: datetime) -> str:
    """The state as JSON, read where reading is enough; only an attempt whose time is over is written."""
    text = await db.read(peek, actor, attempt_id, now)
    return text if text is not None else await db.write(show, actor, attempt_id, now)


def is_repeat(connection: Connection, actor: Actor, attempt_id: str, seq: int) -> bool:
    """Whether this actor's attempt has an answer at this turn; a stranger learns nothing from it."""
    try:
        allowed(rows.find(connection, attempt_id), actor, Action.ANSWER)
    except NoSuchAttempt:
        return False
    return log.acknowledged(connection, attempt_id, seq) is not None


def submit(
    connection: Connection,
    actor: Actor,
    attempt_id: str,
    seq: int,
    item_id: str,
    raw: Mapping[str, Any],
    confidence: float | None,
    now: datetime,
) -> str:
    """Store and score an answer to the active turn and choose what comes next; returns the new state as JSON.

    Raises:
        NoSuchAttempt, AnswerConflict, AnswerStale, AttemptExpired
        AnswerShape, AnswerNumber, AnswerTooLong: the input is malformed; nothing is stored.
    """
    attempt = allowed(rows.lock(connection, attempt_id), actor, Action.ANSWER)
    if seq < attempt.seq:
        return _repeated(connection, attempt, seq, item_id, raw)
    if state.is_over(attempt.status) and attempt.end_reason == EndReason.TIME:
        raise _expired(connection, attempt)
    now = timing.forward(now, attempt.last_event_at)
    if not state.is_over(attempt.status) and not timing.is_open(now, attempt.expires_at):
        raise _expired(connection, expire_if_over(connection, attempt, now))
    current = steps.active(attempt, pools := steps.pools_of(connection, attempt.plan))
    if current is None or seq != attempt.seq or pools[current[0]].entries[current[1]].item_id != item_id:
        raise _stale(connection, attempt)
    assert attempt.turn_item_version_id is not None  # noqa: S101  (an active turn has its item)
    scored = scoring.score(connection, attempt.seed, attempt.turn_item_version_id, raw)
    return steps.record(connection, attempt, scored, "answer", confidence, now)


def _repeated(connection: Connection, attempt: Attempt, seq: int, item_id: str, raw: Mapping[str, Any]) -> str:
    """The stored body of an answer that comes again, byte for byte."""
    known = log.acknowledged(connection, attempt.id, seq)
    if known is not None and known[3] == "draft":
        raise _expired(connection, attempt)  # the time scored the draft; what comes after it was never acknowledged
    if known is None or known[0] != item_id or not known[2]:
        raise _stale(connection, attempt)  # also for an answer taken over from a quick test: it was acknowledged there
    version_id = log.item_version_at(connection, attempt.id, seq)
    _, answer = scoring.parse(connection, attempt.seed, version_id, raw)
    if log.canonical(answer) != known[1]:
        raise AnswerConflict(f"Question {seq} already has an answer, and it stands. Go on with the active question.")
    return known[2]


def _stale(connection: Connection, attempt: Attempt) -> AnswerStale:
    text = log.turn_of(connection, attempt)
    turn = text and json.loads(shown.with_draft(text, log.draft_of(connection, attempt.id), attempt.seq))
    detail = f"Question {attempt.seq} is active." if turn else "This attempt has ended; no question is active."
    return AnswerStale(detail, extra={"turn": turn})


def _expired(connection: Connection, attempt: Attempt) -> AttemptExpired:
    kept = len(json.loads(attempt.history))
    ended = attempt.ended_at or attempt.last_event_at
    return AttemptExpired(f"Time was over at {ended:%H:%M:%S} UTC; {kept} answers are kept and scored.")


def keep_draft(connection: Connection, actor: Actor, attempt_id: str, draft: Draft, now: datetime) -> None:
    """Keep an unsent answer; it is scored if the time runs out.

    Raises:
        AnswerStale: the draft is not for the active turn.
        AttemptExpired: the time is over.
    """
    attempt = allowed(rows.lock(connection, attempt_id), actor, Action.ANSWER)
    now = timing.forward(now, attempt.last_event_at)
    if state.is_over(attempt.status) and attempt.end_reason == EndReason.TIME:
        raise _expired(connection, attempt)
    if not state.is_over(attempt.status) and not timing.is_open(now, attempt.expires_at):
        raise _expired(connection, expire_if_over(connection, attempt, now))
    if attempt.turn_item_version_id is None or draft.seq != attempt.seq:
        raise _stale(connection, attempt)
    log.keep_draft(connection, attempt_id, draft, now)


def finish(connection: Connection, actor: Actor, attempt_id: str, now: datetime) -> str:
    """End the attempt with the answers so far; finishing again changes nothing."""
    attempt = allowed(rows.lock(connection, attempt_id), actor, Action.FINISH)
    now = timing.forward(now, attempt.last_event_at)
    attempt = expire_if_over(connection, attempt, now)
    if not state.is_over(attempt.status):
        pools = steps.pools_of(connection, attempt.plan)
        history = steps.history_of(attempt)
        attempt = steps.close(connection, replace(attempt, last_event_at=now), pools, history, EndReason.FINISHED, now)
        rows.save(connection, attempt)
    return _body(connection, attempt, now, None)


def expire_if_over(connection: Connection, attempt: Attempt, now: datetime) -> Attempt:
    """Close an attempt whose time is over, scoring the last draft; otherwise the attempt as it is."""
    now = timing.forward(now, attempt.last_event_at)
    if state.is_over(attempt.status) or timing.is_open(now, attempt.expires_at):
        return attempt
    assert attempt.expires_at is not None  # noqa: S101  (without a deadline it is open)
    ended = max(attempt.expires_at, attempt.last_event_at)
    draft = log.draft_of(connection, attempt.id)
    if draft is not None and draft.seq == attempt.seq and attempt.turn_item_version_id is not None:
        try:
            scored = scoring.score(connection, attempt.seed, attempt.turn_item_version_id, json.loads(draft.answer))
        except Invalid:
            pass  # a half-typed answer is no answer
        else:
            steps.record(connection, attempt, scored, "draft", None, ended, EndReason.TIME)
            return rows.find(connection, attempt.id)
    pools = steps.pools_of(connection, attempt.plan)
    history = steps.history_of(attempt)
    attempt = steps.close(connection, replace(attempt, last_event_at=ended), pools, history, EndReason.TIME, ended)
    rows.save(connection, attempt)
    return attempt


def _body(connection: Connection, attempt: Attempt, now: datetime, draft: Draft | None) -> str:
    pools, history = steps.pools_of(connection, attempt.plan), steps.history_of(attempt)
    standing, turn_text = shown.Standing(len(history), None, None, None), log.turn_of(connection, attempt)
    if turn_text is not None and (current := steps.active(attempt, pools)) is not None:
        domain, _ = current
        step = course.standing(pools[domain].pool, history, domain)
        decision = Decision(attempt.section_index, now, domain, None, None, {domain: step})
        standing = steps.progress_of(attempt, attempt.plan, pools, history, decision)
        turn_text = shown.with_draft(turn_text, draft, attempt.seq)
    return shown.body(attempt, standing, timing.forward(now, attempt.last_event_at), turn_text)


MAX_DRAFT = 64 * 1024


class DraftTooLong(Invalid):
    code = "answer.too_long"
    title = "This answer is too long"


class DraftNotUnicode(Invalid):
    code = "text.unicode"
    title = "A text is not valid Unicode"


def draft_text(raw: Mapping[str, Any]) -> str:
    """A draft as stored. It may be half an answer, so only its size is checked, and that a page can show it again.

    Raises:
        DraftTooLong
        DraftNotUnicode: half a surrogate pair.
    """
    try:
        json.dumps(raw, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise DraftNotUnicode("The draft is not valid Unicode text.") from error
    text = json.dumps(raw, ensure_ascii=True, separators=(",", ":"))
    if len(text) > MAX_DRAFT:
        raise DraftTooLong(f"A draft may have at most {MAX_DRAFT:,} characters.")
    return text
