"""An ended attempt as the document from which anybody with the same banks derives it again."""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, select

from app.attempts import delivery, log, plan, rows, state
from app.attempts.log import Response
from app.attempts.shown import rfc3339
from app.auth.permissions import Action, Actor
from app.database.banks import item_versions
from app.errors import Conflict


class AttemptOpen(Conflict):
    code = "attempt.open"
    title = "The attempt is still open"


def replay(connection: Connection, actor: Actor, attempt_id: str) -> dict[str, Any]:
    """The replay document of an ended attempt.

    Raises:
        NoSuchAttempt, AttemptOpen
    """
    attempt = delivery.allowed(rows.find(connection, attempt_id), actor, Action.READ)
    if not state.is_over(attempt.status):
        raise AttemptOpen("Finish the attempt first; its seed would tell what comes next.")
    responses = log.responses_of(connection, attempt_id)
    versions = item_numbers(connection, responses)
    assert attempt.started_at is not None  # noqa: S101  (an ended attempt was started)
    return {
        "attempt": attempt.id,
        "assessment": attempt.assessment,
        "seed": attempt.seed.hex(),
        "started_at": rfc3339(attempt.started_at),
        "expires_at": None if attempt.expires_at is None else rfc3339(attempt.expires_at),
        "status": attempt.status,
        "end_reason": attempt.end_reason,
        "versions": plan.dump(attempt.plan),
        "steps": [
            {
                "seq": response.seq,
                "item_id": response.item_id,
                "version": versions[response.item_version_id],
                "answer": json.loads(response.answer),
                "score": response.score,
                "theta": response.theta,
                "se": response.se,
                "source": response.source,
                "domain": response.domain,
                "at": rfc3339(response.at),
            }
            for response in responses
        ],
    }


def item_numbers(connection: Connection, responses: Iterable[Response]) -> dict[int, int]:
    """The version number of each answered item, by item version id."""
    ids = [response.item_version_id for response in responses]
    rows = connection.execute(select(item_versions.c.id, item_versions.c.version).where(item_versions.c.id.in_(ids)))
    return {row.id: row.version for row in rows}
