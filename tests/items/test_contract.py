"""What all types share: clean texts, the two halves of an item, its hash, and how types are found."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from app.items import content, registry
from app.items.contract import Finding, Item
from app.items.single.item import SingleChoice

pytestmark = pytest.mark.quick
DATA: dict[str, Any] = {
    "schema": "plumbline.item/1",
    "id": "t.skill.item",
    "version": 1,
    "status": "draft",
    "type": "single",
    "domain": "t",
    "skill": "t.skill",
    "cognitive": "apply",
    "difficulty": {"developing": 0.4, "accomplished": 0.8, "judges": 1},
    "time_seconds": 60,
    "params": {"n": {"int": [1, 6]}},
    "derive": {"m": "n + 1"},
    "constraints": ["n > 1"],
    "stem": "Which is {{n}}?",
    "options": [
        {"id": "a", "text": "{{n}}", "correct": True, "why": "Yes."},
        {"id": "b", "text": "{{m}}", "misconception": "off-by-one", "why": "No."},
        {"id": "c", "text": "{{n - 1}}", "misconception": "off-by-one", "why": "No."},
    ],
    "rationale": "It is {{n}}.",
    "enemies": ["t.skill.other"],
    "authorship": {"author": "t", "created": "2026-11-23", "license": "CC-BY-4.0", "ai_assisted": False},
}


def item(**changes: Any) -> Item:
    return content.load({**DATA, **changes})


@pytest.mark.parametrize(
    "text",
    [
        "a\x00b",
        "a\x07b",
        "a\x85b",
        "a\x1b[31mb",
        "a\u202eb",
        "a\u2066b",
        "a\u200fb",
        "a\u2028b",
        "a\ud800b",
        "a\ufeffb",
        "",
    ],
)
def test_texts_with_control_or_bidirectional_characters_are_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        item(stem=text)


def test_texts_are_kept_in_normal_form_c_and_may_have_lines_and_tabs() -> None:
    assert item(stem="cafe\u0301\n\tx?").stem == "caf\u00e9\n\tx?"


@pytest.mark.parametrize(
    "changes",
    [
        {"version": "1"},
        {"version": True},
        {"version": 1.0},
        {"version": 0},
        {"time_seconds": float("nan")},
        {"difficulty": {"developing": float("nan"), "accomplished": 0.8, "judges": 1}},
        {"theta": 1},
        {"options": DATA["options"][:2]},
        {"verify": {"script": "verify/x.py", "method": "a", "required_agreement": 2}},
        {"verify": {"method": "a"}},
        {"id": "Not.An-Id"},
        {"params": {"e": {"int": [1, 2]}}},
        {"params": {"__class__": {"int": [1, 2]}}},
        {"derive": {"m": True}},
        {"derive": {"m": float("inf")}},
    ],
)
def test_items_are_strict(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        item(**changes)


def test_items_never_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        item().stem = "other"  # type: ignore[misc]


def test_the_public_half_is_an_allow_list() -> None:
    public, secret = content.split(item())
    assert public == {
        **{key: DATA[key] for key in ("schema", "id", "version", "status", "type", "domain", "skill", "cognitive")},
        **{key: DATA[key] for key in ("time_seconds", "params", "stem", "enemies")},
        "options": [{"id": x["id"], "text": x["text"]} for x in DATA["options"]],
    }
    assert set(secret) == {"difficulty", "derive", "constraints", "rationale", "options", "authorship"}
    assert content.join(public, secret) == item()


def test_halves_that_do_not_belong_together_do_not_join() -> None:
    public, secret = content.split(item())
    with pytest.raises(ValueError, match="zip"):
        content.join({**public, "options": public["options"][:2]}, secret)


def test_the_hash_is_of_the_content_however_it_is_written() -> None:
    written_out = item(shuffle=True, tags=[], references=[], subskill=None)
    reordered = content.load(dict(reversed(DATA.items())))
    assert len({content.content_hash(x) for x in (item(), written_out, reordered)}) == 1
    assert len(content.content_hash(item())) == 64


def test_the_hash_changes_with_what_a_score_depends_on_and_not_with_the_work_on_the_item() -> None:
    same = content.content_hash(item())
    review = {"reviewer": "r", "date": "2026-11-24", "outcome": "approved"}
    assert content.content_hash(item(status="live")) == same
    assert content.content_hash(item(authorship={**DATA["authorship"], "reviews": [review]})) == same
    for change in ({"stem": "Which?"}, {"version": 2}, {"params": {"n": {"int": [1, 7]}}}, {"rationale": "Other."}):
        assert content.content_hash(item(**change)) != same


def test_types_are_found_by_their_folders_and_by_entry_points(monkeypatch: pytest.MonkeyPatch) -> None:
    class Essay(SingleChoice):
        name = "essay"

    def plugged(group: str) -> list[Any]:
        assert group == "plumbline.item_types"
        return [SimpleNamespace(load=Essay)]

    assert set(registry.types()) >= {"single", "multiple", "numeric"}
    monkeypatch.setattr(registry, "entry_points", plugged)
    registry.types.cache_clear()
    try:
        assert registry.types()["essay"].name == "essay"
        assert registry.template_folder(registry.types()["essay"]) == Path(__file__).parent
        monkeypatch.setattr(Essay, "name", "single")
        registry.types.cache_clear()
        with pytest.raises(ValueError, match="two item types are called 'single'"):
            registry.types()
    finally:
        monkeypatch.undo()
        registry.types.cache_clear()


def test_every_type_folder_is_complete() -> None:
    for item_type in registry.types().values():
        folder = registry.template_folder(item_type)
        assert {"item.py", "form.html", "review.html", "examples.yaml"} <= {file.name for file in folder.iterdir()}
        assert registry.type_of(item()) is registry.types()["single"]


def test_findings_are_warnings_by_their_code() -> None:
    assert Finding("W020", (), "").is_warning
    assert not Finding("bank.no_key", (), "").is_warning
