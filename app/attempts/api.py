"""JSON routes of attempts: parse, call, shape; no decision."""

import hashlib
import json
import re
from operator import itemgetter
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response

from app.attempts import delivery, export, idempotency, schemas, starting
from app.attempts.log import Draft
from app.attempts.rows import NoSuchAttempt
from app.attempts.starting import Candidate, Order, fresh
from app.auth import tokens
from app.auth.permissions import Actor
from app.banks.catalogue import NoSuchProfile
from app.errors import Unauthorized
from app.http.paging import Asked, UnknownCursor, page
from app.http.route import (
    BODY_ERRORS,
    Asking,
    BrokenToken,
    Db,
    Now,
    StrictRoute,
    actor_of,
    database_of,
    declared,
    now_of,
)
from app.items.contract import AnswerNumber, AnswerShape, AnswerTooLong
from app.telemetry import ANSWERS, ATTEMPTS

router = APIRouter(prefix="/api/v1", tags=["attempts"], route_class=StrictRoute)

_OWN = (BrokenToken, NoSuchAttempt)
_REMAINING = re.compile(r'"time_remaining_s":[^,]+,')


def _json(text: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(text, status, headers, media_type="application/json")


def _known(actor: Actor) -> Actor:
    if actor.bearer is None and actor.browser is None:
        raise Unauthorized("Send `Authorization: Bearer pla_...`, the token that starting the attempt returned.")
    return actor


@router.get("/assessments", response_model=schemas.AssessmentList, responses=declared(UnknownCursor))
async def list_assessments(db: Db, window: Asked) -> Any:
    """What can be started now."""
    return page([vars(one) for one in await db.read(starting.offered)], window, itemgetter("id"))


@router.post(
    "/attempts",
    status_code=201,
    response_model=schemas.StartedShape,
    responses=declared(*BODY_ERRORS, starting.NoSuchAssessment, NoSuchProfile, idempotency.KeyReused),
)
async def start_attempt(
    body: schemas.StartBody,
    request: Request,
    db: Db,
    actor: Asking,
    now: Now,
    idempotency_key: Annotated[str | None, Header(max_length=200, description="Repeat safely.")] = None,
) -> Response:
    """Start an attempt at once. The body holds its token: keep it, it is shown this once."""
    candidate = Candidate(body.candidate.name, body.candidate.email) if body.candidate else None
    order = Order(body.assessment, body.mode, candidate, body.profile)
    secret = request.app.state.secret()
    # a key is its sender's own: two strangers who both send "1" must not be handed one attempt
    key = idempotency_key and f"{request.client.host if request.client else ''} {actor.browser} {idempotency_key}"
    parts = fresh(key and tokens.derived(tokens.ATTEMPT, secret, key))
    text = await db.write(
        idempotency.once,
        key,
        body.model_dump_json(),
        now,
        parts.token,
        starting.start,
        order,
        actor,
        parts,
        now,
    )
    ATTEMPTS.labels(body.assessment, "started").inc()
    return _json(text, 201, {"Location": f"/api/v1/attempts/{json.loads(text)['id']}"})


@router.get("/attempts/{attempt_id}", response_model=schemas.StateShape, responses=declared(*_OWN))
async def read_attempt(attempt_id: str, request: Request, db: Db, actor: Asking, now: Now) -> Response:
    """The state; the same turn, variant and option order however often it is asked."""
    _known(actor)
    text = await delivery.settle(db, actor, attempt_id, now)
    etag = f'"{hashlib.sha256(_REMAINING.sub("", text).encode()).hexdigest()[:24]}"'
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers={"ETag": etag})
    return _json(text, headers={"ETag": etag})


@router.put(
    "/attempts/{attempt_id}/draft",
    status_code=204,
    response_class=Response,
    responses=declared(*BODY_ERRORS, *_OWN, delivery.AnswerStale, delivery.AttemptExpired, AnswerTooLong),
)
async def put_draft(attempt_id: str, body: schemas.DraftBody, db: Db, actor: Asking, now: Now) -> Response:
    """Keep an unsent answer. The highest revision wins; it is scored if the time runs out."""
    draft = Draft(body.seq, body.revision, delivery.draft_text(body.answer))
    await db.write(delivery.keep_draft, _known(actor), attempt_id, draft, now)
    return Response(status_code=204)


@router.post(
    "/attempts/{attempt_id}/responses",
    response_model=schemas.StateShape,
    responses=declared(
        *BODY_ERRORS,
        *_OWN,
        delivery.AnswerConflict,
        delivery.AnswerStale,
        delivery.AttemptExpired,
        AnswerShape,
        AnswerNumber,
        AnswerTooLong,
    ),
)
async def submit_response(attempt_id: str, body: schemas.ResponseBody, request: Request) -> Response:
    """Answer the active turn. The same answer again returns the stored body, byte for byte."""
    # asked of the request itself: three dependencies would cost this route, the one under load, a twentieth of its time
    actor, db, now = _known(await actor_of(request)), await database_of(request), await now_of(request)
    text = await db.write(delivery.submit, actor, attempt_id, body.seq, body.item_id, body.answer, body.confidence, now)
    ANSWERS.inc()
    return _json(text)


@router.post(
    "/attempts/{attempt_id}/finish", response_model=schemas.StateShape, responses=declared(*BODY_ERRORS, *_OWN)
)
async def finish_attempt(attempt_id: str, db: Db, actor: Asking, now: Now) -> Response:
    """End early with the score so far. Finishing again changes nothing."""
    return _json(await db.write(delivery.finish, _known(actor), attempt_id, now))


@router.post(
    "/attempts/{attempt_id}/continue",
    status_code=201,
    response_model=schemas.StartedShape,
    responses=declared(*BODY_ERRORS, *_OWN, starting.CannotContinue),
)
async def continue_attempt(attempt_id: str, db: Db, actor: Asking, now: Now) -> Response:
    """Sharpen a finished quick test: a new attempt at the whole profile that begins with every answer given."""
    text = await db.write(starting.continue_, _known(actor), attempt_id, fresh(), now)
    return _json(text, 201, {"Location": f"/api/v1/attempts/{json.loads(text)['id']}"})


@router.get(
    "/attempts/{attempt_id}/replay",
    response_model=schemas.ReplayShape,
    responses=declared(*_OWN, export.AttemptOpen),
)
async def replay_attempt(attempt_id: str, db: Db, actor: Asking) -> Any:
    """Everything from which the attempt is derived again: seed, versions, answers (after it has ended)."""
    return await db.read(export.replay, _known(actor), attempt_id)
