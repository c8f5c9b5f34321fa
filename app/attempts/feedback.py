"""What practice shows after each answer: the score, the key, why, and the worked solution. For practice alone."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from app.attempts import log, rows, scoring
from app.attempts.rows import Attempt, NoSuchAttempt
from app.attempts.scoring import Scored
from app.attempts.state import Mode
from app.auth.permissions import Action, Actor, can
from app.errors import Forbidden
from app.items import registry


class NoPractice(Forbidden):
    code = "practice.private"
    title = "This test cannot be practised"


@dataclass(frozen=True)
class Solution:
    """An answered question with its solution, for a page. `review` is what the type's review.html shows."""

    seq: int
    domain: str
    item_type: str
    score: float
    is_skipped: bool
    review: Mapping[str, Any]


def of(connection: Connection, attempt: Attempt, scored: Scored) -> dict[str, Any]:
    """The feedback on the answer that a practice attempt just gave to its active turn, as the API tells it.

    score: 0..1; key: the right answer as a candidate would send it; why: safe HTML, or None where there is nothing to
    say about this answer; rationale_html: the worked solution, as the review in a result has it.
    """
    assert attempt.mode == Mode.PRACTICE  # noqa: S101  (in any other mode this is a leak)
    assert attempt.turn_item_version_id is not None  # noqa: S101  (it was just answered)
    concrete = scoring.variant(connection, attempt.seed, attempt.turn_item_version_id)
    item_type = registry.type_of(concrete.item)
    review = item_type.review(concrete, scored.answer)
    return {
        "score": scored.score.fraction,
        "key": item_type.key(concrete),
        "why": review["why_html"],
        "rationale_html": review["rationale_html"],
    }


def solution(connection: Connection, actor: Actor, attempt_id: str, seq: int) -> Solution | None:
    """The solution of a question that this practice attempt has answered; None for every other question and mode.

    Raises:
        NoSuchAttempt: there is none, or it is not the actor's.
    """
    attempt = rows.find(connection, attempt_id)
    if not can(actor, Action.READ, attempt.resource):
        raise NoSuchAttempt()
    known = log.acknowledged(connection, attempt_id, seq)
    if attempt.mode != Mode.PRACTICE or known is None:
        return None
    concrete = scoring.variant(connection, attempt.seed, log.item_version_at(connection, attempt_id, seq))
    item_type = registry.type_of(concrete.item)
    review = item_type.review(concrete, json.loads(known[1]))
    return Solution(seq, concrete.item.domain, item_type.name, review["score"], review["skipped"], review)
