"""Collects from the rows what the report needs: pinned versions, posteriors from the log, reviewed items."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from app.attempts import course, delivery, export, log, rows, scoring, starting, state, steps
from app.attempts.rows import Attempt
from app.attempts.state import Mode
from app.auth.permissions import Action, Actor
from app.banks import catalogue
from app.banks.pool import DomainPool
from app.database.attempts import attempts as attempts_table
from app.database.banks import bank_items, bank_versions
from app.errors import Conflict
from app.items import registry
from app.measurement import estimation, scale
from app.profiles.roles import Profile
from app.results import report
from app.results.schemas import ResponseResult, Result

RenderReview = Callable[[str, Mapping[str, Any]], str]  # (item type, review) -> HTML
REFERENCE_SCORE = "accomplished"


class AttemptOpen(Conflict):
    code = "attempt.open"
    title = "The attempt is still open"


class AttemptJudging(Conflict):
    code = "attempt.judging"
    title = "A program is still being judged"


@dataclass(frozen=True, eq=False)
class Reviewed:
    """The result and what pages need beside it."""

    result: Result
    attempt: Attempt


def result(connection: Connection, actor: Actor, attempt_id: str, render_review: RenderReview) -> Reviewed:
    """The result of an attempt, from its log and the versions that it pinned.

    It writes nothing: whoever asks closes an attempt whose time is over first (`delivery.settle`).

    Raises:
        NoSuchAttempt
        AttemptOpen: finish first.
        AttemptJudging: wait.
    """
    attempt = delivery.allowed(rows.find(connection, attempt_id), actor, Action.READ)
    if not state.is_over(attempt.status):
        raise AttemptOpen("Finish the test first; the result follows at once.")
    if not state.is_scored(attempt.status):
        raise AttemptJudging("A program is still being judged; ask again in a moment.", retry_after_s=2)
    pools = steps.pools_of(connection, attempt.plan)
    score = log.latest_score(connection, attempt_id)
    assert score is not None  # noqa: S101  (scored and its event are written in one transaction)
    profile = _profile(connection, attempt)
    facts = report.Facts(
        attempt=attempt.id,
        assessment=attempt.assessment,
        parameter_version=_parameter_version(attempt),
        calibrated=False,
        bank_visibility="private"
        if any(bank.visibility == "private" for bank in attempt.plan.banks.values())
        else "open",
        human_responses=_human_responses(connection, attempt),
        scored_at=score.scored_at,
        score_version=score.score_version,
        practice=attempt.mode == Mode.PRACTICE,
    )
    responses = log.responses_of(connection, attempt_id)
    history = steps.history_of(attempt)
    built = report.build(
        facts,
        [_domain(connection, pools[domain], history, attempt, profile) for domain in attempt.plan.domains],
        profile,
        [_as_profile(stored) for stored in catalogue.profiles(connection)],
        offers=_offers(connection, attempt),
        responses=_responses(connection, attempt, responses, render_review),
    )
    return Reviewed(built, attempt)


def _as_profile(stored: catalogue.StoredProfile) -> Profile:
    return Profile.model_validate(stored.content).model_copy(update={"version": stored.number})


def _profile(connection: Connection, attempt: Attempt) -> Profile | None:
    version_id = attempt.plan.profile_version_id
    return None if version_id is None else _as_profile(catalogue.profile_version(connection, version_id))


def _parameter_version(attempt: Attempt) -> str:
    return ", ".join(f"{domain} {bank.parameter_number}" for domain, bank in sorted(attempt.plan.banks.items()))


def _human_responses(connection: Connection, attempt: Attempt) -> int:
    """How many answers by people stand behind the item parameters: none, as long as they are judged."""
    del connection, attempt
    return 0


def _domain(
    connection: Connection, known: DomainPool, history: list[course.Given], attempt: Attempt, profile: Profile | None
) -> report.Domain:
    step = course.standing(known.pool, history, known.domain)
    answered = [(one.item, int(one.score)) for one in history if one.domain == known.domain]
    asked = profile.domains.get(known.domain) if profile else None
    asked_of = {int(known.pool.skill[item]) for item, _ in answered}
    offsets = {}
    for index, skill in enumerate(known.pool.skill_names):
        if index not in asked_of:
            continue
        level = (asked.skill(skill).level if asked else None) or REFERENCE_SCORE
        offsets[skill] = estimation.skill_offset(
            known.pool.log_table,
            answered,
            known.pool.skill == index,
            target_theta=scale.target_theta(level),
            shift_sd=known.pool.shift_sd,
        )
    definition = connection.execute(
        select(bank_versions.c.definition).where(bank_versions.c.id == attempt.plan.banks[known.domain].bank_version_id)
    ).scalar_one()
    return report.Domain(
        id=known.domain,
        title=known.title,
        weights=step.weights,
        items=len(answered),
        skills=known.skill_titles,
        skill_shares={skill["id"]: skill["weight"] for skill in definition["blueprint"]["skills"]},
        offsets=offsets,
    )


def _offers(connection: Connection, attempt: Attempt) -> report.Offers:
    """What can follow: a test of its own in every domain, for a quick test going on with these answers, all anew."""
    offered = starting.offered(connection)
    tests = {one.domains[0]: one.minutes for one in offered if len(one.domains) == 1 and one.budget_s is None}
    sharpen = (
        {domain: tests[domain] for domain in attempt.plan.domains if domain in tests} if attempt.plan.is_quick else {}
    )
    anew = next((one.minutes for one in offered if one.id == attempt.assessment), None)
    return report.Offers(tests=tests, sharpen=sharpen, anew=anew)


def _responses(
    connection: Connection, attempt: Attempt, responses: tuple[log.Response, ...], render_review: RenderReview
) -> list[ResponseResult]:
    numbers = export.item_numbers(connection, responses)
    reviewed = []
    for response in responses:
        concrete = scoring.variant(connection, attempt.seed, response.item_version_id)
        item_type = registry.type_of(concrete.item)
        review = item_type.review(concrete, json.loads(response.answer))
        reviewed.append(
            ResponseResult(
                seq=response.seq,
                item_id=response.item_id,
                version=numbers[response.item_version_id],
                score=response.score,
                review_html=render_review(item_type.name, review),
            )
        )
    return reviewed


def history_of(
    connection: Connection, actor: Actor, most: int, after: str | None = None
) -> tuple[list[dict[str, Any]], bool]:
    """The attempts that this browser started, newest first, and whether there are older ones: for "my tests".

    Args:
        after: the attempt with which the page before ended; one that is not theirs is as none.
    """
    if actor.browser is None:
        return [], False
    columns, mine = attempts_table.c, attempts_table.c.browser_hash == actor.browser
    query = (
        select(
            columns.id,
            columns.assessment,
            columns.mode,
            columns.status,
            columns.created_at,
            columns.expires_at,
            (columns.seq - 1).label("answered"),
        )
        .where(mine)
        .order_by(columns.created_at.desc(), columns.id.desc())
        .limit(most + 1)
    )
    last = connection.execute(select(columns.created_at, columns.id).where(mine, columns.id == after)).first()
    if last is not None:
        earlier = columns.created_at < last.created_at
        query = query.where(or_(earlier, and_(columns.created_at == last.created_at, columns.id < last.id)))
    found = [dict(row._mapping) for row in connection.execute(query)]
    return found[:most], len(found) > most


def titles(connection: Connection) -> dict[str, str]:
    """Assessment id -> title, for lists."""
    return {one.id: one.title for one in starting.offered(connection)}


def size(connection: Connection) -> int:
    """How many items are on offer in all, for the home page."""
    current = [bank.bank_version_id for bank in catalogue.banks(connection)]
    return connection.execute(
        select(func.count()).select_from(bank_items).where(bank_items.c.bank_version_id.in_(current))
    ).scalar_one()
