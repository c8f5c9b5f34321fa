"""Derive an attempt again from its seed, its pinned versions and its answers, and say where stored values differ."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.attempts import course, timing
from app.attempts.course import Given
from app.attempts.plan import Plan
from app.attempts.state import EndReason
from app.banks.pool import DomainPool

TOLERANCE = 1e-9


@dataclass(frozen=True)
class Logged:
    """One step as it was stored; `rescored` is the score computed again from the answer."""

    seq: int
    item_id: str
    domain: str
    score: float
    rescored: float
    theta: float
    se: float
    source: str
    at: datetime


@dataclass(frozen=True)
class Sitting:
    """What surrounds the steps. `turn_item` is the active item, None when there is none."""

    plan: Plan
    seed: bytes
    started_at: datetime
    expires_at: datetime | None
    seq: int
    turn_item: str | None
    end_reason: str | None


def differences(sitting: Sitting, pools: Mapping[str, DomainPool], steps: Sequence[Logged]) -> Iterator[str]:
    """Every way in which the stored attempt is not what its log implies (I1, I3-I6, I15 of the invariants)."""
    plan = sitting.plan
    engine_pools = {domain: known.pool for domain, known in pools.items()}
    if [step.seq for step in steps] != list(range(1, len(steps) + 1)):
        yield f"the log's numbers are {[step.seq for step in steps]}, expected 1 to {len(steps)} without a gap"
        return
    if sitting.seq != len(steps) + 1:
        yield f"the attempt says question {sitting.seq} is next; its log has {len(steps)} answers"
    if len({step.item_id for step in steps}) != len(steps):
        yield "an item was given twice"
    history: list[Given] = []
    now, index, section_started_at = sitting.started_at, 0, sitting.started_at
    decision = course.decide(plan, engine_pools, [], sitting.seed, now, index, section_started_at)
    for position, step in enumerate(steps):
        if position == plan.carried and position:
            decision = course.decide(
                plan, engine_pools, history, sitting.seed, sitting.started_at, 0, sitting.started_at
            )
            index, section_started_at = decision.section_index, decision.section_started_at
        carried = position < plan.carried
        if not carried:
            yield from _wrong_turn(decision, pools, step)
        yield from _wrong_time(sitting, step, now)
        if not abs(step.score - step.rescored) <= TOLERANCE:  # NaN differs from everything
            yield f"question {step.seq}: stored score {step.score}, its answer scores {step.rescored}"
        history.append(Given(step.domain, pools[step.domain].position[step.item_id], step.rescored))
        now = max(now, step.at)
        standing = course.standing(engine_pools[step.domain], history, step.domain)
        if not (abs(step.theta - standing.theta) <= TOLERANCE and abs(step.se - standing.se) <= TOLERANCE):
            yield (
                f"question {step.seq}: stored theta {step.theta:.12g} +- {step.se:.12g}, "
                f"the log gives {standing.theta:.12g} +- {standing.se:.12g}"
            )
        if not carried:
            decision = course.decide(plan, engine_pools, history, sitting.seed, step.at, index, section_started_at)
            index, section_started_at = decision.section_index, decision.section_started_at
    if plan.carried and len(steps) == plan.carried:
        decision = course.decide(plan, engine_pools, history, sitting.seed, sitting.started_at, 0, sitting.started_at)
    yield from _wrong_end(sitting, decision, pools)


def _wrong_turn(decision: course.Decision, pools: Mapping[str, DomainPool], step: Logged) -> Iterator[str]:
    due = _due(decision, pools)
    if due != step.item_id:
        yield f"question {step.seq}: {step.item_id} was given, the seed and the answers lead to {due or 'the end'}"


def _wrong_time(sitting: Sitting, step: Logged, last: datetime) -> Iterator[str]:
    if sitting.expires_at is not None and step.at > sitting.expires_at + timing.GRACE:
        yield f"question {step.seq} was answered at {step.at}, after the deadline {sitting.expires_at} and its grace"
    if step.at < last:
        yield f"question {step.seq} was answered at {step.at}, before the event at {last}"


def _wrong_end(sitting: Sitting, decision: course.Decision, pools: Mapping[str, DomainPool]) -> Iterator[str]:
    due = _due(decision, pools)
    if sitting.end_reason is None and sitting.turn_item != due:
        yield f"the active item is {sitting.turn_item}, the seed and the answers lead to {due or 'the end'}"
    by_choice = sitting.end_reason in (EndReason.FINISHED, EndReason.TIME)
    if sitting.end_reason is not None and not by_choice and decision.reason != sitting.end_reason:
        yield f"the attempt ended as {sitting.end_reason}, its log says {decision.reason or 'it goes on'}"


def _due(decision: course.Decision, pools: Mapping[str, DomainPool]) -> str | None:
    if decision.domain is None or decision.item is None:
        return None
    return pools[decision.domain].entries[decision.item].item_id
