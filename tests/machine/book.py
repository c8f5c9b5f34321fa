"""What the machine knows of every question from the files of the banks: its answers, its secrets, its parameters."""

import math
import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from machine.estimate import Curve

from app.banks import load, publish
from app.banks.places import Shelf
from app.items import content as contents
from app.items import registry, variants
from app.items.contract import Item, Variant

Raw = dict[str, Any]
MIN_SECRET = 28  # characters: shorter runs of words occur in more than one text by chance
_RUNS = re.compile(rf"[A-Za-z ,]{{{MIN_SECRET},}}")  # words come through Markdown, JSON and HTML as they are


@dataclass(frozen=True)
class Sent:
    """An answer as somebody sends it.

    kind: right, wrong, skip or malformed.  canonical: as the log must keep it; None when it is malformed.
    score: what it is worth.  fields: the same in the page's form.  again: the same answer spelled in another way.
    """

    kind: str
    raw: Raw
    canonical: Raw | None
    score: float
    fields: tuple[tuple[str, str], ...]
    again: Raw


@dataclass(frozen=True, eq=False)
class Book:
    """The published items by id, with what of them must stay secret."""

    items: Mapping[str, Item]
    curves: Mapping[str, Curve]
    enemies: Mapping[str, frozenset[str]]
    secrets: Mapping[str, frozenset[str]]  # a run of words -> the items in whose solutions it stands

    def key(self, item_id: str, seed: bytes) -> Raw:
        """The right answer to the item in the attempt with this seed."""
        return dict(registry.type_of(self.items[item_id]).key(self._variant(item_id, seed)))

    def view(self, item_id: str, seed: bytes) -> Raw:
        """The item as the attempt with this seed was shown it, with its id."""
        return {"id": item_id, **registry.view(self._variant(item_id, seed))}

    def _variant(self, item_id: str, seed: bytes) -> Variant[Any]:
        item = self.items[item_id]
        return variants.instantiate(item, variants.variant_seed(seed, item.id, item.version))

    def answer(self, kind: str, view: Mapping[str, Any], seed: bytes, dice: int) -> Sent:
        """An answer of this kind to the item in `view`; `dice` chooses among those there are."""
        key = self.key(view["id"], seed)
        if kind == "malformed":
            found = _malformed(view)
            raw, fields = found[dice % len(found)]
            return Sent(kind, raw, None, math.nan, fields, raw)
        if kind == "skip":
            fields = (("option", "?"),) if view["type"] == "single" else (("skip", "1"),)
            return Sent(kind, {"skip": True}, {"skip": True}, 0.0, fields, {"skip": True})
        raw = key if kind == "right" else _wrong(view, key, dice)
        return Sent(kind, raw, raw, float(kind == "right"), _fields(raw), _respelled(raw))


def open_book(content: Shelf) -> Book:
    """Read the banks from their files."""
    items = [item for folder in content.banks() for item in publish.published_items(load.load_bank(folder))]
    enemies: dict[str, set[str]] = {item.id: set() for item in items}
    for item in items:
        for enemy in item.enemies:
            enemies[item.id].add(enemy)
            enemies[enemy].add(item.id)
    return Book(
        items={item.id: item for item in items},
        curves={item.id: _curve(item) for item in items},
        enemies={name: frozenset(found) for name, found in enemies.items()},
        secrets=_secrets(items),
    )


def runs_in(text: str) -> list[str]:
    """The runs of words in a text, whatever it is: a bank's Markdown, JSON or HTML."""
    return _RUNS.findall(text)


def _curve(item: Item) -> Curve:
    p = publish.parameters_of(item)
    return Curve(p.discrimination, p.difficulty, p.guessing, p.difficulty_sd)


def _secrets(items: Sequence[Item]) -> dict[str, frozenset[str]]:
    shown, hidden = [], {}
    for item in items:
        public, secret = contents.split(item)
        if "answer" in secret:
            secret["answer"].pop("hint", None)  # beside the key in the file, but shown with the question
        shown += list(_texts(public))
        hidden[item.id] = {run.strip() for text in _texts(secret) for run in runs_in(text)}
    all_shown = "\n".join(shown)
    runs = {run for of_item in hidden.values() for run in of_item if len(run) >= MIN_SECRET and run not in all_shown}
    own = {item_id: "\n".join(of_item) for item_id, of_item in hidden.items()}
    return {run: frozenset(item_id for item_id, text in own.items() if run in text) for run in runs}


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)


def _wrong(view: Mapping[str, Any], key: Raw, dice: int) -> Raw:
    """A well-formed answer that is not the key, with every other one that there is as likely."""
    rng = random.Random(dice)
    if view["type"] == "single":
        return {"option": rng.choice([o["id"] for o in view["options"] if o["id"] != key["option"]])}
    if view["type"] == "multiple":
        ids = sorted(o["id"] for o in view["options"])
        while True:
            chosen = sorted(rng.sample(ids, rng.randint(1, len(ids))))
            if chosen != key["options"]:
                return {"options": chosen}
    far = 1000 + rng.randint(3, 9) * abs(float(key["value"]))
    return {**key, "value": f"{far:.0f}"}


def _malformed(view: Mapping[str, Any]) -> list[tuple[Raw, tuple[tuple[str, str], ...]]]:
    """Answers that are none, each as the API and as the form carries it."""
    anywhere: list[tuple[Raw, tuple[tuple[str, str], ...]]] = [({}, ()), ({"nonsense": 1}, (("nonsense", "1"),))]
    if view["type"] == "single":
        first = view["options"][0]["id"]
        return [
            *anywhere,
            ({"option": "zz"}, (("option", "zz"),)),
            ({"option": [first]}, ()),
            ({"option": first, "skip": True}, (("option", first), ("skip", "1"))),
        ]
    if view["type"] == "multiple":
        first = view["options"][0]["id"]
        return [
            *anywhere,
            ({"options": []}, ()),
            ({"options": [first, first]}, (("options", first), ("options", first))),
            ({"options": [first, "zz"]}, (("options", first), ("options", "zz"))),
        ]
    return [
        *anywhere,
        ({"value": "1,234"}, (("value", "1,234"),)),  # two meanings
        ({"value": 3.14}, (("value", "about three"),)),
        ({"value": "1" * 65}, (("value", "1" * 65),)),
        ({"value": "1", "unit": "furlong"}, (("value", "1"), ("unit", "furlong"))),
    ]


def _fields(raw: Raw) -> tuple[tuple[str, str], ...]:
    if "options" in raw:
        return tuple(("options", one) for one in raw["options"])
    return tuple((name, str(value)) for name, value in raw.items())


def _respelled(raw: Raw) -> Raw:
    """The same answer in another order, or with spaces around the number."""
    if "options" in raw:
        return {"options": raw["options"][::-1]}
    if "value" in raw:
        return {**raw, "value": f" {raw['value']} "}
    return raw
