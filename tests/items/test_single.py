"""Single choice: what a candidate is told, and that nothing shown depends on the key."""

import pytest

from app.items import content, registry
from app.items.contract import AnswerShape
from app.items.single.item import TYPE, SingleItem
from app.items.variants import instantiate

pytestmark = pytest.mark.quick


def item(key: str = "b") -> SingleItem:
    options = [
        {"id": x, "text": f"$x^{i}$", "why": f"Why {x}.", "correct": x == key}
        | ({} if x == key else {"misconception": x})
        for i, x in enumerate("abcd")
    ]
    data = {
        "schema": "plumbline.item/1", "id": "t.s.i", "version": 1, "status": "draft", "type": "single", "domain": "t",
        "skill": "t.s", "cognitive": "apply", "difficulty": {"developing": 0.4, "accomplished": 0.8, "judges": 1},
        "time_seconds": 60, "stem": "Let $x>1$.\n\nWhich is largest?", "options": options, "rationale": "The power.",
        "authorship": {"author": "t", "created": "2026-11-23", "license": "CC0", "ai_assisted": False},
    }  # fmt: skip
    loaded = content.load(data)
    assert isinstance(loaded, SingleItem)
    return loaded


def test_the_view_does_not_depend_on_the_key() -> None:
    views = [registry.view(instantiate(item(key), b"seed")) for key in "abcd"]
    assert all(view == views[0] for view in views)


def test_the_view_names_options_for_ear_and_eye() -> None:
    view = registry.view(instantiate(item(), b"seed"))
    assert set(view) == {"type", "stem_html", "time_s", "options"}
    assert {option["id"] for option in view["options"]} == set("abcd")
    square = next(option for option in view["options"] if option["id"] == "c")
    assert "<math" in square["html"]
    assert "x" in square["spoken"]
    assert "<" not in square["spoken"]


def test_a_wrong_answer_gets_its_own_feedback() -> None:
    variant = instantiate(item(), b"seed")
    score = TYPE.score(variant, {"option": "a"})
    assert (score.fraction, score.why_html, score.misconception) == (0.0, "Why a.", "a")
    assert TYPE.score(variant, {"option": "b"}).misconception is None


def test_refusals_list_what_can_be_chosen_and_not_what_was_sent() -> None:
    with pytest.raises(AnswerShape) as refused:
        TYPE.parse(instantiate(item(), b"seed"), {"option": "x" * 10_000})
    assert refused.value.detail == "choose one of a, b, c, d"
    assert refused.value.errors[0].path == "answer.option"


def test_guessing_is_the_constant_of_the_model() -> None:
    assert TYPE.guessing(item()) == 0.15
