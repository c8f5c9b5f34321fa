"""What routes ask for: the database, the time, who is asking; and the check that no query parameter is unknown."""

import json
import math
import re
from collections.abc import Callable, Collection, Coroutine, Iterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError
from starlette.responses import Response

from app.auth import tokens
from app.auth.permissions import Actor
from app.database.engine import Database
from app.errors import AppError, BadRequest, FieldError, Invalid, MediaType, TooLarge, Unauthorized, Unavailable
from app.http.bodies import Timeout
from app.http.busy import Overloaded
from app.http.problems import (
    ControlCharacter,
    MissingField,
    NotJson,
    NotUnicode,
    NotUtf8,
    OutOfRange,
    Problem,
    UnknownField,
    WrongType,
)
from app.http.protection import LOOPBACK, Ambiguous, ContentEncoding, CrossSite, Site, UnknownHost

BROWSER_COOKIE = "pl_browser"
_YEAR_S = 365 * 24 * 3600


class UnknownParameter(Invalid):
    code = "request.unknown_parameter"
    title = "The address has a parameter that is not known"


class BrokenToken(Unauthorized):
    code = "token.invalid"
    title = "The token is not complete"


async def database_of(request: Request) -> Database:
    """The database of the application."""
    db: Database = request.app.state.db
    return db


async def now_of(request: Request) -> datetime:
    """The server's time."""
    moment: datetime = request.app.state.clock()
    return moment


async def actor_of(request: Request) -> Actor:
    """Who asks, by the digests of the tokens that came along.

    Raises:
        BrokenToken: a bearer token is not complete.
    """
    header = request.headers.get("authorization", "")
    bearer = None
    if header:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not tokens.is_whole(token.strip(), tokens.ATTEMPT):
            raise BrokenToken(
                "Send `Authorization: Bearer pla_...` with the whole token that starting the attempt returned."
            )
        bearer = tokens.digest(token.strip())
    cookie = request.cookies.get(browser_cookie(request), "")
    browser = tokens.digest(cookie) if tokens.is_whole(cookie, tokens.BROWSER) else None
    return Actor(bearer, browser)


Db = Annotated[Database, Depends(database_of)]
Now = Annotated[datetime, Depends(now_of)]
Asking = Annotated[Actor, Depends(actor_of)]


DEEPEST = 32  # levels of a body; an answer needs three
_TOO_MANY_DIGITS = re.compile(rb"[\[:,\s]-?[0-9]{4301}")  # Python reads no more: it would take quadratic time


class DuplicateKey(BadRequest):
    code = "request.duplicate_key"
    title = "A name is given twice"


class _Parsed(Request):
    """A request whose JSON has been read already."""

    value: Any = None

    async def json(self) -> Any:
        return self.value


Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class StrictRoute(APIRoute):
    """A route that refuses what a reader could take for something else.

    Unknown and repeated query parameters: a typo in a filter must not widen a list. In a body the same name twice, NaN
    and infinite numbers, and what is not UTF-8: a proxy before us may read them in another way.
    """

    def get_route_handler(self) -> Handler:
        handler = super().get_route_handler()
        allowed = frozenset(_query_names(self.dependant))
        direct = _direct(self.dependant)

        async def strict(request: Request) -> Response:
            if request.scope["query_string"]:
                check_query(request, allowed)
            if self.body_field is None:
                return await handler(request)
            parsed = _Parsed(request.scope, request.receive)
            body = await parsed.body()
            parsed.value = read_json(body) if body else None
            return await (direct or handler)(parsed)

        return strict


def _direct(dependant: Dependant) -> Callable[[_Parsed], Coroutine[Any, Any, Response]] | None:
    """A shorter way to an endpoint that asks for a path, one body and the request, and returns a response: the answers.

    FastAPI's own way resolves dependencies that are not there; that is a twentieth of the time of an answer.
    """
    others = (dependant.dependencies, dependant.query_params, dependant.header_params, dependant.cookie_params)
    if any(others) or len(dependant.body_params) != 1 or dependant.request_param_name is None:
        return None
    field, endpoint, asking = dependant.body_params[0], dependant.call, dependant.request_param_name
    adapter: TypeAdapter[Any] = TypeAdapter(field.field_info.annotation or dict[str, Any])

    async def call(request: _Parsed) -> Response:
        try:
            body = adapter.validate_python(request.value)
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False, include_input=False)
            if request.value is None:
                found = [{"type": "missing", "loc": (), "msg": "", "input": None}]
            raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in found]) from None
        assert endpoint is not None  # noqa: S101  (a route has one)
        response: Response = await endpoint(**request.path_params, **{field.name: body, asking: request})
        return response

    return call


