"""One step of an attempt: the answer into the log, the engine forward, the next turn rendered; or the end, scored."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.attempts import course, feedback, log, rows, scoring, shown, state
from app.attempts.course import Decision, Given
from app.attempts.log import Response
from app.attempts.plan import Plan
from app.attempts.rows import Attempt
from app.attempts.state import EndReason, Mode, Status
from app.banks import pool
from app.banks.pool import DomainPool
from app.measurement import scale
from app.measurement.adaptive import Step


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
    told = feedback.of(connection, attempt, scored) if attempt.mode == Mode.PRACTICE else None
    body = shown.body(following, progress_of(following, plan, pools, history, decision), now, turn_text, told)
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
    # before its first answer a domain has no estimate, only what is known of everybody
    is_told = attempt.mode == Mode.ASSESS and any(given.domain == domain for given in history)
    return shown.Standing(len(history), progress, domain, step if is_told else None)


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
