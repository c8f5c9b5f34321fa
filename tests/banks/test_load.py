"""The loader: what it accepts, and for what else authors get wrong the place, the reason and what to do."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from app.banks import yaml_events
from app.banks.load import BankUnreadable, load_bank
from app.banks.problems import MAX_PER_FILE, Problem
from app.items.content import content_hash

pytestmark = pytest.mark.quick
Make = Callable[..., Path]
PAIR, TOTAL = "items/sums.small/pair.yaml", "items/sums.small/total.yaml"


def problems_of(folder: Path) -> list[Problem]:
    return list(load_bank(folder).problems)


def test_a_good_bank_loads_without_a_word(make_bank: Make) -> None:
    bank = load_bank(make_bank())
    assert bank.problems == ()
    assert [item.id for item in bank.items] == ["sums.small.pair", "sums.small.total"]
    assert bank.definition.blueprint.skills[0].slots == {"apply": {"B1": 2}}


def test_byte_order_mark_and_windows_line_ends_change_nothing(make_bank: Make, files: Mapping[str, str]) -> None:
    plain = load_bank(make_bank()).items
    windows = {
        name: b"\xef\xbb\xbf" + files[name].replace("\n", "\r\n").encode() for name in (PAIR, TOTAL, "bank.yaml")
    }
    bank = load_bank(make_bank(windows))
    assert bank.problems == ()
    assert [content_hash(item) for item in bank.items] == [content_hash(item) for item in plain]


def bad_items() -> list[Any]:
    document = yaml_events.read((Path(__file__).parent / "bad_items.yaml").read_bytes())
    assert document.faults == []
    return [
        pytest.param(case, id=case["by"][:40] or "without " + case["replace"][:30])
        for case in document.content["cases"]
    ]


@pytest.mark.parametrize("case", bad_items())
def test_what_is_wrong_in_an_item_is_named_once_with_its_place(
    make_bank: Make, files: Mapping[str, str], case: dict[str, str]
) -> None:
    name = f"items/sums.small/{case['of']}.yaml"
    assert case["replace"] in files[name]
    changed = files[name].replace(case["replace"], case["by"], 1)
    found = problems_of(make_bank({name: changed}))
    told = [str(problem) for problem in found]
    matching = [p for p in found if p.code == case["code"] and case["says"] in str(p)]
    assert matching, told
    before = changed[: changed.index(case["at"])]
    place = (before.count("\n") + 1, len(before) - before.rfind("\n"))
    assert (matching[0].line, matching[0].column) == place, told
    assert told[found.index(matching[0])].startswith(f"{matching[0].file}:{place[0]}:{place[1]}: {case['code']}: ")
    assert {problem.code for problem in found} <= {case["code"], "bank.duplicate_key"}, told  # no error about an error


def test_all_problems_of_a_run_are_listed_and_fifty_of_a_file(make_bank: Make, files: Mapping[str, str]) -> None:
    many = files[PAIR] + "".join(f"field{i}: 1\n" for i in range(80))
    found = problems_of(make_bank({PAIR: many, TOTAL: files[TOTAL].replace("version: 1", "version: no")}))
    of_pair = [p for p in found if p.file.endswith("pair.yaml")]
    assert len(of_pair) == MAX_PER_FILE + 1
    assert of_pair[-1].message == "and 30 more problems in this file"
    assert [p.file.endswith("total.yaml") for p in found].count(True) == 1


def test_items_with_an_error_are_left_out_and_the_others_kept(make_bank: Make, files: Mapping[str, str]) -> None:
    bank = load_bank(make_bank({PAIR: files[PAIR].replace("version: 1", "version: no")}))
    assert [item.id for item in bank.items] == ["sums.small.total"]
    assert len(bank.errors) == 1


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_read(make_bank: Make) -> None:
    folder = make_bank()
    (folder / "items/sums.small/gone.yaml").symlink_to(folder / "nowhere.yaml")
    bank = load_bank(folder)
    assert [(Path(p.file).name, p.code) for p in bank.problems] == [("gone.yaml", "bank.file")]
    assert "cannot be read: No such file" in bank.problems[0].message
    assert len(bank.items) == 2


def test_files_that_are_no_items_are_named(make_bank: Make) -> None:
    found = problems_of(
        make_bank({"items/sums.small/new.yml": "x", "items/sums.small/notes.txt": "x", "items/.DS_Store": "x"})
    )
    assert [(Path(p.file).name, p.code) for p in found] == [("new.yml", "bank.file"), ("notes.txt", "bank.file")]
    assert "rename it to .yaml" in found[0].message


@pytest.mark.parametrize(
    ("old", "new", "code", "message"),
    [
        ("weight: 1", "weight: 0.5", "bank.weights", "add up to 0.5000, not 1"),
        ("id: sums\n", "id: summs\n", "bank.id", "lies in the folder sums"),
        ("minutes: 20", "minutes: long", "bank.type", "expected a whole number"),
        ("developing: 100", "developing: 250", "bank.cut_scores", "must be the higher one"),
        ("{min: 10, max: 30", "{min: 40, max: 30", "bank.test_length", "min must not be above max"),
        ("slots: {apply: {B1: 2}}", "slots: {aply: {B1: 2}}", "bank.value", "did you mean `apply`?"),
        ("slots: {apply: {B1: 2}}", "slots: {apply: {B9: 2}}", "bank.value", "expected B1, B2, B3, B4 or B5"),
        ("license: CC-BY-4.0\n", "", "bank.missing_field", "license: missing"),
    ],
)
def test_what_is_wrong_in_bank_yaml_is_named(
    make_bank: Make, files: Mapping[str, str], old: str, new: str, code: str, message: str
) -> None:
    assert old in files["bank.yaml"]
    bank = load_bank(make_bank({"bank.yaml": files["bank.yaml"].replace(old, new)}))
    assert [p.code for p in bank.problems] == [code], [str(p) for p in bank.problems]
    assert message in str(bank.problems[0])
    with pytest.raises(BankUnreadable, match=code):
        _ = bank.definition


def test_a_folder_without_bank_yaml_says_what_is_missing(tmp_path: Path) -> None:
    bank = load_bank(tmp_path)
    assert [p.code for p in bank.problems] == ["bank.file"]


def test_the_shipped_banks_load_without_an_error() -> None:
    folder = Path(__file__).parents[2] / "question_banks"
    banks = [load_bank(path.parent) for path in sorted(folder.glob("*/bank.yaml"))]
    assert {bank.definition.id for bank in banks} >= {
        "machine-learning",
        "deep-learning",
        "mathematics",
        "algorithmic-coding",
    }
    assert [str(problem) for bank in banks for problem in bank.errors] == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "# a comment",
        "- a\n- b",
        "plain",
        "{",
        "a: 'x",
        "\x00",
        "%YAML 1.1\n---\na: 1",
        "a: b: c",
        "!!set {a}",
    ],
)
def test_no_text_makes_the_reader_raise(text: str) -> None:
    assert yaml_events.read(text.encode()).faults != []


def test_plain_words_and_numbers_are_read_as_written() -> None:
    text = "a: y\nb: n\nc: -3\nd: 1e-3\ne: 0.50\nf: true\ng: a - b # c\non: x\n1: one\nh: v1.2\ni: 1.2.3\n"
    document = yaml_events.read(text.encode())
    assert document.faults == []
    assert document.content == {
        "a": "y", "b": "n", "c": -3, "d": 0.001, "e": 0.5, "f": True, "g": "a - b",
        "on": "x", "1": "one", "h": "v1.2", "i": "1.2.3",
    }  # fmt: skip
