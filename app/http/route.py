"""What routes ask for: the database, the time, who is asking; and the check that no query parameter is unknown."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.responses import Response

from app.auth import tokens
from app.auth.permissions import Actor
from app.database.engine import Database
from app.errors import AppError, FieldError, Invalid, MediaType, TooLarge, Unauthorized
from app.http.problems import NotJson, Problem, UnknownField, WrongType
from app.http.protection import LOOPBACK, CrossSite

BROWSER_COOKIE = "pl_browser"
_YEAR_S = 365 * 24 * 3600


class UnknownParameter(Invalid):
    code = "request.unknown_parameter"
    title = "The address has a parameter that is not known"


class BrokenToken(Unauthorized):
    code = "token.invalid"
    title = "The token is not complete"


async def _db(request: Request) -> Database:
    db: Database = request.app.state.db
    return db


async def _now(request: Request) -> datetime:
    moment: datetime = request.app.state.clock()
    return moment


async def _actor(request: Request) -> Actor:
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


Db = Annotated[Database, Depends(_db)]
Now = Annotated[datetime, Depends(_now)]
Asking = Annotated[Actor, Depends(_actor)]


async def known_query_only(request: Request) -> None:
    """Refuse unknown and repeated query parameters: a typo in a filter must not widen a list."""
    if not request.url.query:
        return
    route: Any = request.scope.get("route")
    allowed = {field.alias for field in route.dependant.query_params}
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
    return request.url.scheme == "https" or request.url.hostname in LOOPBACK


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


# what every route with a body can answer
BODY_ERRORS: tuple[type[AppError], ...] = (NotJson, CrossSite, TooLarge, MediaType, UnknownField, WrongType)


def declared(*errors: type[AppError]) -> dict[int | str, dict[str, Any]]:
    """The problems of a route for OpenAPI, with an example each."""
    by_status: dict[int | str, dict[str, Any]] = {}
    kinds: tuple[type[AppError], ...] = (*errors, UnknownParameter)
    for error in kinds:
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
