"""The rules of good items: each is broken once and found, and a sound bank breaks none."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from app.banks.check import check, check_item, implied, key_positions
from app.banks.load import load_bank
from app.items import content
from app.items.contract import Item

pytestmark = pytest.mark.quick
Make = Callable[..., Path]
PAIR, TOTAL = "items/sums.small/pair.yaml", "items/sums.small/total.yaml"
WIDE = " + ".join("a" * 12)  # 18.7 em; its first nine letters are 13.75 em wide
LONG = "There are four, counting both apples and both pears, whatever their size or colour may be"


def test_a_sound_bank_breaks_no_rule(make_bank: Make) -> None:
    assert check(load_bank(make_bank())) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "code", "message"),
    [
        (PAIR, '"There are five"', '"All of the above"', "bank.catch_all", "option c refers to other options"),
        (PAIR, '"There are five"', '"Both A and B"', "bank.catch_all", "option c"),
        (PAIR, '"There are four"', f'"{LONG}"', "W020", "30 % longer"),
        (PAIR, '"There are five"', f'"{LONG}"', "W021", "option lengths run from 14 to"),
        (PAIR, '"There are five"', '"There are always five"', "W022", "`always` stands in a distractor"),
        (PAIR, ", misconception: off-by-one", "", "W023", "distractor a names no misconception"),
        (PAIR, '"There are four"', '"There are four pieces of fruit"', "W024", "repeats words of the stem"),
        (PAIR, "How many pieces of fruit are there?", "Which number is not the right one?", "W030", "bold capitals"),
        (PAIR, "How many pieces of fruit are there?", "Count the fruit.", "W031", "no question"),
        (PAIR, "Two apples lie", "word " * 200 + "lie", "W032", "more than 180"),
        (PAIR, "time_seconds: 60", "time_seconds: 900", "W034", "900 s"),
        (PAIR, "Two apples lie", f"With ${WIDE}$ apples lie", "W060", "a plus a"),
        (PAIR, '"There are five"', f'"There are ${WIDE[:33]}$"', "W060", "the 12.5 that fit"),
        (PAIR, "Two apples lie", f"With ${WIDE[:33]}$ apples lie", "", ""),
        (PAIR, "Two apples lie", f"With\n\n  $${WIDE}$$\n\n  apples lie", "", ""),
        (PAIR, "Two apples lie", f"With\n\n  | a | b |\n  |---|---|\n  | ${WIDE}$ | 1 |\n\n  apples lie", "", ""),
        (TOTAL, "What is", "With ${{10**(3*n)}}$: what is", "W060", "10000000"),
        (PAIR, "developing: 0.5", "developing: 0.75", "W042", "too close together"),
        (PAIR, "developing: 0.5, accomplished: 0.8", "developing: 0.2, accomplished: 0.95", "W042", "too far apart"),
        (PAIR, "developing: 0.5, accomplished: 0.8", "developing: 0.9, accomplished: 0.97", "W043", "b = -4.12"),
        (PAIR, "verify: {script: verify/pair.py, method: counting}\n", "", "bank.verify", "a live item needs"),
        (TOTAL, "script: verify/total.py, method: counting", "method: x, required_agreement: 2", "bank.verify", "must"),
        (TOTAL, "int: [10, 13]", "int: [10, 11]", "", ""),
        (TOTAL, "n: {int: [3, 9]}", "n: {int: [3, 4]}", "W040", "8 variants"),
        (TOTAL, "params: {", "params: {unused: {int: [1, 2]}, ", "W041", "`unused` is used nowhere"),
        (TOTAL, "What is", "With {{10000*n:.3g}} and so on: what is", "W044", "prints as"),
        (TOTAL, "+ {{m}}$?", "- {{3 - m}}$?", "W045", "reads badly"),
        (TOTAL, "value: answer - 1", "value: n + 11", "bank.near_miss", "counts as the key 14 when n = 3, m = 11"),
        (TOTAL, "value: answer - 1", "value: 1/(n - 5)", "bank.expression", "division by zero"),
        (TOTAL, "answer, tolerance: {abs: 0.5}", "n - 5, tolerance: {rel: 0.1}", "bank.tolerance", "the key is 0"),
        (TOTAL, "tolerance: {abs: 0.5}", "tolerance: {}", "W051", "no tolerance"),
        (TOTAL, '  - {value: n * m, misconception: product, why: "This is the product."}\n', "", "W052", "two"),
    ],
)  # fmt: skip
def test_each_rule_finds_what_breaks_it(
    make_bank: Make, files: Mapping[str, str], file: str, old: str, new: str, code: str, message: str
) -> None:
    assert old in files[file]
    found = check(load_bank(make_bank({file: files[file].replace(old, new, 1)})))
    if not code:
        assert found == []
        return
    matching = [problem for problem in found if problem.code == code]
    assert matching, [str(problem) for problem in found]
    assert message in matching[0].message
    assert matching[0].is_warning == code.startswith("W")
    assert matching[0].file.endswith(file)


def test_options_that_become_equal_in_one_variant_are_found(make_bank: Make, files: Mapping[str, str]) -> None:
    template = files[PAIR].replace("stem: |", "params: {n: {int: [2, 20]}}\nstem: |\n  {{n}}")
    template = template.replace('"There are three"', '"{{n + 2}}"').replace('"There are four"', '"{{2*n}}"')
    found = check(load_bank(make_bank({PAIR: template.replace('"There are five"', '"{{n * n}}"')})))
    assert [(p.code, p.key) for p in found] == [("bank.duplicate_choice", "options[1].text")]
    assert "options a and b read the same when n = 2" in found[0].message


def test_options_that_are_numbers_are_to_be_sorted(make_bank: Make, files: Mapping[str, str]) -> None:
    numbers = files[PAIR].replace('"There are three"', '"$3$"').replace('"There are five"', '"5"')
    numbers = numbers.replace('"There are four"', '"4"')
    assert [p.code for p in check(load_bank(make_bank({PAIR: numbers})))] == ["W033"]
    fixed = numbers.replace("options:", "shuffle: false\noptions:")
    assert check(load_bank(make_bank({PAIR: fixed}))) == []
    assert [p.code for p in check(load_bank(make_bank({PAIR: fixed.replace('"4"', '"6"')})))] == ["W033"]


def test_a_warning_can_be_waived_with_a_reason_and_an_error_cannot(make_bank: Make, files: Mapping[str, str]) -> None:
    slow = files[PAIR].replace("time_seconds: 60", "time_seconds: 900")
    waived = slow + "waivers: [{rule: W034, reason: a long proof is asked for}]\n"
    assert check(load_bank(make_bank({PAIR: waived}))) == []
    assert [p.code for p in check(load_bank(make_bank({PAIR: slow + "waivers: [{rule: W034}]\n"})))] == [
        "bank.missing_field"
    ]
    error = slow + "waivers: [{rule: bank.verify, reason: no time for this}]\n"
    assert [p.code for p in check(load_bank(make_bank({PAIR: error})))] == ["bank.value"]


def test_a_waiver_that_nothing_needs_is_named(make_bank: Make, files: Mapping[str, str]) -> None:
    needless = files[PAIR] + "waivers: [{rule: W034, reason: it used to be long}]\n"
    assert [p.code for p in check(load_bank(make_bank({PAIR: needless})))] == ["W090"]


def test_keys_that_favour_a_place_are_found(make_bank: Make) -> None:
    pair = next(item for item in load_bank(make_bank()).items if item.type == "single")

    def fixed(place: int) -> Item:
        data = content.dump(pair)
        for index, option in enumerate(data["options"]):
            option["correct"] = index == place
        return content.load({**data, "shuffle": False})

    assert list(key_positions([fixed(i % 3) for i in range(9)])) == []
    assert list(key_positions([fixed(1) for _ in range(7)])) == []  # too few to say
    ((_, finding),) = key_positions([fixed(1) for _ in range(6)] + [fixed(0) for _ in range(3)])
    assert "6 of 9 items with a fixed order have their key at place 2" in finding.message


def test_the_angoff_pair_implies_the_parameters_worked_out_by_hand(make_bank: Make) -> None:
    """Numeric, no guessing: logit(.8) = ln 4, logit(.5) = 0, so a = ln(4)/2 = .6931 and b = 1 - 2 = -1."""
    total = next(item for item in load_bank(make_bank()).items if item.type == "numeric")
    assert implied(total) == pytest.approx((0.693147, -1.0), abs=1e-6)


def test_the_shipped_banks_have_no_errors() -> None:
    folder = Path(__file__).parents[2] / "question_banks"
    for definition in sorted(folder.glob("*/bank.yaml")):
        bank = load_bank(definition.parent)
        errors = [str(problem) for problem in check(bank) if not problem.is_warning]
        assert errors == []
        assert len(bank.items) >= 30
        assert all(finding.is_warning for item in bank.items[:3] for finding in check_item(item))


def test_no_explanation_in_the_shipped_banks_names_an_option_by_its_letter_or_place() -> None:
    """Options are shuffled: the candidate's (a) is not the author's."""
    place = re.compile(
        r"(?<!\S)\((?:[a-f]|(?:first|second|third|fourth|fifth|last)(?:[\w ,]* (?:statement|option)s?)?)\)"
    )
    folder = Path(__file__).parents[2] / "question_banks"
    named_by_letter = [
        f"{item.id}: {found[0]}"
        for definition in sorted(folder.glob("*/bank.yaml"))
        for item in load_bank(definition.parent).items
        for text in (item.rationale, *(option.why for option in getattr(item, "options", ())))
        if getattr(item, "shuffle", False) and (found := place.search(text))
    ]
    assert named_by_letter == []
