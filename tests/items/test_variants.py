"""Seeds, draws, constraints and the insertion of values into texts."""

import hashlib
import json
from collections import Counter
from typing import Any

import pytest
from pydantic import ValidationError

from app.items import registry
from app.items.contract import Item
from app.items.expressions import ExpressionError
from app.items.fields import Param
from app.items.placeholders import number, render
from app.items.variants import VariantError, enumerate_variants, instantiate, space, variant_seed

pytestmark = pytest.mark.quick


def numeric(**changes: Any) -> Item:
    fields: dict[str, Any] = {
        "schema": "plumbline.item/1",
        "id": "t.skill.item",
        "version": 1,
        "status": "draft",
        "type": "numeric",
        "domain": "t",
        "skill": "t.skill",
        "cognitive": "apply",
        "difficulty": {"developing": 0.4, "accomplished": 0.8, "judges": 1},
        "time_seconds": 60,
        "stem": "What is {{n}}?",
        "answer": {"value": "n", "tolerance": {"abs": 0.5}},
        "rationale": "It is {{n}}.",
        "authorship": {"author": "t", "created": "2026-11-23", "license": "CC-BY-4.0", "ai_assisted": False},
        "params": {"n": {"int": [1, 6]}},
    }
    item: Item = registry.types()["numeric"].schema.model_validate({**fields, **changes})
    return item


def single(shuffle: bool) -> Item:
    options = [{"id": x, "text": f"option {x}", "why": "w", "correct": x == "a"} for x in "abcd"]
    data = numeric().model_dump(by_alias=True, exclude_defaults=True) | {"type": "single", "options": options}
    del data["answer"]
    return registry.types()["single"].schema.model_validate({**data, "shuffle": shuffle})


def test_seeds_are_fixed_by_attempt_item_and_version() -> None:
    seed = variant_seed(b"attempt", "a.b", 1)
    assert seed == variant_seed(b"attempt", "a.b", 1)
    others = [variant_seed(b"attempt", "a.b", 2), variant_seed(b"x", "a.b", 1), variant_seed(b"attempt", "a.c", 1)]
    assert len({seed, *others}) == 4


def test_the_stream_of_draws_never_changes() -> None:
    """Stored attempts replay by it: these values must hold in every version of Python and of this module."""
    params = {"z": {"float": [0, 1, 0.01]}, "n": {"int": [1, 1000, 3]}, "c": {"choice": [[1, 2], [3, 4]]}}
    item = numeric(params=params, stem="{{n}} {{z}} {{c}}?")
    drawn = [instantiate(item, variant_seed(b"s", "a.b", i)).drawn for i in range(20)]
    digest = hashlib.sha256(json.dumps(drawn, sort_keys=True).encode()).hexdigest()
    assert drawn[0] == {"z": 0.36, "n": 712, "c": [3, 4]}
    assert digest.startswith("192d078e81fe65b9")
    assert instantiate(single(True), b"s").order == ("a", "b", "d", "c")


def test_the_order_of_keys_in_the_store_does_not_matter() -> None:
    params = {"n": {"int": [1, 100]}, "a": {"int": [1, 100]}}
    derive = {"x": "y + 1", "y": "n + a"}
    forward = numeric(params=params, derive=dict(reversed(derive.items())))
    backward = numeric(params=dict(reversed(params.items())), derive=derive)
    for i in range(20):
        assert instantiate(forward, bytes([i])).values == instantiate(backward, bytes([i])).values


def test_every_value_is_drawn_about_equally_often() -> None:
    counts = Counter(instantiate(numeric(), str(i).encode()).values["n"] for i in range(3000))
    assert sorted(counts) == [1, 2, 3, 4, 5, 6]
    assert all(400 < count < 600 for count in counts.values())  # 500 +- 5 standard deviations


def test_options_are_shuffled_without_favour_and_only_when_asked() -> None:
    first = Counter(instantiate(single(True), str(i).encode()).order[0] for i in range(2000))
    assert all(400 < first[x] < 600 for x in "abcd")
    assert {instantiate(single(False), str(i).encode()).order for i in range(50)} == {("a", "b", "c", "d")}


