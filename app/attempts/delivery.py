"""An attempt under way: show the state, take an answer or a draft, finish, expire. Each is one transaction's work."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.attempts import course, log, rows, scoring, shown, state, timing
from app.attempts.course import Decision, Given
from app.attempts.log import Draft, Response
from app.attempts.plan import Plan
from app.attempts.rows import Attempt, NoSuchAttempt
from app.attempts.state import EndReason, Status
from app.auth.permissions import Action, Actor, can
from app.banks import pool
from app.banks.pool import DomainPool
from app.errors import Conflict, Gone, Invalid
from app.measurement import scale
from app.measurement.adaptive import Step

SELF_ASSESSMENT = "assess"


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


def pools_of(connection: Connection, plan: Plan) -> dict[str, DomainPool]:
    """The pinned pools of an attempt by domain."""
    return {
        domain: pool.load(connection, bank.bank_version_id, bank.parameter_version_id)
        for domain, bank in plan.banks.items()
    }


def history_of(attempt: Attempt) -> list[Given]:
    """The response log as the engine's history, from the attempt's own row (`db verify` compares it with the log)."""
    domains = attempt.plan.domains
    return [Given(domains[section], item, score) for section, item, score in json.loads(attempt.history)]


def history_text(plan: Plan, history: Sequence[Given]) -> str:
    """The history as it is kept in the attempt's row."""
    places = {domain: place for place, domain in enumerate(plan.domains)}
    return shown.dumps([[places[given.domain], given.item, given.score] for given in history])


def active(attempt: Attempt, pools: Mapping[str, DomainPool]) -> tuple[str, int] | None:
    """(domain, place in its pool) of the active item; None when no turn is active."""
    if attempt.turn_item_version_id is None:
        return None
    for domain in attempt.plan.domains:
        place = pools[domain].place.get(attempt.turn_item_version_id)
        if place is not None:
            return domain, place
    raise LookupError(f"attempt {attempt.id}: the active item is in none of its pools")


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
    current = active(attempt, pools := pools_of(connection, attempt.plan))
    if current is None or seq != attempt.seq or pools[current[0]].entries[current[1]].item_id != item_id:
        raise _stale(connection, attempt)
    assert attempt.turn_item_version_id is not None  # noqa: S101  (an active turn has its item)
    scored = scoring.score(connection, attempt.seed, attempt.turn_item_version_id, raw)
    return record(connection, attempt, scored, "answer", confidence, now)


def _repeated(connection: Connection, attempt: Attempt, seq: int, item_id: str, raw: Mapping[str, Any]) -> str:
    """The stored body of an answer that comes again, byte for byte."""
    known = log.acknowledged(connection, attempt.id, seq)
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
    ended = attempt.expires_at or attempt.last_event_at
    return AttemptExpired(f"Time was over at {ended:%H:%M:%S} UTC; {kept} answers are kept and scored.")


def record(
    connection: Connection,
    attempt: Attempt,
    scored: scoring.Scored,
    source: str,
    confidence: float | None,
    now: datetime,
    ending: EndReason | None = None,
) -> str:
    """Append the step to the log, advance the engine, store the next turn; returns the state that is acknowledged.

    With `ending` the attempt is closed after this answer whatever the engine would do.
    """
    plan, pools = attempt.plan, pools_of(connection, attempt.plan)
    current = active(attempt, pools)
    assert current is not None  # noqa: S101  (callers checked that a turn is active)
    assert attempt.turn_item_version_id is not None  # noqa: S101
    domain, place = current
    history = [*history_of(attempt), Given(domain, place, scored.score.fraction)]
    decision = advance(attempt, plan, pools, history, now)
    if ending is not None:
        decision = replace(decision, domain=None, item=None, reason=ending)
    after = decision.steps[domain]
    response = Response(
        attempt.seq,
        attempt.turn_item_version_id,
        pools[domain].entries[place].item_id,
        domain,
        scored.canonical,
        scored.score.fraction,
        after.theta,
        after.se,
        confidence,
        source,
        now,
    )
    following, turn_text = turn_taken(connection, attempt, pools, decision, now)
    following = replace(following, seq=attempt.seq + 1, history=history_text(plan, history))
    if decision.reason is not None:
        following = close(connection, following, pools, history, decision.reason, now)
    rows.save(connection, following)
    body = shown.body(following, progress_of(following, plan, pools, history, decision), now, turn_text)
    log.append(connection, attempt.id, response, body)  # a draft of this turn may stay: only the active turn's counts
    return body


