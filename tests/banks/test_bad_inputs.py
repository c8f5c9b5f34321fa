"""The file cases of the catalogue of bad inputs, by `plumbline bank check`: exit, place, code and words (R5)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from bad_inputs import catalogue, cost
from typer.testing import CliRunner, Result

from app.cli import cli

pytestmark = pytest.mark.quick
Make = Callable[..., Path]
PAIR, TOTAL = "items/sums.small/pair.yaml", "items/sums.small/total.yaml"
IDS = {PAIR: "sums.small.pair", TOTAL: "sums.small.total"}
SLOWEST_S, MOST_MIB = 2.0, 256.0
CASES = catalogue.cases()
LINE = re.compile(r".+?\.yaml:\d+:\d+: ((?!W\d)[\w.]+): ")
FOUR, LIE, SUM = 'text: "There are four"', "Two apples lie", "n + m}"


@dataclass(frozen=True)
class Slip:
    """One change to a sound item file, and `at`: the text whose first occurrence then is the place that is named.

    `code` and `says` stand where they differ from those of the case; a file that cannot be read at all names no item.
    """

    replace: str
    by: str | bytes
    at: str = ""
    file: str = PAIR
    code: str = ""
    says: str = ""
    named: bool = True
    place: tuple[int, int] | None = None


def bomb() -> str:
    return "l0: &l0 x\n" + "".join(f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 10)}]\n" for i in range(1, 11))


SLIPS: dict[str, list[Slip]] = {
    "F01": [
        Slip(FOUR, "text: no", "no,"),
        Slip(FOUR, "text: On", "On,", says="the YAML word `On`"),
        Slip(FOUR, "text: ~", "~, ", says="the YAML word `~`"),
        Slip(FOUR, "text: ", ", c", says="got nothing"),
        Slip("ai_assisted: true", "ai_assisted: yes", "yes", says="the YAML word `yes`"),
    ],
    "F02": [Slip(FOUR, "text: 12:30:00", "12:")],
    "F03": [
        Slip(FOUR, "text: 4040-01-00", "404"),
        Slip('"2026-11-23"', "2026-11-23", "202", code="bank.type", says="got a date; write"),
    ],
    "F04": [Slip("version: 1", "version: 1\nversion: 2", "version: 2")],
    "F05": [
        Slip("version: 1", "version: &x 1\nenemies: *x", "&x "),
        Slip("schema: plumbline.item/1\n", bomb(), "&l0", named=False),
    ],
    "F06": [Slip("version: 1", "version: !!python/object/apply:os.system [id]", "!!p")],
    "F07": [
        Slip("version: 1", "version: " + "[" * 20_000, place=(3, 21), named=False),
        Slip("version: 1", "version: " + "{a: " * 5_000, place=(3, 54), named=False),
    ],
    "F08": [
        Slip("Two apples", "x" * 66_000, place=(1, 1), named=False),
        Slip("Two apples", b"x" * 101 * 1024 * 1024, place=(1, 1), named=False),
    ],
    "F09": [
        Slip("apples", "caf\u00e9s".encode("latin-1"), place=(12, 10), says="not UTF-8 (byte 0xE9)", named=False),
        Slip("", "".encode("utf-16"), place=(1, 1), says="UTF-16", named=False),
    ],
    "F12": [
        Slip("tags: [fruit]", "key: 4", "key: 4"),
        Slip("answer: {value: answer", "key: 4\nanswer: {value: answer", "key: 4", TOTAL),
    ],
    "F13": [
        Slip("correct: true, ", "", "- {"),
        Slip("correct: true", "correct: false", "- {", says="mark one with correct: true"),
        Slip(
            "answer: {value: answer, tolerance: {abs: 0.5}}\n",
            "",
            "sch",
            TOTAL,
            code="bank.missing_field",
            says="answer: missing",
        ),
    ],
    "F14": [
        Slip('"There are three"', '" there are  FOUR. "', "- {"),
        Slip(
            '"There are three", misconception: off-by-one, why: "One too few."}\n  - {id: b, text: "There are four"',
            '"Caf\u00e9s", misconception: off-by-one, why: "One too few."}\n  - {id: b, text: "Cafe\u0301s"',
            "- {",
        ),
        Slip("{id: a", "{id: b", "- {", says="same id"),
    ],
    "F15": [
        Slip("developing: 0.5", "developing: 0", "0, a", says="must be at least"),
        Slip("developing: 0.5", "developing: -1", "-1,", says="must be at least"),
        Slip("developing: 0.5", "developing: 1.5", "1.5", says="must be at most 0.97, got 1.5"),
        Slip("developing: 0.5", "developing: .nan", ".nan", says="must be a finite number"),
        Slip("developing: 0.5", "developing: .inf", ".inf", says="must be a finite number"),
        Slip("developing: 0.5", "developing: 1e999", "1e9", says="too large"),
        Slip("developing: 0.5", "developing: 1e-999", "1e-", says="too small"),
        Slip("time_seconds: 60", f"time_seconds: {'9' * 30}", "999", says="too large"),
        Slip("tolerance: {abs: 0.5}", "tolerance: {abs: -1}", "-1}", TOTAL, says="must be at least 0, got -1"),
    ],
    "F22": [
        Slip(LIE, "Two <script>alert(1)</script> lie", "<sc", says="raw HTML `<script>` is not allowed"),
        Slip(LIE, "Two <img src=x onerror=alert(1)> lie", "<im", says="not allowed"),
        Slip(LIE, "Two [x](javascript:alert(1)) lie", "jav", says="only http, https and mailto"),
        Slip(LIE, "Two ![x](http://tracker.example/a.png) lie", "htt", says="image"),
        Slip(LIE, "Two <svg onload=alert(1)></svg> lie", "<sv", says="not allowed"),
    ],
    "F23": [
        Slip(LIE, "Two $\\href{javascript:x}{y}$ lie", "\\hr"),
        Slip(LIE, "Two $x + \\input{/etc/passwd}$ lie", "\\in"),
        Slip(LIE, "Two $\\write18{id}$ lie", "\\wr"),
        Slip(LIE, "Two $\\def\\x{\\x\\x}\\x$ lie", "\\de"),
    ],
    "F24": [
        Slip("tags: [fruit]", "pattern: (a+)+$", "pat"),
        Slip("near_misses:", "regex: (a+)+$\nnear_misses:", "reg", TOTAL),
    ],
    "F25": [
        Slip(SUM, "__import__('os').popen('id').read()}", "__i", TOTAL, says="`__import__` is not a known function"),
        Slip(SUM, '"().__class__.__bases__[0]"}', '"().', TOTAL),
        Slip(SUM, "eval(n)}", "eva", TOTAL, says="not a known function"),
        Slip(SUM, '"(lambda: n)()"}', '"(l', TOTAL),
    ],
    "F26": [
        Slip(SUM, "9**9**9}", "9**", TOTAL, says="exponent above 64"),
        Slip(SUM, "factorial(10**9)}", "fac", TOTAL, says="170"),
        Slip(SUM, '"binomial(10**9, 5*10**8)"}', '"bin', TOTAL, code="bank.expression", says="not a known function"),
        Slip(SUM, '"comb(10**9, 5*10**8)"}', '"comb', TOTAL, says="2000"),
    ],
    "F27": [
        Slip("difficulty:", "dificulty:", "dif"),
        Slip("judges: 1", "judge: 1", "jud", says="did you mean `judges`?"),
    ],
}  # fmt: skip


def run(*folders: Path) -> Result:
    return CliRunner().invoke(cli, ["bank", "check", *map(str, folders)])


def changed(text: str, slip: Slip) -> bytes:
    assert slip.replace in text
    if isinstance(slip.by, str):
        return text.replace(slip.replace, slip.by, 1).encode()
    if not slip.replace:
        return text.encode("utf-16")
    return text.encode().replace(slip.replace.encode(), slip.by, 1)


def place_of(body: bytes, slip: Slip) -> tuple[int, int]:
    if slip.place is not None:
        return slip.place
    text = body.decode()
    before = text[: text.index(slip.at)]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


@pytest.mark.parametrize(("name", "slip"), [
    pytest.param(name, slip, id=f"{name}-{number}")
    for name, slips in SLIPS.items()
    for number, slip in enumerate(slips, 1)
])  # fmt: skip
def test_a_bad_file_is_refused_with_its_place_and_what_to_do(
    make_bank: Make, files: Mapping[str, str], name: str, slip: Slip
) -> None:
    case = CASES[name]
    body = changed(files[slip.file], slip)
    folder = make_bank({slip.file: body})
    with cost.measured() as taken:
        done = run(folder)
    assert taken.is_within(SLOWEST_S, MOST_MIB), taken
    assert done.exit_code == case.exit == 2, done.output
    line, column = place_of(body, slip)
    code, says = slip.code or case.code, slip.says or case.says
    lines = done.stdout.splitlines()
    told = [one for one in lines if one.startswith(f"{folder / slip.file}:{line}:{column}: {code}: ") and says in one]
    assert told, done.output
    assert not slip.named or all(one.endswith(f"[{IDS[slip.file]}]") for one in told)
    errors = {match[1] for match in map(LINE.match, lines) if match} - {"bank.more"}
    assert errors == {code} or not slip.named, "no error about an error"
    assert all(len(one) < 600 for one in lines), "of what is in a file, no more than helps"
    assert "Traceback" not in done.output


def test_f10_a_byte_order_mark_and_windows_line_ends_are_accepted(make_bank: Make, files: Mapping[str, str]) -> None:
    windows = {
        name: b"\xef\xbb\xbf" + files[name].replace("\n", "\r\n").encode() for name in (PAIR, TOTAL, "bank.yaml")
    }
    assert run(make_bank(windows)).exit_code == CASES["F10"].exit == 0


@pytest.mark.parametrize("again", ["items/sums.small/other.yaml", "items/sums.small/Pair.yaml"])
def test_f11_one_id_twice_is_named_with_both_places(make_bank: Make, files: Mapping[str, str], again: str) -> None:
    done = run(make_bank({again: files[PAIR]}))
    assert done.exit_code == 2
    (told,) = [line for line in done.stdout.splitlines() if f": {CASES['F11'].code}: " in line]
    assert CASES["F11"].says in told
    assert all(f"{Path(file).name}:2" in told for file in (again, PAIR))


def test_all_problems_of_all_files_are_told_in_one_run(make_bank: Make, files: Mapping[str, str]) -> None:
    wanted = {}
    for name, slips in SLIPS.items():
        for number, slip in enumerate(slips):
            if slip.named:
                stem = f"{name.lower()}-{number}"
                text = changed(files[slip.file], slip).decode()
                wanted[f"items/sums.small/{stem}.yaml"] = text.replace(IDS[slip.file], f"sums.small.{stem}", 1)
    done = run(make_bank(wanted))
    assert done.exit_code == 2
    broken = {match[0] for match in re.finditer(r"items/sums\.small/f\d\d-\d+\.yaml(?=:\d+:\d+: (?!W))", done.stdout)}
    assert broken == set(wanted)


def test_every_file_case_runs_here() -> None:
    mine = set(catalogue.run_by("tests/banks/test_bad_inputs.py"))
    assert mine == {*SLIPS, "F10", "F11"}
