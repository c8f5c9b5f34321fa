"""Splits an item into what may be shown and what may not, joins the halves again, and names its content by a hash."""

import hashlib
import json
from typing import Any

from app.items.contract import Item
from app.items.registry import types

# the state of the work on an item, not its content: a review or a new status is no new version
_WORKFLOW = {"status", "waivers", "authorship"}


def dump(item: Item) -> dict[str, Any]:
    """The item as JSON-ready data, without what is at its default. `load` reads it back."""
    return item.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def load(content: dict[str, Any]) -> Item:
    """The item of `dump`. Raises KeyError for an unknown type, pydantic.ValidationError for anything else."""
    item: Item = types()[content["type"]].schema.model_validate(content)
    return item


def split(item: Item) -> tuple[dict[str, Any], dict[str, Any]]:
    """(public, secret): public holds what the type's allow-list names, secret all the rest."""
    return _split(dump(item), type(item).public, "")


def join(public: dict[str, Any], secret: dict[str, Any]) -> Item:
    """The item of `split`, exactly."""
    return load(_join(public, secret))


def content_hash(item: Item) -> str:
    """64 hexadecimal digits over the content: the same for every way of writing the same item (BOM, CRLF, quotes,
    order of keys, defaults written out), and for another status, waiver or authorship."""
    content = {key: value for key, value in dump(item).items() if key not in _WORKFLOW}
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _split(content: dict[str, Any], allowed: frozenset[str], prefix: str) -> tuple[dict[str, Any], dict[str, Any]]:
    public: dict[str, Any] = {}
    secret: dict[str, Any] = {}
    for key, value in content.items():
        path = f"{prefix}{key}"
        below = f"{path}[]."
        if path in allowed:
            public[key] = value
        elif any(entry.startswith(below) for entry in allowed):
            halves = [_split(entry, allowed, below) for entry in value]
            public[key], secret[key] = [half[0] for half in halves], [half[1] for half in halves]
        else:
            secret[key] = value
    return public, secret


def _join(public: dict[str, Any], secret: dict[str, Any]) -> dict[str, Any]:
    whole = {**public, **secret}
    for key in public.keys() & secret.keys():
        whole[key] = [_join(shown, hidden) for shown, hidden in zip(public[key], secret[key], strict=True)]
    return whole
