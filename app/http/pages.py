"""Pages without a feature of their own: display settings, help, accessibility, privacy, the API's documentation."""

import json
from typing import Any

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from app.errors import AppError
from app.http import render
from app.http.route import is_secure

router = APIRouter(include_in_schema=False)

_YEAR_S = 365 * 24 * 3600


@router.get("/settings")
async def settings(request: Request) -> Response:
    """Theme and key shortcuts of this browser."""
    return render.page(request, "settings.html", {"math": False, "saved": "saved" in request.query_params})


@router.post("/settings")
async def save_settings(request: Request, theme: str = Form(""), keys: str = Form("")) -> Response:
    """Keep the display settings in two cookies."""
    response = RedirectResponse("/settings?saved=1", 303)
    for name, value, allowed in (("theme", theme, render.THEMES), ("keys", keys, ("off",))):
        if value in allowed:
            response.set_cookie(
                f"pl_{name}", value, max_age=_YEAR_S, path="/", secure=is_secure(request), samesite="lax", httponly=True
            )
        else:
            response.delete_cookie(f"pl_{name}", path="/", secure=is_secure(request), samesite="lax", httponly=True)
    return response


@router.get("/docs")
async def docs(request: Request) -> Response:
    """The API's reference, rendered from the same document as /openapi.json."""
    document = request.app.openapi()
    context = {
        "math": False,
        "api": document,
        "operations": operations(document),
        "problems": problems(),
        "origin": str(request.base_url).rstrip("/"),
    }
    return render.page(request, "docs.html", context)


@router.get("/help")
@router.get("/accessibility")
@router.get("/privacy")
async def text(request: Request) -> Response:
    """The plain texts, each at the address of its name."""
    return render.page(request, f"{request.url.path.strip('/')}.html", {"math": False})


def problems() -> list[type[AppError]]:
    """Every kind of error that there is, by status and code: the `type` of a problem document points to its line."""
    found: dict[str, type[AppError]] = {AppError.code: AppError}
    waiting = [AppError]
    while waiting:
        kind = waiting.pop()
        for child in kind.__subclasses__():
            waiting.append(child)
            found.setdefault(child.code, child)
    return sorted(found.values(), key=lambda kind: (kind.status, kind.code))


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Every operation of an OpenAPI document: method, path, summary, example bodies, problems by code."""
    found = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            name = content.get("$ref", "").rsplit("/", 1)[-1]
            schema = document["components"]["schemas"].get(name, {})
            problems = {
                code: example["value"]["title"]
                for response in operation["responses"].values()
                for code, example in response.get("content", {})
                .get("application/problem+json", {})
                .get("examples", {})
                .items()
            }
            found.append(
                {
                    "id": operation.get("operationId", f"{method}-{path}"),
                    "method": method.upper(),
                    "path": path,
                    "summary": operation.get("description") or operation.get("summary", ""),
                    "examples": [json.dumps(one, indent=2, ensure_ascii=False) for one in schema.get("examples", [])],
                    "problems": problems,
                    "tag": (operation.get("tags") or ["other"])[0],
                }
            )
    return found
