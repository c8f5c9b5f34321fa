"""Start an attempt, or continue a finished quick one into the whole profile with every answer kept."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, insert, select

from app.attempts import assessments, course, delivery, feedback, log, pinning, plan, rows, shown, state, steps, timing
from app.attempts.assessments import Assessment, Offer
from app.attempts.course import Given
from app.attempts.plan import Plan, Section
from app.attempts.rows import Attempt
from app.attempts.state import Mode, Status
from app.auth import tokens
from app.auth.permissions import Action, Actor
from app.banks import catalogue
from app.database.accounts import people
from app.database.attempts import attempts as attempts_table
from app.errors import Conflict, NotFound


class NoSuchAssessment(NotFound):
    code = "assessment.not_found"
    title = "No such assessment"


class CannotContinue(Conflict):
    code = "attempt.cannot_continue"
    title = "This attempt cannot be continued"


class AlreadyContinued(Conflict):
    code = "attempt.continued"
    title = "This attempt was continued before"


@dataclass(frozen=True)
class Fresh:
    """The random parts of a new attempt, drawn at the edge so that everything below is replayable."""

    attempt_id: str
    token: str
    seed: bytes


def fresh(token: str | None = None) -> Fresh:
    """The random parts of a new attempt; called by routes alone."""
    return Fresh(tokens.new_id(), token or tokens.mint(tokens.ATTEMPT), secrets.token_bytes(16))


def fresh_continuation(server_secret: bytes, attempt_id: str) -> Fresh:
    """The random parts of the one continuation of an attempt, its token derived so that a repeat can show it again."""
    # no header holds the control character, so no Idempotency-Key of a start derives the same token
    return fresh(tokens.derived(tokens.ATTEMPT, server_secret, f"\0continues {attempt_id}"))


@dataclass(frozen=True)
class Candidate:
    name: str
    email: str


@dataclass(frozen=True)
class Order:
    """What a client asks for. The limit is the assessment's own times `time_factor`; None for no limit."""

    assessment: str
    mode: str = Mode.ASSESS
    candidate: Candidate | None = None
    profile: str | None = None
    time_factor: float | None = 1.0


def offered(connection: Connection) -> tuple[Assessment, ...]:
    """The assessments that can be started now."""
    banks = [bank for bank in catalogue.banks(connection) if bank.is_adaptive]
    weights = _weights(connection, assessments.DEFAULT_PROFILE) if banks else {}
    return assessments.offered(
        [Offer(bank.domain, bank.title, int(bank.definition["minutes"]), bank.live_items) for bank in banks], weights
    )


def find_assessment(connection: Connection, assessment_id: str) -> Assessment:
    """One assessment by id.

    Raises:
        NoSuchAssessment: it is not offered.
    """
    for one in offered(connection):
        if one.id == assessment_id:
            return one
    raise NoSuchAssessment("There is no such assessment; GET /api/v1/assessments lists them.")


def _weights(connection: Connection, profile_id: str) -> dict[str, float]:
    content = catalogue.profile(connection, profile_id).content
    return {domain: float(target["weight"]) for domain, target in content["domains"].items()}


def can_be_practised(connection: Connection, assessment: Assessment) -> bool:
    """Whether its solutions may be shown: not if they are those of a private bank."""
    visibility = {bank.domain: bank.visibility for bank in catalogue.banks(connection)}
    return all(visibility[domain] == "open" for domain in assessment.domains)


def start(connection: Connection, order: Order, actor: Actor, fresh: Fresh, now: datetime) -> str:
    """Start an attempt at once; returns its state as JSON, with the token that this one time is shown.

    Raises:
        NoSuchAssessment, NoSuchProfile
        NoPractice: it would show the solutions of a private bank.
    """
    assessment = find_assessment(connection, order.assessment)
    if order.mode == Mode.PRACTICE and not can_be_practised(connection, assessment):
        raise feedback.NoPractice(
            "Practice shows the solutions, and this test has questions of a private bank. Take the test itself."
        )
    profile = catalogue.profile(connection, order.profile or assessment.profile)
    pinned = pinning.pinned(connection, assessment, profile, order.time_factor, fresh.seed)
    minutes = None if order.time_factor is None else assessment.minutes * order.time_factor
    attempt = _insert(connection, assessment.id, order, pinned, actor, fresh, timing.deadline(now, minutes), now)
    return _first_turn(connection, attempt, fresh, now)


