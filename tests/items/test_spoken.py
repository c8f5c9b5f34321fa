"""Formulas read aloud: a table of expected readings, and the sentences around them."""

from pathlib import Path

import pytest
import yaml

from app.items.formulas import to_mathml
from app.items.markup import inline_html, to_html
from app.items.spoken import speak

pytestmark = pytest.mark.quick
READINGS = yaml.safe_load((Path(__file__).parent / "spoken_readings.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", READINGS, ids=lambda case: case["tex"])
def test_a_formula_is_read_as_the_table_says(case: dict[str, str]) -> None:
    assert speak(to_mathml(case["tex"], False)) == case["reading"]


@pytest.mark.parametrize("case", READINGS, ids=lambda case: case["tex"])
def test_the_reading_survives_the_sanitiser(case: dict[str, str]) -> None:
    assert speak(inline_html(f"${case['tex']}$")) == case["reading"]


def test_the_table_is_long_enough_to_mean_something() -> None:
    assert len(READINGS) >= 120


def test_no_two_different_formulas_of_the_table_share_a_reading_unless_they_mean_the_same() -> None:
    same_meaning = {frozenset({r"\|x\|", r"\lVert x\rVert"}), frozenset({r"\tfrac12", r"\frac{1}{2}"})}
    same_meaning |= {frozenset({r"a \cdot b", r"a \times b"}), frozenset({r"\bar{x}", r"\overline{x}"})}
    by_reading: dict[str, set[str]] = {}
    for case in READINGS:
        by_reading.setdefault(case["reading"], set()).add(case["tex"])
    clashes = [formulas for formulas in by_reading.values() if len(formulas) > 1]
    assert [clash for clash in clashes if frozenset(clash) not in same_meaning] == []


def test_words_around_a_formula_stay_one_sentence() -> None:
    html = to_html(r"For which $\eta$ does $\mathbf{w}_t \to \mathbf{0}$?")
    assert speak(html) == "For which eta does bold w sub t goes to bold 0?"


def test_blocks_are_separated_by_full_stops() -> None:
    assert speak("<p>One</p><ul><li>two</li><li>three</li></ul>") == "One. two. three"


def test_table_cells_are_separated_by_commas() -> None:
    assert speak(to_html("| a | b |\n|---|---|\n| 1 | 2 |")) == "a, b. 1, 2"


def test_entities_are_read_as_their_characters() -> None:
    assert speak("<p>a &lt; b &amp; c</p>") == "a < b & c"


def test_a_text_that_ends_with_a_stop_keeps_it_and_gets_no_second_one() -> None:
    assert speak("<p>One.</p><p>Two: <em>three</em>.</p>") == "One. Two: three."


def test_a_nested_fraction_says_where_each_one_ends() -> None:
    assert speak(to_mathml(r"\frac{\frac{a}{b}}{c}", False)).count("end fraction") == 2


def test_a_product_with_brackets_is_not_read_as_a_function() -> None:
    assert " of " not in speak(to_mathml("p(1-p)", False))


def test_a_long_stem_is_read_quickly() -> None:
    formulas = " ".join(f"$x_{{{n}}}^2 + \\frac{{a}}{{b_{{{n}}}}}$" for n in range(400))
    assert len(speak(inline_html(formulas))) > 400 * 20
