"""The few kinds of error, each with a status, a stable code and a title. Features subclass where they raise.

AppError
  BadRequest 400 · Unauthorized 401 · Forbidden 403 · NotFound 404 · Conflict 409 · Gone 410
  TooLarge 413 · MediaType 415 · Invalid 422 · TooMany 429 · Unavailable 503
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class FieldError:
    """One place in an input and what is wrong there. `path` is dotted ("answer.option"); never the value itself."""

    path: str
    message: str


class AppError(Exception):
    """What happened, what was expected, what to do: `detail` is read by a person, `code` by a program."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    title: ClassVar[str] = "Something went wrong on our side"

    def __init__(
        self,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        extra: Mapping[str, Any] | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = tuple(errors)
        self.extra = dict(extra or {})
        self.retry_after_s = retry_after_s


class BadRequest(AppError):
    status = 400
    code = "request.invalid"
    title = "The request cannot be read"


class Unauthorized(AppError):
    status = 401
    code = "unauthorized"
    title = "This needs a valid token"


class Forbidden(AppError):
    status = 403
    code = "forbidden"
    title = "This is not allowed"


class NotFound(AppError):
    status = 404
    code = "not_found"
    title = "Not found"


class Conflict(AppError):
    status = 409
    code = "conflict"
    title = "This does not fit the present state"


class Gone(AppError):
    status = 410
    code = "gone"
    title = "This has ended"


class TooLarge(AppError):
    status = 413
    code = "request.too_large"
    title = "The request is too large"


class MediaType(AppError):
    status = 415
    code = "request.media_type"
    title = "This media type is not accepted"


class Invalid(AppError):
    status = 422
    code = "invalid"
    title = "Something in the input is not acceptable"


class TooMany(AppError):
    status = 429
    code = "rate_limited"
    title = "Too many requests"


class Unavailable(AppError):
    status = 503
    code = "storage.unavailable"
    title = "The service cannot store anything just now"