def continue_(connection: Connection, actor: Actor, attempt_id: str, fresh: Fresh, now: datetime) -> str:
    """A new attempt at the whole profile that begins with every answer of a finished quick one; its state as JSON.

    An attempt is continued once: a repeat gets the state of the same continuation. The lock on its row gives the order.

    Raises:
        CannotContinue: the attempt is still open, or not a quick one, or practice, or its banks are not offered any
            more.
        AlreadyContinued: the continuation has another token than `fresh`, and only its hash is kept.
    """
    quick = delivery.allowed(rows.lock(connection, attempt_id), actor, Action.CONTINUE)
    quick = delivery.expire_if_over(connection, quick, now)
    if not state.is_scored(quick.status) or not quick.plan.is_quick:
        raise CannotContinue("Only a finished quick test can be continued; finish it first.")
    if quick.mode == Mode.PRACTICE:
        raise CannotContinue("Practice cannot be continued: its solutions were shown, so its answers measure nothing.")
    if (known := continuation_of(connection, quick.id)) is not None:
        return _continued(connection, rows.find(connection, known), fresh, now)
    assessment = find_assessment(connection, assessments.DEFAULT_PROFILE)
    kept = log.responses_of(connection, attempt_id)
    # the same versions as before, so that every answer keeps its item and its parameters
    sections = tuple(Section(domain, assessment.rules, None) for domain in quick.plan.domains)
    pinned = replace(quick.plan, sections=sections, budget_s=None, carried=len(kept))
    order = Order(assessment.id, quick.mode, time_factor=None)
    owner = Actor(browser=actor.browser or quick.browser_hash)  # also when it is asked for by the token alone
    attempt = _insert(connection, assessment.id, order, pinned, owner, fresh, None, now)
    pools = steps.pools_of(connection, pinned)
    history = [Given(r.domain, pools[r.domain].position[r.item_id], r.score) for r in kept]
    # the variants were drawn from the quick attempt's seed, so the new attempt keeps it
    attempt = replace(
        attempt, seed=quick.seed, seq=len(kept) + 1, continues=quick.id, history=steps.history_text(pinned, history)
    )
    connection.execute(
        attempts_table.update()
        .where(attempts_table.c.id == attempt.id)
        .values(seed=quick.seed.hex(), seq=attempt.seq, continues=quick.id, person_id=_person_of(connection, quick.id))
    )
    for index, response in enumerate(kept):
        step = course.standing(pools[response.domain].pool, history[: index + 1], response.domain)
        carried = replace(response, source="carried", theta=step.theta, se=step.se, at=now)
        log.append(connection, attempt.id, carried, body="")
    return _first_turn(connection, attempt, fresh, now)


def continuation_of(connection: Connection, attempt_id: str) -> str | None:
    """The attempt that continues this one."""
    return connection.execute(
        select(attempts_table.c.id)
        .where(attempts_table.c.continues == attempt_id)
        .order_by(attempts_table.c.created_at)
        .limit(1)
    ).scalar()


def _continued(connection: Connection, attempt: Attempt, fresh: Fresh, now: datetime) -> str:
    if attempt.token_hash != tokens.digest(fresh.token):  # begun under another server secret, or before repeats
        raise AlreadyContinued(
            f"This attempt was continued as {attempt.id}. Go on with that one and the token it came with.",
            extra={"attempt": attempt.id},
        )
    return _with_token(delivery.show(connection, Actor(bearer=attempt.token_hash), attempt.id, now), fresh.token)


def _with_token(body: str, token: str) -> str:
    """The state with the token behind its id."""
    first, rest = body.split(",", 1)
    return f'{first},"token":{shown.dumps(token)},{rest}'


def _person_of(connection: Connection, attempt_id: str) -> str | None:
    person: str | None = connection.execute(
        select(attempts_table.c.person_id).where(attempts_table.c.id == attempt_id)
    ).scalar_one()
    return person


def _first_turn(connection: Connection, attempt: Attempt, fresh: Fresh, now: datetime) -> str:
    pinned = attempt.plan
    pools, history = steps.pools_of(connection, pinned), steps.history_of(attempt)
    decision = steps.advance(attempt, pinned, pools, history, now)
    attempt, turn_text = steps.turn_taken(connection, attempt, pools, decision, now)
    if decision.reason is not None:
        attempt = steps.close(connection, attempt, pools, history, decision.reason, now)
    if turn_text is not None:
        log.keep_first_turn(connection, attempt.id, turn_text)
    rows.save(connection, attempt)
    standing = steps.progress_of(attempt, pinned, pools, history, decision)
    return _with_token(shown.body(attempt, standing, now, turn_text), fresh.token)


def _insert(
    connection: Connection,
    assessment_id: str,
    order: Order,
    pinned: Plan,
    actor: Actor,
    fresh: Fresh,
    expires_at: datetime | None,
    now: datetime,
) -> Attempt:
    person_id = None
    if order.candidate is not None:
        person_id = tokens.new_id()
        connection.execute(
            insert(people),
            {"id": person_id, "name": order.candidate.name, "email": order.candidate.email, "created_at": now},
        )
    connection.execute(
        insert(attempts_table),
        {
            "id": fresh.attempt_id,
            "assessment": assessment_id,
            "mode": order.mode,
            "status": state.move(Status.CREATED, Status.ACTIVE),
            "person_id": person_id,
            "token_hash": tokens.digest(fresh.token),
            "browser_hash": actor.browser,
            "seed": fresh.seed.hex(),
            "plan": plan.dump(pinned),
            "created_at": now,
            "started_at": now,
            "expires_at": expires_at,
            "last_event_at": now,
            "seq": 1,
            "history": "[]",
            "section_index": 0,
            "section_started_at": now,
        },
    )
    return rows.find(connection, fresh.attempt_id)
