"""Multiple choice: how partial credit is counted."""

import re
from itertools import combinations

import jinja2
import pytest

from app.items import content, registry
from app.items.contract import AnswerShape
from app.items.multiple.item import TYPE, MultipleItem
from app.items.variants import instantiate

pytestmark = pytest.mark.quick


def item(keys: str = "ab", scoring: str = "per-option", letters: str = "abcd") -> MultipleItem:
    options = [{"id": x, "text": f"claim {x}", "why": f"Why {x}.", "correct": x in keys} for x in letters]
    data = {
        "schema": "plumbline.item/1", "id": "t.s.i", "version": 1, "status": "draft", "type": "multiple", "domain": "t",
        "skill": "t.s", "cognitive": "apply", "difficulty": {"developing": 0.4, "accomplished": 0.8, "judges": 1},
        "time_seconds": 60, "stem": "Which hold?", "options": options, "rationale": "These.", "scoring": scoring,
        "authorship": {"author": "t", "created": "2026-11-23", "license": "CC0", "ai_assisted": False},
    }  # fmt: skip
    loaded = content.load(data)
    assert isinstance(loaded, MultipleItem)
    return loaded


def test_partial_credit_is_never_negative_and_one_for_the_key_only() -> None:
    variant = instantiate(item(), b"seed")
    subsets = [chosen for n in range(1, 5) for chosen in combinations("abcd", n)]
    scores = {chosen: TYPE.score(variant, {"options": list(chosen)}).fraction for chosen in subsets}
    assert [chosen for chosen, score in scores.items() if score == 1] == [("a", "b")]
    assert all(0 <= score <= 1 for score in scores.values())
    assert scores["a",] == scores["a", "b", "c"] == 0.5
    assert scores["a", "b", "c", "d"] == scores["c", "d"] == 0


def test_all_or_nothing_gives_nothing_for_almost() -> None:
    variant = instantiate(item(scoring="all-or-nothing"), b"seed")
    assert TYPE.score(variant, {"options": ["a"]}).fraction == 0
    assert TYPE.score(variant, {"options": ["a", "b"]}).fraction == 1


def test_feedback_covers_every_option_judged_wrongly_and_no_other() -> None:
    why = TYPE.score(instantiate(item(), b"seed"), {"options": ["a", "c"]}).why_html
    assert why == "<p>Why b.</p><p>Why c.</p>"


def reviewed(chosen: list[str] | None) -> dict[str, tuple[str, str]]:
    """What the review page says of each option: (class that colours its edge, its words)."""
    loader = jinja2.FileSystemLoader(registry.template_folder(TYPE))
    template = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    review = TYPE.review(instantiate(item(), b"seed"), None if chosen is None else {"options": chosen})
    html = template.get_template("review.html").render(review=review)
    options = re.findall(r'<li(?: class="(\w+)")?>\n<p><strong>([^<]+)</strong></p>.*?claim (\w)', html, re.DOTALL)
    return {letter: (edge, words) for edge, words, letter in options}


def test_the_review_says_in_words_what_the_edge_of_each_option_says_in_colour() -> None:
    assert reviewed(["a", "c"]) == {
        "a": ("right", "You chose this, and it is right"),
        "b": ("wrong", "Right, and you did not choose it"),
        "c": ("wrong", "You chose this; it is not right"),
        "d": ("right", "You rightly left this out"),
    }


def test_the_review_of_a_question_not_answered_blames_no_choice() -> None:
    right, wrong = ("right", "Right"), ("", "Not right")
    assert reviewed(None) == {"a": right, "b": right, "c": wrong, "d": wrong}


@pytest.mark.parametrize("keys", ["", "abcd"])
def test_an_item_needs_a_key_and_a_distractor(keys: str) -> None:
    with pytest.raises(ValueError, match=r"correct"):
        item(keys)


def test_ten_thousand_choices_are_refused_shortly() -> None:
    with pytest.raises(AnswerShape, match=r"^choose from a, b, c, d$"):
        TYPE.parse(instantiate(item(), b"seed"), {"options": ["a"] * 10_000})
