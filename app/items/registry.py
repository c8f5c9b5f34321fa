"""Finds the item types: every folder beside this file whose `item.py` exports TYPE, then installed plug-ins."""

import importlib
import inspect
import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any

import app.items
from app.items.contract import Item, ItemType, Variant

ENTRY_POINTS = "plumbline.item_types"


@cache
def types() -> Mapping[str, ItemType[Any]]:
    """All item types by name. Raises ValueError when two have the same name."""
    found: dict[str, ItemType[Any]] = {}
    folders = [module.name for module in pkgutil.iter_modules(app.items.__path__, "app.items.") if module.ispkg]
    own = [importlib.import_module(f"{folder}.item").TYPE for folder in folders if find_spec(f"{folder}.item")]
    plugged = [entry.load() for entry in entry_points(group=ENTRY_POINTS)]
    for item_type in (*own, *plugged):
        if not isinstance(item_type, ItemType):
            raise TypeError(f"{item_type!r} is not an ItemType; export an instance of a subclass as TYPE")
        if item_type.name in found:
            raise ValueError(f"two item types are called {item_type.name!r}; rename or uninstall one")
        found[item_type.name] = item_type
    return MappingProxyType(found)


def type_of(item: Item) -> ItemType[Any]:
    """The type of an item that has been loaded."""
    return types()[item.type]


def view(variant: Variant[Any]) -> dict[str, Any]:
    """What the candidate sees: {"type", "stem_html", "time_s", ...} and what the type adds."""
    return type_of(variant.item).view(variant)


def template_folder(item_type: ItemType[Any]) -> Path:
    """Where form.html, review.html and examples.yaml of a type lie."""
    return Path(inspect.getfile(type(item_type))).parent
