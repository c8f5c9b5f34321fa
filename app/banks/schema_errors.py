"""Pydantic's errors in the words of an item author, with the place in the file and the nearest right word."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from app.banks.yaml_events import Document, Fault, Path
from app.items.expressions import nearest
from app.items.fields import PATTERNS

_PATTERN_KEYS = {"pattern", "regex", "regexp", "matches"}
_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "dict_type": "a map (`key: value`)",
    "mapping_type": "a map (`key: value`)",
    "model_type": "a map (`key: value`)",
    "model_attributes_type": "a map (`key: value`)",
    "tuple_type": "a list (`- ...` or `[...]`)",
    "list_type": "a list (`- ...` or `[...]`)",
}
_BOUNDS = {
    "greater_than": ("above", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("below", "lt"),
    "less_than_equal": ("at most", "le"),
}


def faults(error: ValidationError, schema: type[BaseModel], document: Document) -> Iterator[Fault]:
    """One fault for every cause, at a place that the YAML reader has not refused already."""
    details = [(detail, _path(detail["loc"], document)) for detail in error.errors(include_url=False)]
    misspelt = {
        (*path[:-1], *get_close_matches(str(path[-1]), field_names(schema, path[:-1]), n=1))
        for detail, path in details
        if detail["type"] == "extra_forbidden"
    }
    below = [path for _, path in details] + [fault.path for fault in document.faults]
    for detail, path in details:
        kind, given, context = detail["type"], detail["input"], detail.get("ctx") or {}
        is_consequence = (kind == "missing" and path in misspelt) or (
            kind == "too_short" and any(len(other) > len(path) and other[: len(path)] == path for other in below)
        )
        if is_consequence or document.was_refused(path):
            continue
        place = document.place(path)
        if kind == "extra_forbidden":
            place = document.keys.get(path, place)
            code, message = _unknown(str(path[-1]), field_names(schema, path[:-1]))
        elif "." in kind:
            code, message = kind, detail["msg"]  # our own rules have dotted codes and speak plainly
            if kind == "text.control_character":
                place = document.text_place(path, str(given).find(chr(int("0x" + context["point"][2:], 0))))
        else:
            code, message = _told(kind, detail["msg"], given, context)
        if detail["loc"][-1:] == ("[key]",):
            place = document.keys.get(path, place)
        yield Fault(code, message, place, path)


def _unknown(name: str, known: list[str]) -> tuple[str, str]:
    if name in _PATTERN_KEYS:
        return "bank.regex", "patterns are not supported; list the accepted answers"
    return "bank.unknown_field", "unknown field" + nearest(name, known)


def _told(kind: str, message: str, given: Any, context: dict[str, Any]) -> tuple[str, str]:
    if kind == "missing":
        return "bank.missing_field", "missing"
    if kind in _EXPECTED:
        return "bank.type", f"expected {_EXPECTED[kind]}, got {_described(given, quote=kind == 'string_type')}"
    if kind == "literal_error":
        choices = str(context.get("expected", "")).replace("'", "")
        return "bank.value", f"expected {choices}" + nearest(str(given), choices.replace(" or ", ", ").split(", "))
    if kind == "string_pattern_mismatch":
        return "bank.value", f"expected {PATTERNS.get(context['pattern'], 'another form')}"
    if kind in _BOUNDS:
        word, bound = _BOUNDS[kind]
        return "bank.parameter", f"must be {word} {context[bound]:g}, got {_described(given)}"
    if kind == "finite_number":
        return "bank.parameter", "must be a finite number"
    if kind == "too_short":
        return "bank.count", f"{context['actual_length']} entries, at least {context['min_length']} expected"
    if kind == "too_long":
        return "bank.count", f"{context['actual_length']} entries, at most {context['max_length']} expected"
    if kind == "string_too_short":
        return "bank.value", "the text is empty"
    if kind == "string_too_long":
        return "bank.too_big", f"at most {context['max_length']} characters"
    return "bank.value", message


def field_names(schema: type[BaseModel], path: Path) -> list[str]:
    """The names that a map at `path` may have, as written in files."""
    models: list[type[BaseModel]] = [schema]
    for part in path:
        if isinstance(part, int):
            continue
        models = [
            inner
            for model in models
            for name, info in model.model_fields.items()
            if part == _written(name, info)
            for inner in _models(info.annotation)
        ] or models
    return [_written(name, info) for model in models for name, info in model.model_fields.items()]


def _written(name: str, info: FieldInfo) -> str:
    return info.alias or name


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models(part)]


def _path(location: tuple[int | str, ...], document: Document) -> Path:
    """The place in the file. Pydantic also names the branch of a union and `[key]`; the file has neither."""
    path: Path = ()
    for index, part in enumerate(location):
        if (*path, part) in document.places or index == len(location) - 1:
            path = (*path, part)
    return path[:-1] if path and path[-1] == "[key]" else path


def _described(given: Any, quote: bool = False) -> str:
    if given is None:
        return "nothing"
    if isinstance(given, bool):
        return f'the word {str(given).lower()}; write "{str(given).lower()}" in quotes' if quote else str(given).lower()
    if isinstance(given, int | float):
        return f'the number {given:g}; write "{given}" in quotes' if quote else f"{given:g}"
    if isinstance(given, str):
        return f"the text `{given[:40]}`"
    return "a list" if isinstance(given, list | tuple) else "a map"
