"""JSON routes of attempts: parse, call, shape; no decision."""

import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from operator import itemgetter
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response

from app.attempts import delivery, export, idempotency, schemas, starting
from app.attempts.feedback import NoPractice
from app.attempts.log import Draft
from app.attempts.rows import NoSuchAttempt
from app.attempts.starting import Candidate, Order, fresh, fresh_continuation
from app.attempts.state import Mode
from app.auth import tokens
from app.auth.permissions import Actor
from app.banks.catalogue import NoSuchProfile
from app.errors import TooMany, Unauthorized
from app.http.paging import Asked, UnknownCursor, page
from app.http.rates import rates_of, refused, whose
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

Key = Annotated[str | None, Header(alias="Idempotency-Key", max_length=200, description="Repeat safely.")]

_OWN = (BrokenToken, NoSuchAttempt)
_REMAINING = re.compile(r'"time_remaining_s":[^,]+,')


def _json(text: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(text, status, headers, media_type="application/json")


async def _under(secrets: Sequence[bytes], make: Callable[[bytes], Awaitable[str]]) -> str:
    """Make it with the secret in force; what was made under a former one is found again under that."""
    *others, last = secrets
    for secret in others:
        with suppress(idempotency.KeyReused, starting.AlreadyContinued):
            return await make(secret)
    return await make(last)


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
    responses=declared(
        *BODY_ERRORS, starting.NoSuchAssessment, NoSuchProfile, NoPractice, idempotency.KeyReused, TooMany
    ),
)
async def start_attempt(
    body: schemas.StartBody,
    request: Request,
    db: Db,
    actor: Asking,
    now: Now,
    idempotency_key: Key = None,
) -> Response:
    """Start an attempt at once. The body holds its token: keep it, it is shown this once."""
    rates_of(request).check_start(request)
    candidate = Candidate(body.candidate.name, body.candidate.email) if body.candidate else None
    mode = Mode(body.mode)
    order = Order(body.assessment, mode, candidate, body.profile, None if mode is Mode.PRACTICE else 1.0)
    # a key is its sender's own: two strangers who both send "1" must not be handed one attempt
    key = idempotency_key and f"{request.client.host if request.client else ''} {actor.browser} {idempotency_key}"

    async def begun(secret: bytes) -> str:
        parts = fresh(key and tokens.derived(tokens.ATTEMPT, secret, key))
        return await db.write(
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

    text = await _under(request.app.state.secrets(), begun)
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
    responses=declared(*BODY_ERRORS, *_OWN, delivery.AnswerStale, delivery.AttemptExpired, AnswerTooLong, TooMany),
)
async def put_draft(
    attempt_id: str, body: schemas.DraftBody, request: Request, db: Db, actor: Asking, now: Now
) -> Response:
    """Keep an unsent answer. The highest revision wins; it is scored if the time runs out."""
    rates_of(request).check_draft(whose(_known(actor), attempt_id))
    draft = Draft(body.seq, body.revision, delivery.draft_text(body.answer))
    await db.write(delivery.keep_draft, _known(actor), attempt_id, draft, now)
    return Response(status_code=204)


@router.post(
    "/attempts/{attempt_id}/responses",
    response_model=schemas.AnsweredShape,
    responses=declared(
        *BODY_ERRORS,
        *_OWN,
        delivery.AnswerConflict,
        delivery.AnswerStale,
        delivery.AttemptExpired,
        AnswerShape,
        AnswerNumber,
        AnswerTooLong,
        TooMany,
    ),
)
async def submit_response(attempt_id: str, body: schemas.ResponseBody, request: Request) -> Response:
    """Answer the active turn. The same answer again returns the stored body, byte for byte."""
    # asked of the request itself: three dependencies would cost this route, the one under load, a twentieth of its time
    actor, db, now = _known(await actor_of(request)), await database_of(request), await now_of(request)
    rates, keys = rates_of(request), whose(actor, attempt_id)
    wait_s = rates.answer(keys, body.seq)
    if wait_s and not await db.read(delivery.is_repeat, actor, attempt_id, body.seq):  # which is never refused
        raise refused(wait_s, "answers")
    text = await db.write(delivery.submit, actor, attempt_id, body.seq, body.item_id, body.answer, body.confidence, now)
    rates.answered(keys, body.seq)
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
    responses=declared(*BODY_ERRORS, *_OWN, starting.CannotContinue, starting.AlreadyContinued, TooMany),
)
async def continue_attempt(
    attempt_id: str, request: Request, db: Db, actor: Asking, now: Now, idempotency_key: Key = None
) -> Response:
    """Sharpen a finished quick test: a new attempt at the whole profile that begins with every answer given.

    An attempt is continued once. Repeating this is safe: it returns the same new attempt and token, in its present
    state; with an `Idempotency-Key` the first body, byte for byte.
    """
    rates_of(request).check_start(request)
    # the sender's own credentials are in the key, so nobody gets this answer without them
    key = idempotency_key and f"{_known(actor).bearer} {actor.browser} {attempt_id} {idempotency_key}"

    async def continued(secret: bytes) -> str:
        parts = fresh_continuation(secret, attempt_id)
        return await db.write(
            idempotency.once,
            key,
            attempt_id,
            now,
            parts.token,
            starting.continue_,
            _known(actor),
            attempt_id,
            parts,
            now,
        )

    text = await _under(request.app.state.secrets(), continued)
    return _json(text, 201, {"Location": f"/api/v1/attempts/{json.loads(text)['id']}"})


@router.get(
    "/attempts/{attempt_id}/replay",
    response_model=schemas.ReplayShape,
    responses=declared(*_OWN, export.AttemptOpen),
)
async def replay_attempt(attempt_id: str, db: Db, actor: Asking) -> Any:
    """Everything from which the attempt is derived again: seed, versions, answers (after it has ended)."""
    return await db.read(export.replay, _known(actor), attempt_id)
