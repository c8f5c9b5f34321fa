"""What those are told for whom there was no room: a document for programs, a page with their form for people."""

import json
from urllib.parse import parse_qsl

from fastapi import Request
from starlette.responses import HTMLResponse, Response

from app.errors import Unavailable
from app.http import problems, render

MOST_FIELDS = 100
_FORM = "application/x-www-form-urlencoded"


class Overloaded(Unavailable):
    code = "overloaded"
    title = "The service is busy"


DETAIL = "The service is busy. Nothing was stored; repeat the same request."
_HEAD, _, _TAIL = json.dumps(problems.document(Overloaded(DETAIL), "@")).partition('"@"')


def document(path: str) -> bytes:
    """The problem document for a request to this path, from parts made beforehand: it must cost next to nothing."""
    return f"{_HEAD}{json.dumps(path[: problems.MOST_ECHOED])}{_TAIL}".encode()


def answer(request: Request, wait_s: int, body: bytes) -> Response:
    """The document for a program; for people the page that sends the same request again by a press of a button, with
    everything that was in the form.
    """
    headers = {"Retry-After": str(wait_s)}
    path = request.scope["path"]
    if path.startswith("/api/"):  # it was let in until its body was here, and then the last place was gone
        return Response(document(path), Overloaded.status, headers, media_type="application/problem+json")
    error = Overloaded(DETAIL, retry_after_s=wait_s)
    if request.method == "POST":
        fields = _fields(request.headers.get("content-type", ""), body)
    else:
        fields = parse_qsl(request.url.query)  # a form sent by GET brings its own query
    context = {"error": error, "math": False, "method": request.method.lower(), "fields": fields}
    html = render.text_of(request, "busy.html", context)
    return HTMLResponse(html, error.status, headers)


def _fields(media: str, body: bytes) -> list[tuple[str, str]]:
    """The fields of a form as it was sent; none where it is not one of ours, which a page cannot repeat."""
    if media.partition(";")[0].strip().lower() != _FORM:
        return []
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return []
