"""JSON route of the result."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request

from app.attempts import delivery
from app.attempts.rows import NoSuchAttempt
from app.errors import Unauthorized
from app.http import render
from app.http.route import Asking, BrokenToken, Db, Now, StrictRoute, declared
from app.results import assemble
from app.results.schemas import Result

router = APIRouter(prefix="/api/v1", tags=["results"], route_class=StrictRoute)


@router.get(
    "/attempts/{attempt_id}/result",
    response_model=Result,
    responses=declared(BrokenToken, NoSuchAttempt, assemble.AttemptOpen, assemble.AttemptJudging),
)
async def read_result(attempt_id: str, request: Request, db: Db, actor: Asking, now: Now) -> Any:
    """The result with its uncertainty: levels, comparison with the profile, next steps, the answers reviewed."""
    if actor.bearer is None and actor.browser is None:
        raise Unauthorized("Send `Authorization: Bearer pla_...`, the token that starting the attempt returned.")

    await delivery.settle(db, actor, attempt_id, now)

    def review(item_type: str, content: Mapping[str, Any]) -> str:
        return render.fragment(request, f"items/{item_type}/review.html", {"review": content})

    reviewed = await db.read(assemble.result, actor, attempt_id, review)
    return reviewed.result
