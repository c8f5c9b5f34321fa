"""Errors to RFC 9457 problem documents or to a page, once. Never an echo of what was sent."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from app.errors import AppError, BadRequest, FieldError, Invalid, NotFound, TooLarge
from app.http import render
from app.telemetry import PROBLEMS, log

MAX_BODY = 256 * 1024
LIMIT_TEXT = f"The limit is {MAX_BODY // 1024} KiB here."
MOST_ECHOED = 80  # characters of the address that an answer repeats: to find one's way, not to reflect what was sent


class ProblemField(BaseModel):
    path: str
    message: str


class Problem(BaseModel):
    """What every error looks like (application/problem+json)."""

    type: str = Field(examples=["/docs#answer.stale"])
    title: str
    status: int
    code: str = Field(examples=["answer.stale"], description="Stable: programs decide by it.")
    detail: str
    instance: str
    errors: list[ProblemField] = []


class MethodNotAllowed(AppError):
    status = 405
    code = "request.method"
    title = "This address does not take that method"


class Internal(AppError):
    """A fault of ours. The log has the rest, under the same request id."""


class UnknownField(Invalid):
    code = "request.unknown_field"
    title = "The input has a field that is not known"


class WrongType(Invalid):
    code = "request.type"
    title = "A value has the wrong type"


class OutOfRange(Invalid):
    code = "request.range"
    title = "A value is out of range"


class ControlCharacter(Invalid):
    code = "text.control_character"
    title = "A text holds characters that are not allowed"


class NotUnicode(Invalid):
    code = "text.unicode"
    title = "A text is not valid Unicode"


class MissingField(Invalid):
    code = "request.missing"
    title = "A value is missing"


class NotJson(BadRequest):
    code = "request.json"
    title = "The body is not JSON"


class NotUtf8(BadRequest):
    code = "request.encoding"
    title = "The body is not UTF-8"


_KINDS: dict[str, type[AppError]] = {
    "extra_forbidden": UnknownField,
    "missing": MissingField,
    "json_invalid": NotJson,
    ControlCharacter.code: ControlCharacter,
    NotUnicode.code: NotUnicode,
    "string_unicode": NotUnicode,
}
_RANGE_WORDS = (
    "parsing_size",
    "greater_than",
    "less_than",
    "too_long",
    "too_short",
    "literal_error",
    "enum",
    "pattern",
    "multiple_of",
)
_MESSAGES = {
    "extra_forbidden": "not an input field",
    "missing": "is needed and missing",
    "int_parsing_size": "the number has too many digits",
    "string_unicode": "not valid Unicode text",
}


def install(app: FastAPI) -> None:
    """Answer every kind of error that can leave a route."""
    app.add_exception_handler(AppError, _app_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)


def document(error: AppError, path: str) -> dict[str, Any]:
    """The problem document of an error that happened at this path."""
    return {
        "type": f"/docs#{error.code}",
        "title": error.title,
        "status": error.status,
        "code": error.code,
        "detail": error.detail,
        "instance": path,
        "errors": [{"path": field.path, "message": field.message} for field in error.errors],
        **error.extra,
    }


def answer(request: Request, error: AppError) -> Response:
    """A problem document for programs, a page for people."""
    PROBLEMS.labels(error.code).inc()
    headers = {"Retry-After": str(error.retry_after_s)} if error.retry_after_s is not None else {}
    path = request.url.path
    if path.startswith(("/api/", "/healthz", "/readyz", "/metrics", "/openapi.json")):
        text = json.dumps(document(error, path[:MOST_ECHOED]), ensure_ascii=True)
        return Response(text, error.status, headers, media_type="application/problem+json")
    return render.error_page(request, error, headers)


async def _app_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, AppError)  # noqa: S101  (the handler is registered for this class)
    if error.__cause__ is not None and error.status >= Internal.status:
        # a full disk and a lock look alike from outside; a traceback each would fill what is left of the disk
        reason = str(error.__cause__).splitlines()[0][:200]
        log.error(f"storage: {type(error.__cause__).__name__}: {reason}", code=error.code)
    return answer(request, error)


async def _validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    return answer(request, from_pydantic(error.errors()))


def from_pydantic(problems: Sequence[Mapping[str, Any]]) -> AppError:
    """One error of ours from Pydantic's list: the first decides the code, all are listed, no input value is kept."""
    fields = []
    for problem in problems[:20]:
        place = [str(part) for part in problem["loc"] if part not in ("body", "query", "path", "header")]
        message = _MESSAGES.get(problem["type"], str(problem["msg"]).removeprefix("Value error, "))
        fields.append(FieldError(".".join(place)[:80], message[:200]))
    kind = str(problems[0]["type"])
    error = _KINDS.get(kind) or (OutOfRange if any(word in kind for word in _RANGE_WORDS) else WrongType)
    if any(part == "path" for part in problems[0]["loc"][:1]):
        error = NotFound
    detail = "; ".join(f"{f.path}: {f.message}" if f.path else f.message for f in fields)
    return error(detail, errors=fields)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    if error.status_code == NotFound.status:
        return answer(request, NotFound("There is nothing at this address."))
    if error.status_code == MethodNotAllowed.status:
        allowed = ", ".join(_methods_at(request)) or (error.headers or {}).get("Allow", "")
        response = answer(request, MethodNotAllowed(f"Use {allowed or 'another method'}."))
        response.headers["Allow"] = allowed
        return response
    if error.status_code == TooLarge.status:
        return answer(request, TooLarge(LIMIT_TEXT))
    return answer(request, BadRequest("The request cannot be read."))


def _methods_at(request: Request) -> list[str]:
    """Every method that the address takes: the error names those of one route, and GET and POST may have one each."""
    found: set[str] = set()
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        scope = {**request.scope, "method": method}
        if any(route.matches(scope)[0] is Match.FULL for route in request.app.routes):
            found.add(method)
    return sorted(found)


def internal(request: Request, error: Exception) -> Response:
    """The answer to a fault of ours; the log has the traceback under the same reference."""
    log.error("unhandled error", exc_info=error)
    request_id = structlog.contextvars.get_contextvars().get("request_id", "unknown")
    return answer(
        request,
        Internal(f"The fault is on our side and has been logged. Nothing you did is lost. Reference: {request_id}."),
    )