def advance(
    attempt: Attempt, plan: Plan, pools: Mapping[str, DomainPool], history: Sequence[Given], now: datetime
) -> Decision:
    """What comes next, by the pure course."""
    return course.decide(
        plan,
        {domain: known.pool for domain, known in pools.items()},
        history,
        attempt.seed,
        now,
        attempt.section_index,
        attempt.section_started_at or now,
    )


def turn_taken(
    connection: Connection, attempt: Attempt, pools: Mapping[str, DomainPool], decision: Decision, now: datetime
) -> tuple[Attempt, str | None]:
    """The attempt with the decision carried out, and its next turn as it is shown, or None when there is none."""
    going = replace(
        attempt,
        last_event_at=now,
        section_index=decision.section_index,
        section_started_at=decision.section_started_at,
        turn_item_version_id=None,
    )
    if decision.domain is None or decision.item is None:
        return going, None
    entry = pools[decision.domain].entries[decision.item]
    view = scoring.view(connection, attempt.seed, entry.item_version_id)
    seq = attempt.seq if attempt.turn_item_version_id is None else attempt.seq + 1
    return replace(going, turn_item_version_id=entry.item_version_id), shown.turn(seq, view)


def keep_draft(connection: Connection, actor: Actor, attempt_id: str, draft: Draft, now: datetime) -> None:
    """Keep an unsent answer; it is scored if the time runs out.

    Raises:
        AnswerStale: the draft is not for the active turn.
        AttemptExpired: the time is over.
    """
    attempt = allowed(rows.lock(connection, attempt_id), actor, Action.ANSWER)
    now = timing.forward(now, attempt.last_event_at)
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
        pools = pools_of(connection, attempt.plan)
        history = history_of(attempt)
        attempt = close(connection, replace(attempt, last_event_at=now), pools, history, EndReason.FINISHED, now)
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
            record(connection, attempt, scored, "draft", None, ended, EndReason.TIME)
            return rows.find(connection, attempt.id)
    pools = pools_of(connection, attempt.plan)
    history = history_of(attempt)
    attempt = close(connection, replace(attempt, last_event_at=ended), pools, history, EndReason.TIME, ended)
    rows.save(connection, attempt)
    return attempt


def close(
    connection: Connection,
    attempt: Attempt,
    pools: Mapping[str, DomainPool],
    history: Sequence[Given],
    reason: EndReason,
    now: datetime,
) -> Attempt:
    """End the attempt and, as nothing is left to judge, score it in the same transaction."""
    over = Status.EXPIRED if reason is EndReason.TIME else Status.COMPLETED
    status = state.move(state.move(attempt.status, over), Status.SCORED)
    log.add_score(connection, attempt.id, 1, attempt.plan.engine_version, final_scores(attempt, pools, history), now)
    log.drop_draft(connection, attempt.id)
    return replace(attempt, status=status, ended_at=now, end_reason=reason, turn_item_version_id=None)


def final_scores(attempt: Attempt, pools: Mapping[str, DomainPool], history: Sequence[Given]) -> list[dict[str, Any]]:
    """What a score event keeps: per domain theta, standard error, level and its probabilities, from the log alone."""
    scores = []
    for domain in attempt.plan.domains:
        step = course.standing(pools[domain].pool, history, domain)
        scores.append(
            {
                "domain": domain,
                "theta": step.theta,
                "se": step.se,
                "level": scale.level(step.theta),
                "level_probabilities": scale.level_probabilities(step.weights),
                "items": sum(1 for one in history if one.domain == domain),
            }
        )
    return scores


def progress_of(
    attempt: Attempt, plan: Plan, pools: Mapping[str, DomainPool], history: Sequence[Given], decision: Decision
) -> shown.Standing:
    """Progress and the estimate for the candidate, in the domain of the turn that comes."""
    domain = decision.domain
    if domain is None:
        return shown.Standing(len(history), None, None, None)
    engine_pools = {name: known.pool for name, known in pools.items()}
    step: Step = decision.steps[domain]
    progress = course.progress(plan, engine_pools, history, decision.section_index, domain, step)
    return shown.Standing(len(history), progress, domain, step if attempt.mode == SELF_ASSESSMENT else None)


def _body(connection: Connection, attempt: Attempt, now: datetime, draft: Draft | None) -> str:
    pools, history = pools_of(connection, attempt.plan), history_of(attempt)
    standing, turn_text = shown.Standing(len(history), None, None, None), log.turn_of(connection, attempt)
    if turn_text is not None and (current := active(attempt, pools)) is not None:
        domain, _ = current
        step = course.standing(pools[domain].pool, history, domain)
        decision = Decision(attempt.section_index, now, domain, None, None, {domain: step})
        standing = progress_of(attempt, attempt.plan, pools, history, decision)
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