def _query_names(dependant: Dependant) -> Iterator[str]:
    yield from (field.alias for field in dependant.query_params)
    for below in dependant.dependencies:
        yield from _query_names(below)


def read_json(body: bytes) -> Any:
    """The value of a JSON text.

    Raises:
        NotUtf8
        NotJson: it is not JSON, or too deep, or has a number that no float can hold.
        OutOfRange: a whole number has thousands of digits.
        DuplicateKey: an object has a name twice.
    """
    try:
        value = _decoder.decode(body.decode())
    except UnicodeDecodeError as error:
        raise NotUtf8(f"The body is not UTF-8 from byte {error.start + 1} on.") from error
    except (ValueError, RecursionError) as error:
        if _TOO_MANY_DIGITS.search(body):
            raise OutOfRange("A whole number has too many digits.") from error
        raise NotJson("The body cannot be read as JSON.") from error
    if not _is_flat(value, DEEPEST):
        raise NotJson(f"The JSON is nested deeper than {DEEPEST} levels.")
    return value


def _is_flat(value: Any, levels: int) -> bool:
    if isinstance(value, dict):
        value = list(value.values())
    return not isinstance(value, list) or (levels > 0 and all(_is_flat(one, levels - 1) for one in value))


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise DuplicateKey("A name is given twice in one object.")
    return found


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("too large for a number")
    return number


def _not_a_number(_text: str) -> Any:
    raise ValueError("not a number in JSON")


_decoder = json.JSONDecoder(object_pairs_hook=_distinct, parse_float=_finite, parse_constant=_not_a_number)


def check_query(request: Request, allowed: Collection[str]) -> None:
    """Raises UnknownParameter for a query parameter that is not allowed, or comes twice."""
    names = [name for name, _ in request.query_params.multi_items()]
    for name in names:
        if name not in allowed:
            raise UnknownParameter(
                f"{name[:40]}: unknown parameter", errors=[FieldError(name[:40], "unknown parameter")]
            )
        if names.count(name) > 1:
            raise UnknownParameter(f"{name[:40]}: given twice", errors=[FieldError(name[:40], "given twice")])


def is_secure(request: Request) -> bool:
    """Whether Secure cookies work here: https, or the loopback that browsers trust like it."""
    site: Site = request.app.state.site
    return site.is_https(request.url.scheme, request.headers.get("host", "")) or request.url.hostname in LOOPBACK


def browser_cookie(request: Request) -> str:
    """The name of the anonymous browser's cookie: `__Host-` where the browser allows it."""
    return f"__Host-{BROWSER_COOKIE}" if is_secure(request) else BROWSER_COOKIE


def remember_browser(request: Request, response: Response, token: str) -> None:
    """Hand the browser its own token, out of reach of scripts and other sites."""
    response.set_cookie(
        browser_cookie(request),
        token,
        max_age=_YEAR_S,
        path="/",
        httponly=True,
        secure=is_secure(request),
        samesite="lax",  # a link in one's own mail must open one's result; unsafe methods are checked by origin
    )


# what every route can answer, and what those with a body can
ANY_ERRORS: tuple[type[AppError], ...] = (UnknownParameter, UnknownHost, Ambiguous, Overloaded)
BODY_ERRORS: tuple[type[AppError], ...] = (
    NotJson,
    NotUtf8,
    DuplicateKey,
    CrossSite,
    Timeout,
    TooLarge,
    MediaType,
    ContentEncoding,
    UnknownField,
    MissingField,
    WrongType,
    OutOfRange,
    ControlCharacter,
    NotUnicode,
)


def declared(*errors: type[AppError]) -> dict[int | str, dict[str, Any]]:
    """The problems of a route for OpenAPI, with an example each: these and those that any route can answer."""
    by_status: dict[int | str, dict[str, Any]] = {}
    tokenless = (Unauthorized,) if BrokenToken in errors else ()
    for error in (*errors, *tokenless, *ANY_ERRORS, Unavailable):
        entry = by_status.setdefault(
            error.status,
            {"model": Problem, "description": error.title, "content": {"application/problem+json": {"examples": {}}}},
        )
        entry["content"]["application/problem+json"]["examples"][error.code] = {
            "value": {
                "type": f"/docs#{error.code}",
                "title": error.title,
                "status": error.status,
                "code": error.code,
                "detail": error.title + ".",
                "instance": "/api/v1/...",
                "errors": [],
            }
        }
    return by_status