def test_ranges_include_both_ends_and_floats_are_what_the_author_means() -> None:
    assert Param.model_validate({"int": [2, 10, 2]}).values() == [2, 4, 6, 8, 10]
    assert Param.model_validate({"int": [1, 3]}).values() == [1, 2, 3]
    assert Param.model_validate({"float": [0.1, 0.5, 0.1]}).values() == [0.1, 0.2, 0.3, 0.4, 0.5]
    assert Param.model_validate({"float": [0, 1, 0.3]}).values() == [0.0, 0.3, 0.6, 0.9]


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"choice": []},
        {"choice": ["a"]},
        {"choice": [True]},
        {"choice": [1], "int": [1, 2]},
        {"int": [5, 1]},
        {"int": [1, 5, 0]},
        {"int": [1.5, 3]},
        {"int": [0, 10**9]},
        {"float": [0, 1]},
        {"float": [0, 1, float("nan")]},
        {"float": [0, float("inf"), 1]},
    ],
)
def test_senseless_parameters_are_refused(spec: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Param.model_validate(spec)


def test_constraints_hold_in_every_variant() -> None:
    item = numeric(constraints=["n % 2 == 0"])
    assert {v.values["n"] for v in enumerate_variants(item, 200)} == {2, 4, 6}
    assert {instantiate(item, bytes([i])).values["n"] for i in range(40)} == {2, 4, 6}


def test_constraints_that_nothing_meets_are_an_error_not_a_loop() -> None:
    item = numeric(constraints=["n > 6"])
    with pytest.raises(VariantError, match="no draw of 500"):
        instantiate(item, b"s")
    with pytest.raises(VariantError, match="no variant"):
        enumerate_variants(item, 200)


def test_a_formula_that_fails_names_its_place_and_the_values() -> None:
    with pytest.raises(VariantError, match=r"division by zero.*n = 1") as failed:
        enumerate_variants(numeric(derive={"x": "1/(n-1)"}), 10)
    assert failed.value.place == ("derive", "x")


def test_small_spaces_are_walked_in_full_and_large_ones_sampled_with_their_corners() -> None:
    wide = numeric(params={"n": {"int": [1, 400]}, "m": {"int": [1, 400]}}, stem="{{n}} {{m}}?")
    assert space(numeric().params) == 6
    assert space(wide.params) == 160_000
    assert len(enumerate_variants(numeric(), 200)) == 6
    sampled = [(v.values["n"], v.values["m"]) for v in enumerate_variants(wide, 200)]
    assert len(set(sampled)) == 200
    assert {(1, 1), (1, 400), (400, 1), (400, 400)} <= set(sampled)
    assert enumerate_variants(wide, 1)[0].values == enumerate_variants(wide, 200)[0].values or len(sampled) == 200


def test_few_of_many_are_spread_over_the_whole_space() -> None:
    few = [v.values["n"] for v in enumerate_variants(numeric(params={"n": {"int": [1, 100]}}), 5)]
    assert few == [1, 25, 50, 75, 100]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{{n}} apples", "12 apples"),
        ("{{ 2*n }}", "24"),
        ("{{h}}", "0.5"),
        ("{{w}}", "3"),  # a whole float has no .0
        ("{{big}}", "1234567"),  # thousands are not grouped
        ("{{tenth}}", "0.3"),  # 0.1 + 0.2
        ("{{tiny}}", "0.00001"),
        ("{{third:.3g}}", "0.333"),
        ("{{h:.0%}}", "50%"),
        ("{{n:+}}, {{m:+}}", "+12, -3"),
        ("{{w:d}}", "3"),
        ("{{zero:.2f}}", "0.00"),  # not -0.00
        ("{{v}}", "[1, 2.5]"),
        ("{{v[1]}}", "2.5"),
        ("no placeholder { } {{", "no placeholder { } {{"),
        # inside formulas
        ("$x = {{m}}$", "$x = -3$"),
        ("$x^{{n}}$", "$x^{12}$"),  # not x to the 1, then 2
        ("$x_{{m}}$", "$x_{-3}$"),
        ("$x^{{{n}}}$", "$x^{12}$"),
        (r"$\frac{{n}}{{m}}$", r"$\frac{12}{-3}$"),
        (r"$\sqrt{{n}}$", r"$\sqrt{12}$"),
        (r"$3 \times {{n}}$", r"$3 \times 12$"),
        (r"${{n}}\times 10^{9}$", r"$12\times 10^{9}$"),
        ("$$\\frac{{n}}{2}$$", "$$\\frac{12}{2}$$"),
        (r"${{h:.0%}}$", r"$50\%$"),
        # outside formulas no braces appear
        ("a^{{n}}", "a^12"),
        ("`x^{{n}}` and $y$", "`x^12` and $y$"),
        (r"\$5 and x^{{n}} \$", r"\$5 and x^12 \$"),
        ("```python\nx = $ {{n}} $\n```", "```python\nx = $ 12 $\n```"),
    ],
)
def test_values_come_out_right_in_texts(text: str, shown: str) -> None:
    values = {"n": 12, "m": -3, "h": 0.5, "w": 3.0, "big": 1234567, "tenth": 0.1 + 0.2, "tiny": 1e-5, "third": 1 / 3}
    assert render(text, {**values, "zero": -0.001, "v": [1, 2.5]}) == shown


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{nn}}", "unknown name `nn`"),
        ("{{n:999999999d}}", "format"),
        ("{{n:s}}", "format"),
        ("{{h:d}}", "whole number"),
        ("{{n > 1}}", "truth value"),
        ("{{n.real}}", "point only belongs"),
        ("{{().__class__}}", "not understood|missing|begins with"),
        ("{{9**9**9}}", "exponent above 64"),
    ],
)
def test_placeholders_that_cannot_be_filled_are_errors(text: str, message: str) -> None:
    with pytest.raises(ExpressionError, match=message):
        render(text, {"n": 12, "h": 0.5})


def test_numbers_are_written_as_people_do() -> None:
    assert [number(x) for x in (1e15, 2.5e-7, -0.1, 12345.678, 1e22, 10**20)] == [
        "1000000000000000",
        "0.00000025",
        "-0.1",
        "12345.678",
        "1e+22",
        "100000000000000000000",
    ]
    assert number(1234567.0, 6) == "1234567"
    assert number(123456.789, 3) == "123000"
