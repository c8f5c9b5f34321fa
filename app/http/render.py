"""Pages: one Jinja environment over the templates that live beside their features, and the page that shows an error."""

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import brotli
import jinja2
from fastapi import Request
from markupsafe import Markup
from starlette.responses import HTMLResponse

from app.errors import AppError, NotFound
from app.http.assets import accepts

THEMES = ("light", "dark")
SMALL = 600  # bytes; below, packing costs more than it saves
PAGE_QUALITY = 5  # of Brotli: under a millisecond a page


class NothingHere(NotFound):
    def __init__(self) -> None:
        super().__init__("There is nothing at this address.")


def environment(folders: Mapping[str, Path]) -> jinja2.Environment:
    """The environment over `http/templates` and, by prefix, the features' own folders ("attempts/question.html")."""
    home = Path(__file__).parent / "templates"
    loader = jinja2.ChoiceLoader(
        [
            jinja2.FileSystemLoader(home),
            _prefixed(folders),
        ]
    )
    env = jinja2.Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    env.filters["html"] = Markup  # for HTML that items.markup made and sanitised; nothing else may use it
    env.filters["day"] = _day
    env.filters["clock"] = _clock
    return env


def _prefixed(folders: Mapping[str, Path]) -> jinja2.PrefixLoader:
    """A loader by prefix. Jinja's ends a prefix at the first slash, so "items/single" is one prefix inside another."""
    loaders: dict[str, jinja2.BaseLoader] = {}
    inner: dict[str, dict[str, Path]] = {}
    for prefix, folder in folders.items():
        first, _, rest = prefix.partition("/")
        if rest:
            inner.setdefault(first, {})[rest] = folder
        else:
            loaders[first] = jinja2.FileSystemLoader(folder)
    return jinja2.PrefixLoader({**loaders, **{first: _prefixed(below) for first, below in inner.items()}})


def page(
    request: Request,
    template: str,
    context: Mapping[str, Any],
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """Render a template with what every page needs: asset path, theme, key shortcuts."""
    return _packed(request, text_of(request, template, context), status, dict(headers or {}))


def text_of(request: Request, template: str, context: Mapping[str, Any]) -> str:
    """The HTML of a page, for whoever sends it in a way of their own."""
    state = request.app.state
    html: str = state.templates.get_template(template).render(
        s=state.assets.root,
        theme=chosen(request, "theme", THEMES),
        keys=chosen(request, "keys", ("off",)),
        path=request.url.path,
        **context,
    )
    return html


def _packed(request: Request, html: str, status: int, headers: dict[str, str]) -> HTMLResponse:
    """The page, by Brotli where the browser takes it: a question is a third of its size then."""
    response = HTMLResponse(html, status, {**headers, "Vary": "Accept-Encoding"})
    if accepts(request.headers.get("accept-encoding", ""), "br") and len(response.body) > SMALL:
        response.body = brotli.compress(bytes(response.body), quality=PAGE_QUALITY)
        response.headers["Content-Encoding"] = "br"
        response.headers["Content-Length"] = str(len(response.body))
    return response


def chosen(request: Request, name: str, allowed: tuple[str, ...]) -> str:
    """A display setting from its cookie, "" when it is unset or not one of ours."""
    value = request.cookies.get(f"pl_{name}", "")
    return value if value in allowed else ""


def error_page(request: Request, error: AppError, headers: Mapping[str, str]) -> HTMLResponse:
    """The page for an error: what happened, what to do, a way on."""
    return page(request, "error.html", {"error": error, "math": False}, status=error.status, headers=headers)


def _day(moment: datetime.datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"


def _clock(moment: datetime.datetime) -> str:
    return f"{moment:%H:%M} UTC"


def fragment(request: Request, template: str, context: Mapping[str, Any]) -> str:
    """A piece of a page, for JSON that carries HTML."""
    html: str = request.app.state.templates.get_template(template).render(**context)
    return html
