"""The OpenAPI document as clients need it: problems under their own media type, the tokens, links from a start on."""

from collections.abc import Callable, Iterator
from typing import Any

from fastapi import FastAPI

from app.auth import tokens

PROBLEM = "application/problem+json"
ATTEMPT = "{attempt_id}"
PARAMETERS = {
    "attempt_id": "The `id` that starting the attempt returned.",
    "profile_id": "An `id` from `GET /api/v1/profiles`.",
}
SECURITY = {
    "attempt": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": f"{tokens.ATTEMPT}_...",
        "description": "The `token` that starting the attempt returned. It opens this attempt and no other.",
    },
    "browser": {
        "type": "apiKey",
        "in": "cookie",
        "name": "pl_browser",
        "description": "The cookie of the browser that started the attempt; `__Host-pl_browser` over https.",
    },
}


def install(app: FastAPI) -> None:
    """Let the application describe itself in this way."""
    plain: Callable[[], dict[str, Any]] = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            describe(plain())  # made once and kept by the application, so changed in place
        return plain()

    app.openapi = described  # type: ignore[method-assign]  # as FastAPI's manual has it


def describe(document: dict[str, Any]) -> None:
    """Add to the framework's document what it cannot know."""
    components = document.setdefault("components", {})
    components["securitySchemes"] = SECURITY
    for path, _, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            if parameter["name"] in PARAMETERS:
                parameter["description"] = PARAMETERS[parameter["name"]]
        for status, response in operation["responses"].items():
            _describe_response(status, response)
        if ATTEMPT in path:
            operation["security"] = [{name: []} for name in SECURITY]
        if "201" in operation["responses"]:
            operation["responses"]["201"]["links"] = _links(document)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every operation as (path, method, operation)."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _describe_response(status: str, response: dict[str, Any]) -> None:
    content = response.get("content", {})
    if PROBLEM in content and "application/json" in content:
        content[PROBLEM]["schema"] = content.pop("application/json")["schema"]
    headers = response.setdefault("headers", {}) if status in ("201", "429", "503") else {}
    if status == "201":
        headers["Location"] = {"description": "Where the new one is read.", "schema": {"type": "string"}}
    elif status in ("429", "503"):
        seconds = {"type": "integer", "minimum": 1}
        headers["Retry-After"] = {"description": "Seconds until the request may be repeated.", "schema": seconds}


def _links(document: dict[str, Any]) -> dict[str, Any]:
    """From what a start returns to every operation on an attempt."""
    return {
        operation["operationId"]: {
            "operationId": operation["operationId"],
            "parameters": {"attempt_id": "$response.body#/id"},
        }
        for path, _, operation in operations(document)
        if ATTEMPT in path
    }
