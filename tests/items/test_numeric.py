"""Typed numbers: what is read, what is refused and why, and what counts as right."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.items import content
from app.items.contract import AnswerNumber, AnswerTooLong
from app.items.numeric.item import TYPE, NumericItem, Tolerance
from app.items.numeric.reading import read_number
from app.items.variants import instantiate

pytestmark = pytest.mark.quick


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("3.14", 3.14), ("-2", -2), ("+2", 2), ("0", 0), ("-0", 0), (".5", 0.5), ("5.", 5), ("007", 7), ("0e-9999", 0),
        ("1e-3", 0.001), ("1E3", 1000), ("2.5e+2", 250), ("1/3", 1 / 3), ("-3/4", -0.75), ("1.5/2", 0.75),
        ("1 / 4", 0.25), (" 3.14 ", 3.14), ("\u00a03.14\u202f", 3.14), ("- 2", -2), ("\u22125", -5),
        ("3,14", 3.14), ("0,125", 0.125), ("1,2345", 1.2345), ("12345,678", 12345.678), (",5", 0.5), ("-3,5", -3.5),
        ("1,234.5", 1234.5), ("1,234,567", 1234567), ("1,234,567.8", 1234567.8), ("1.234,5", 1234.5), ("1.234", 1.234),
        ("123456789012345678901234567890", 1.2345678901234568e29),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(typed: str, value: float) -> None:
    assert read_number(typed, {}).value == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "enter a number"), ("   ", "enter a number"), ("abc", "not a number; examples"), ("-", "not a number"),
        (".", "not a number"), (",", "not a number"), ("1,234", "1,234 can mean two numbers: write 1.234 or 1234"),
        ("12,345", "two numbers"), ("1,2,3", "do not fit together"), ("1,23.4", "do not fit together"),
        ("1.2.3", "two points"), ("1 234", "no spaces inside"), ("1/2/3", "one fraction"), ("1/0", "division by zero"),
        ("1e400", "too large"), ("9" * 20 + "e" + "999", "too large"), ("NaN", "not a number"), ("inf", "not a number"),
        ("1e999999", "too large"), ("1e-5000", "too close to 0"), ("-0.5e-999999", "too close to 0"),
        ("\u221e", "not a number"), ("0x10", "powers of ten"), ("2^10", "powers of ten"), ("3*10**5", "powers of ten"),
        ("3 x 10^5", "powers of ten"), ("\u0661\u0662", "digits 0 to 9"), ("\uff13", "digits 0 to 9"),
        ("\u00bd", "digits 0 to 9"), ("x\u00b2", "digits 0 to 9"), ("3.14abc", "has no unit"),
        ("3 GB", "has no unit"), ("50%", "has no unit"),
        ("--5", "not a number"), ("5-", "has no unit"), ("1_000", "has no unit"),
        ("\u202e5", "not a number"), ("5\u200b", "has no unit"),
    ],
)  # fmt: skip
def test_what_is_no_clear_number_is_refused_with_the_reason(typed: str, reason: str) -> None:
    with pytest.raises(AnswerNumber) as refused:
        read_number(typed, {})
    assert reason in refused.value.detail
    assert refused.value.errors[0].path == "answer.value"


def test_long_texts_are_refused_by_their_length() -> None:
    with pytest.raises(AnswerTooLong, match="at most 64 characters"):
        read_number("1" * 10**6, {})


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=70))
def test_any_text_is_a_finite_number_or_a_refusal(text: str) -> None:
    try:
        value = read_number(text, {"GB": 1.0, "%": 0.01}).value
    except (AnswerNumber, AnswerTooLong):
        return  # anything else raised fails the test
    assert abs(value) < float("inf")


@settings(max_examples=300, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_reads_back_from_its_own_text(value: float) -> None:
    assert read_number(repr(value), {}).value == value


@settings(max_examples=200, deadline=None)
@given(st.integers(10_000, 10**12), st.integers(0, 99))
def test_grouped_thousands_mean_the_same_with_either_mark(whole: int, cents: int) -> None:
    english = f"{whole:,}.{cents:02d}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert read_number(english, {}).value == read_number(german, {}).value == pytest.approx(whole + cents / 100)


def item(**changes: Any) -> NumericItem:
    answer = {"value": 14, "unit": "GB", "units": {"GB": 1, "MB": 0.001}, "tolerance": {"rel": 0.01}}
    data = {
        "schema": "plumbline.item/1", "id": "t.s.i", "version": 1, "status": "draft", "type": "numeric", "domain": "t",
        "skill": "t.s", "cognitive": "apply", "difficulty": {"developing": 0.4, "accomplished": 0.8, "judges": 1},
        "time_seconds": 60, "stem": "How much?", "rationale": "So much.", "answer": answer,
        "near_misses": [
            {"value": 14.5, "misconception": "near", "why": "Near."},
            {"value": 14.6, "misconception": "nearer", "why": "Nearer."},
        ],
        "authorship": {"author": "t", "created": "2026-11-23", "license": "CC0", "ai_assisted": False},
    }  # fmt: skip
    loaded = content.load({**data, **changes})
    assert isinstance(loaded, NumericItem)
    return loaded


def test_the_view_shows_units_and_no_number() -> None:
    variant = instantiate(item(), b"s")
    assert TYPE.present(variant) == {"units": ["GB", "MB"], "hint": None}


def test_the_unit_is_taken_from_the_field_or_from_behind_the_number() -> None:
    variant = instantiate(item(), b"s")
    for raw in (
        {"value": "14"},
        {"value": "14", "unit": "GB"},
        {"value": "14GB"},
        {"value": "14000 MB"},
        {"value": "14000", "unit": "MB"},
    ):
        assert TYPE.score(variant, TYPE.parse(variant, raw)).fraction == 1, raw


def test_a_wrong_number_gets_the_feedback_of_the_nearest_near_miss() -> None:
    variant = instantiate(item(), b"s")
    assert TYPE.score(variant, TYPE.parse(variant, {"value": "14.5"})).misconception == "near"
    assert TYPE.score(variant, TYPE.parse(variant, {"value": "14600 MB"})).misconception == "nearer"
    far = TYPE.score(variant, TYPE.parse(variant, {"value": "99"}))
    assert (far.fraction, far.why_html, far.read_as) == (0.0, None, "read as 99 GB")


def test_tolerance_is_the_larger_of_the_two_and_includes_its_ends() -> None:
    assert Tolerance(abs=0.005).accepts(3.145, 3.14)  # although 3.145 - 3.14 > 0.005 in binary
    assert not Tolerance(abs=0.005).accepts(3.1451, 3.14)
    assert Tolerance(abs=1, rel=0.1).accepts(111, 101)
    assert Tolerance(abs=20, rel=0.1).accepts(121, 101)
    assert Tolerance(rel=0.01).accepts(-99, -100)
    assert Tolerance().accepts(7, 7)
    assert not Tolerance().accepts(7.0001, 7)


def test_the_review_says_what_is_accepted() -> None:
    review = TYPE.review(instantiate(item(), b"s"), {"value": "14.5", "unit": "GB"})
    assert review["answer"] == "14.5 GB"
    assert review["key"] == "14 GB"
    assert review["accepted"] == "13.86 to 14.14 GB"
    assert review["why_html"] == "Near."
    assert [miss["value"] for miss in review["near_misses"]] == ["14.5 GB", "14.6 GB"]


@pytest.mark.parametrize("unit", ["", " GB", "3", "1GB", "-x", "a\nb", "x" * 21])
def test_units_that_could_be_read_as_part_of_a_number_are_refused(unit: str) -> None:
    with pytest.raises(ValueError, match="unit"):
        item(answer={"value": 1, "unit": unit, "tolerance": {"abs": 1}})
