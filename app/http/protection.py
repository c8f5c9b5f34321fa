"""One pass around every request: id, size, host, media type, cross-site check, security headers, log and metrics.

A plain ASGI wrapper, because each layer of middleware would cost the hot path some 30 us.
"""

import os
import time
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

import structlog
from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import AppError, Forbidden, MediaType, TooLarge
from app.http import problems
from app.telemetry import LATENCY, REQUESTS, log

MAX_BODY = problems.MAX_BODY
SLOW_S = 1.0
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})

PAGE_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types plumbline"
)
API_CSP = "default-src 'none'; frame-ancestors 'none'"
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",  # no-referrer would make Chromium send `Origin: null` on our own forms
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), clipboard-read=(), payment=()",
}
HSTS = "max-age=63072000; includeSubDomains"
_FIXED = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
_API_CSP, _PAGE_CSP = API_CSP.encode(), PAGE_CSP.encode()


class CrossSite(Forbidden):
    code = "csrf"
    title = "Cross-site request refused"


class UnknownHost(AppError):
    status = 421
    code = "request.host"
    title = "Unknown host"


class ContentEncoding(MediaType):
    code = "request.content_encoding"
    title = "Compressed bodies are not accepted"


@dataclass(frozen=True)
class Site:
    """What the deployment calls itself; without a base URL every host is its own origin, as on a first run."""

    base_url: str | None

    def knows(self, host: str) -> bool:
        return (
            self.base_url is None or _name(host) in LOOPBACK or _plain(host) == _plain(urlsplit(self.base_url).netloc)
        )

    def origins(self, scheme: str, host: str) -> frozenset[str]:
        own = {f"{scheme}://{host}"}
        if self.base_url:
            parts = urlsplit(self.base_url)
            own.add(f"{parts.scheme}://{_plain(parts.netloc)}")
        return frozenset(own)

    def is_https(self, scheme: str, host: str) -> bool:
        """Whether people reach this host by https, also where a proxy in between speaks http with us."""
        named = self.base_url or ""
        return scheme == "https" or (named.startswith("https:") and _plain(host) == _plain(urlsplit(named).netloc))


def _plain(host: str) -> str:
    """A host as it is compared: lower case, without the port that its scheme implies."""
    return host.lower().removesuffix(":443").removesuffix(":80")


def _name(host: str) -> str:
    return host.rsplit(":", 1)[0] if not host.endswith("]") else host


class Protection:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self.app = app
        self.site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = os.urandom(8).hex()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        status: int | None = None
        wanted = scope["method"]
        if wanted == "HEAD":  # link checkers and monitors; every GET answers it, without the body
            scope = {**scope, "method": "GET"}

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(MutableHeaders(scope=message), scope, request_id, self.site)
            elif wanted == "HEAD":
                message = {**message, "body": b""}
            await send(message)

        try:
            refused = refusal(scope, self.site)
            if refused is not None:
                await problems.answer(Request(scope), refused)(scope, receive, send_with_headers)
            else:
                await self.app(scope, _within_limit(scope, receive), send_with_headers)
        except Exception as error:
            if status is not None:
                raise  # too late to answer: the connection breaks, which is honest
            await problems.internal(Request(scope), error)(scope, receive, send_with_headers)
        finally:
            _record(scope, status or 500, time.perf_counter() - started)


def refusal(scope: Scope, site: Site) -> AppError | None:
    """Why this request is not let in, or None."""
    headers = Headers(scope=scope)
    host = headers.get("host", "")
    if not site.knows(host):
        return UnknownHost("This service does not answer for that host name; see PLUMBLINE_BASE_URL.")
    if scope["method"] not in UNSAFE:
        return None
    length = headers.get("content-length", "0")
    if length.isdigit() and int(length) > MAX_BODY:
        return TooLarge(problems.LIMIT_TEXT)
    if "content-encoding" in headers:
        return ContentEncoding("Send the body as it is, without compression.")
    # a page's form is checked without a cookie too: starting a test sets one; an API call without one needs its token
    is_browsers = "cookie" in headers or not scope["path"].startswith("/api/")
    if is_browsers and not _same_site(headers, scope["scheme"], host, site):
        return CrossSite("This request came from another site and was refused. Open the page here and try again.")
    media = headers.get("content-type", "").split(";")[0].strip().lower()
    has_body = length != "0" or "transfer-encoding" in headers
    if scope["path"].startswith("/api/") and media != "application/json" and (has_body or "cookie" in headers):
        return MediaType("Send application/json.")
    return None


def _same_site(headers: Headers, scheme: str, host: str, site: Site) -> bool:
    """Whether no other site is behind the request: a browser sends one of these two headers with every form."""
    origin = headers.get("origin")
    if origin is not None:
        return origin in site.origins(scheme, host)
    fetch_site = headers.get("sec-fetch-site")
    return fetch_site in ("same-origin", "none") or (fetch_site is None and "cookie" not in headers)


def _within_limit(scope: Scope, receive: Receive) -> Receive:
    """The body, cut off at the limit where its length is not told beforehand (a told one was checked already)."""
    if not any(name == b"transfer-encoding" for name, _ in scope["headers"]):
        return receive
    seen = 0

    async def receive_within_limit() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > MAX_BODY:
            # FastAPI turns every other error in a body into its own 400
            raise HTTPException(TooLarge.status)
        return message

    return receive_within_limit


def _add_headers(headers: MutableHeaders, scope: Scope, request_id: str, site: Site) -> None:
    path = scope["path"]
    raw = headers.raw
    raw.extend(_FIXED)  # nobody below sets them, so no search for each
    raw.append((b"x-request-id", request_id.encode()))
    raw.append((b"content-security-policy", _API_CSP if path.startswith("/api/") else _PAGE_CSP))
    if scope["scheme"] == "https" or (site.base_url and site.is_https("http", Headers(scope=scope).get("host", ""))):
        raw.append((b"strict-transport-security", HSTS.encode()))
    if "cache-control" not in headers:  # assets bring their own
        raw.append((b"cache-control", b"no-store"))


def _record(scope: Scope, status: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", "unmatched")
    requests, latency = _meters(route, scope["method"], status)
    requests.inc()
    latency.observe(seconds)
    # what went well is in the metrics; a line for each would cost the answer path a tenth of its time
    if status >= 400 or seconds > SLOW_S:
        log.info("request", method=scope["method"], route=route, status=status, ms=round(seconds * 1000, 1))


@lru_cache(maxsize=1024)  # routes x methods x statuses; looking labels up costs more than counting
def _meters(route: str, method: str, status: int) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(route, method, status), LATENCY.labels(route)
