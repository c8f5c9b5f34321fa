"""One pass around every request: room, id, host, size, cross-site check, body, security headers, log and metrics.

A plain ASGI wrapper, because each layer of middleware would cost the hot path some 30 us.
"""

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

import structlog
from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import AppError, BadRequest, Forbidden, MediaType, NotFound, TooLarge
from app.http import admission, bodies, busy, problems
from app.http.admission import Gate
from app.telemetry import LATENCY, REQUESTS, log

MAX_BODY = problems.MAX_BODY
CLIENT_GONE = 499  # in log and metrics, as nginx counts it
SLOW_S = 1.0
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_METHODS = UNSAFE | {"GET", "HEAD", "OPTIONS"}
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
_SINGLE = (b"host", b"origin", b"sec-fetch-site", b"content-length", b"transfer-encoding", b"content-type")
_API_CSP, _PAGE_CSP = API_CSP.encode(), PAGE_CSP.encode()


class CrossSite(Forbidden):
    code = "csrf"
    title = "Cross-site request refused"


class UnknownHost(AppError):
    status = 421
    code = "request.host"
    title = "Unknown host"


class Ambiguous(BadRequest):
    """What is before us and we could take the request for two different ones; its connection is closed."""


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

    def __init__(self, app: ASGIApp, site: Site, gate: Gate, body_wait_s: float = bodies.WAIT_S) -> None:
        self.app = app
        self.site = site
        self.gate = gate
        self.body_wait_s = body_wait_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refused = turned_away(scope, self.gate, self.site)
        if refused is not None:
            headers, body = refused
            await send({"type": "http.response.start", "status": busy.Overloaded.status, "headers": headers})
            await send({"type": "http.response.body", "body": body})
            return
        started = time.perf_counter()
        request_id = os.urandom(8).hex()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        status: int | None = None
        let_in, closes = True, False
        wanted = scope["method"]
        if wanted == "HEAD":  # link checkers and monitors; every GET answers it, without the body
            scope = {**scope, "method": "GET"}

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(message["headers"], scope, request_id, self.site)
                if closes:
                    message["headers"].append((b"connection", b"close"))
            elif wanted == "HEAD":
                message = {**message, "body": b""}
            await send(message)

        try:
            let_in = await self._serve(scope, receive, send_with_headers)
        except bodies.Gone:
            status = CLIENT_GONE
        except AppError as error:  # of ours here: those of routes are answered further in
            closes = isinstance(error, (bodies.Timeout, Ambiguous))
            await problems.answer(Request(scope), error)(scope, receive, send_with_headers)
        except Exception as error:
            if status is not None:
                raise  # too late to answer: the connection breaks, which is honest
            await problems.internal(Request(scope), error)(scope, receive, send_with_headers)
        finally:
            if let_in:
                _record(scope, status or 500, time.perf_counter() - started)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Check the request, read its body, and let it in when there is room; False when there was none.

        Raises:
            AppError: it is refused, or its body is too large or too slow.
            Gone: the client left while it was sending.
        """
        headers = dict(scope["headers"])
        check(scope, headers, self.site)
        body = b""
        if bodies.is_announced(headers):
            body = await bodies.read(receive, self.body_wait_s)
            receive = bodies.again(body, receive)
        kind = admission.urgency(scope["method"], scope["path"])
        if kind is None:
            await self.app(scope, receive, send)
        elif self.gate.has_room(kind):
            self.gate.enter(kind)
            try:
                await self.app(scope, receive, send)
            finally:
                self.gate.leave(kind)
        else:
            wait_s = self.gate.turn_away(kind)
            await busy.answer(Request(scope), wait_s, body)(scope, receive, send)
            return False
        return True


def turned_away(scope: Scope, gate: Gate, site: Site) -> tuple[list[tuple[bytes, bytes]], bytes] | None:
    """Headers and body of a refusal that costs next to nothing: a program's request when the server is full, else None.

    People are refused later, with a page that has read their form.
    """
    path = scope["path"]
    kind = admission.urgency(scope["method"], path)
    if kind is None or gate.has_room(kind) or not path.startswith("/api/"):
        return None
    body = busy.document(path)
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", b"%d" % len(body)),
        (b"retry-after", b"%d" % gate.turn_away(kind)),
    ]
    _add_headers(headers, scope, os.urandom(8).hex(), site)
    return headers, b"" if scope["method"] == "HEAD" else body


def check(scope: Scope, headers: Mapping[bytes, bytes], site: Site) -> None:
    """Look at a request by its headers alone.

    Raises:
        AppError: why it is not let in.
    """
    if len(headers) != len(scope["headers"]):
        _check_single(scope["headers"])
    if "\0" in scope["path"]:
        raise NotFound("There is nothing at this address.")  # nor can there be: PostgreSQL takes no NUL in a text
    host = headers.get(b"host", b"").decode("latin-1")
    if not site.knows(host):
        raise UnknownHost("This service does not answer for that host name; see PLUMBLINE_BASE_URL.")
    if scope["method"] not in UNSAFE:
        return
    length = headers.get(b"content-length", b"0")
    in_pieces = b"transfer-encoding" in headers
    if in_pieces and b"content-length" in headers:
        raise Ambiguous("The length of the body is told in two ways. Send Content-Length or Transfer-Encoding.")
    if length.isdigit() and int(length) > MAX_BODY:
        raise TooLarge(problems.LIMIT_TEXT)
    if b"content-encoding" in headers:
        raise ContentEncoding("Send the body as it is, without compression.")
    is_api = scope["path"].startswith("/api/")
    # a page's form is checked without a cookie too: starting a test sets one; an API call without one needs its token
    if (not is_api or b"cookie" in headers) and not _same_site(headers, scope["scheme"], host, site):
        raise CrossSite("This request came from another site and was refused. Open the page here and try again.")
    if is_api and (length != b"0" or in_pieces or b"cookie" in headers):
        media = headers.get(b"content-type", b"")
        if media != b"application/json" and media.split(b";")[0].strip().lower() != b"application/json":
            raise MediaType("Send application/json.")


def _check_single(headers: Iterable[tuple[bytes, bytes]]) -> None:
    """A header that decides something stands once: a proxy before us may have looked at the other one."""
    names = [name for name, _ in headers]
    for name in _SINGLE:
        if names.count(name) > 1:
            raise Ambiguous(f"The header {name.decode()} stands twice. Send it once.")


def _same_site(headers: Mapping[bytes, bytes], scheme: str, host: str, site: Site) -> bool:
    """Whether no other site is behind the request: a browser sends one of these two headers with every form."""
    origin = headers.get(b"origin")
    if origin is not None:
        return origin.decode("latin-1") in site.origins(scheme, host)
    fetch_site = headers.get(b"sec-fetch-site")
    return fetch_site in (b"same-origin", b"none") or (fetch_site is None and b"cookie" not in headers)


def _add_headers(raw: list[tuple[bytes, bytes]], scope: Scope, request_id: str, site: Site) -> None:
    own_cache_rule = any(name == b"cache-control" for name, _ in raw)  # assets bring their own
    raw.extend(_FIXED)  # nobody below sets them, so no search for each
    raw.append((b"x-request-id", request_id.encode()))
    raw.append((b"content-security-policy", _API_CSP if scope["path"].startswith("/api/") else _PAGE_CSP))
    if scope["scheme"] == "https" or (site.base_url and site.is_https("http", Headers(scope=scope).get("host", ""))):
        raw.append((b"strict-transport-security", HSTS.encode()))
    if not own_cache_rule:
        raw.append((b"cache-control", b"no-store"))


def _record(scope: Scope, status: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", "unmatched")
    # a client may call its method what it likes, and each label is kept for ever
    requests, latency = _meters(route, scope["method"] if scope["method"] in _METHODS else "OTHER", status)
    requests.inc()
    latency.observe(seconds)
    # what went well is in the metrics; a line for each would cost the answer path a tenth of its time
    if status >= 400 or seconds > SLOW_S:
        log.info("request", method=scope["method"], route=route, status=status, ms=round(seconds * 1000, 1))


@lru_cache(maxsize=1024)  # routes x methods x statuses; looking labels up costs more than counting
def _meters(route: str, method: str, status: int) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(route, method, status), LATENCY.labels(route)
