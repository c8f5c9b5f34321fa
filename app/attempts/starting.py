"""Start an attempt, or continue a finished quick one into the whole profile with every answer kept."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from app.attempts import assessments, course, delivery, log, plan, rows, shown, state, steps, timing
from app.attempts.assessments import Assessment, Offer
from app.attempts.course import Given
from app.attempts.plan import PinnedBank, Plan, Section
from app.attempts.rows import Attempt
from app.attempts.state import Status
from app.auth import tokens
from app.auth.permissions import Action, Actor
from app.banks import catalogue, pool
from app.banks.catalogue import CurrentBank
from app.database.accounts import people
from app.database.attempts import attempts as attempts_table
from app.database.attempts import responses as responses_table
from app.errors import Conflict, NotFound
from app.measurement import exposure
from app.measurement.irt import ENGINE_VERSION


class NoSuchAssessment(NotFound):
    code = "assessment.not_found"
    title = "No such assessment"


class CannotContinue(Conflict):
    code = "attempt.cannot_continue"
    title = "This attempt cannot be continued"


@dataclass(frozen=True)
class Fresh:
    """The random parts of a new attempt, drawn at the edge so that everything below is replayable."""

    attempt_id: str
    token: str
    seed: bytes


def fresh(token: str | None = None) -> Fresh:
    """The random parts of a new attempt; called by routes alone."""
    return Fresh(tokens.new_id(), token or tokens.mint(tokens.ATTEMPT), secrets.token_bytes(16))


@dataclass(frozen=True)
class Candidate:
    name: str
    email: str


@dataclass(frozen=True)
class Order:
    """What a client asks for. `minutes`: the assessment's own limit times `time_factor`; None for no limit."""

    assessment: str
    mode: str = steps.SELF_ASSESSMENT
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


def start(connection: Connection, order: Order, actor: Actor, fresh: Fresh, now: datetime) -> str:
    """Start an attempt at once; returns its state as JSON, with the token that this one time is shown.

    Raises:
        NoSuchAssessment, NoSuchProfile
    """
    assessment = find_assessment(connection, order.assessment)
    profile = catalogue.profile(connection, order.profile or assessment.profile)
    pinned = _plan(connection, assessment, profile, order.time_factor, fresh)
    minutes = None if order.time_factor is None else assessment.minutes * order.time_factor
    attempt = _insert(connection, assessment.id, order, pinned, actor, fresh, timing.deadline(now, minutes), now)
    return _first_turn(connection, attempt, fresh, now)


def continue_(connection: Connection, actor: Actor, attempt_id: str, fresh: Fresh, now: datetime) -> str:
    """A new attempt at the whole profile that begins with every answer of a finished quick one; its state as JSON.

    Raises:
        CannotContinue: the attempt is still open, or not a quick one, or its banks are not offered any more.
    """
    quick = delivery.allowed(rows.lock(connection, attempt_id), actor, Action.CONTINUE)
    quick = delivery.expire_if_over(connection, quick, now)
    if not state.is_scored(quick.status) or not quick.plan.is_quick:
        raise CannotContinue("Only a finished quick test can be continued; finish it first.")
    assessment = find_assessment(connection, assessments.DEFAULT_PROFILE)
    kept = log.responses_of(connection, attempt_id)
    # the same versions as before, so that every answer keeps its item and its parameters
    sections = tuple(Section(domain, assessment.rules, None) for domain in quick.plan.domains)
    pinned = replace(quick.plan, sections=sections, budget_s=None, carried=len(kept))
    order = Order(assessment.id, quick.mode, time_factor=None)
    attempt = _insert(connection, assessment.id, order, pinned, actor, fresh, None, now)
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
    text = shown.body(attempt, standing, now, turn_text)
    return f'{{"id":{shown.dumps(attempt.id)},"token":{shown.dumps(fresh.token)},{text.split(",", 1)[1]}'


def _sections(assessment: Assessment, time_factor: float | None) -> tuple[Section, ...]:
    """The sections; in a timed attempt each has its own share of the time, after which no further item comes in it."""
    minutes = assessment.section_minutes or (None,) * len(assessment.domains)
    return tuple(
        Section(domain, assessment.rules, None if own is None or time_factor is None else own * time_factor)
        for domain, own in zip(assessment.domains, minutes, strict=True)
    )


def _plan(
    connection: Connection,
    assessment: Assessment,
    profile: catalogue.StoredProfile,
    time_factor: float | None,
    fresh: Fresh,
) -> Plan:
    current = {bank.domain: bank for bank in catalogue.banks(connection)}
    asked = {domain: float(target["weight"]) for domain, target in profile.content["domains"].items()}
    pinned = Plan(
        sections=_sections(assessment, time_factor),
        weights={domain: asked.get(domain, 0.0) for domain in assessment.domains},
        budget_s=assessment.budget_s,
        banks={domain: _pinned(current[domain]) for domain in assessment.domains},
        barred={},
        profile_version_id=profile.version_id,
        engine_version=ENGINE_VERSION,
    )
    return replace(pinned, barred=_barred(connection, pinned, fresh.seed))


def _pinned(bank: CurrentBank) -> PinnedBank:
    return PinnedBank(
        bank_version_id=bank.bank_version_id,
        number=bank.number,
        content_hash=bank.content_hash,
        parameter_version_id=bank.parameter_version_id,
        parameter_number=bank.parameter_number,
        parameter_hash=bank.parameter_hash,
        visibility=bank.visibility,
    )


def _barred(connection: Connection, pinned: Plan, seed: bytes) -> Mapping[str, tuple[str, ...]]:
    """What the exposure lottery takes out of this attempt; nothing while the bank is too small for it to act."""
    barred: dict[str, tuple[str, ...]] = {}
    for section in pinned.sections:
        bank = pinned.banks[section.domain]
        if not section.rules.lottery or bank.visibility == "open":
            continue  # an open bank serves self-assessment: its keys are public, so exposure has nothing to guard
        known = pool.load(connection, bank.bank_version_id, bank.parameter_version_id)
        if len(known.entries) < 5 * section.rules.max_items:
            continue
        seen, total = _exposure(connection, section.domain)
        places = exposure.draw_barred(
            known.pool,
            seen,
            total,
            exposure.EXPOSURE_LIMIT,
            course.generator(seed, -1),
            max_items=section.rules.max_items,
        )
        barred[section.domain] = tuple(sorted(known.pool.item_ids[place] for place in places))
    return barred


def _exposure(connection: Connection, domain: str) -> tuple[dict[str, float], int]:
    """The share of attempts that saw each item of a domain, and the number of attempts."""
    rows = connection.execute(
        select(responses_table.c.item_id, func.count())
        .where(responses_table.c.domain == domain)
        .group_by(responses_table.c.item_id)
    ).all()
    total = connection.execute(
        select(func.count(responses_table.c.attempt_id.distinct())).where(responses_table.c.domain == domain)
    ).scalar_one()
    return {item_id: count / max(total, 1) for item_id, count in rows}, total


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
