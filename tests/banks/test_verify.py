"""The proof of keys is itself proved: planted wrong keys are caught, and scripts that misbehave are ended."""

import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from app.banks.load import load_bank
from app.banks.verify import Limits, Result, question, scripted, verify
from app.items.variants import enumerate_variants

Make = Callable[..., Path]
PAIR, TOTAL = "items/sums.small/pair.yaml", "items/sums.small/total.yaml"
TIGHT = Limits(cpu_s=2, wall_s=60.0, memory=512 * 2**20, output=2**20)


def results(folder: Path, limits: Limits = TIGHT, only: tuple[str, ...] | None = None) -> dict[str, Result]:
    return {result.item_id: result for result in verify(load_bank(folder), only, limits=limits)}


def run_script(make_bank: Make, body: str, limits: Limits = TIGHT) -> Result:
    return results(make_bank({"verify/pair.py": body}), limits, ("sums.small.pair",))["sums.small.pair"]


def test_right_keys_are_proved_in_every_variant(make_bank: Make) -> None:
    found = results(make_bank())
    assert {(r.item_id, r.ok, r.variants, r.message) for r in found.values()} == {
        ("sums.small.pair", True, 1, ""),
        ("sums.small.total", True, 28, ""),
    }


def test_a_wrong_key_is_caught(make_bank: Make, files: Mapping[str, str]) -> None:
    """The planted fault: another option is marked, and the derived answer is off by one."""
    wrong = (
        files[PAIR]
        .replace("correct: true", "misconception: x")
        .replace("misconception: off-by-one", "correct: true", 1)
    )
    found = results(make_bank({PAIR: wrong, TOTAL: files[TOTAL].replace("n + m}", "n + m + 1}")}))
    pair, total = found["sums.small.pair"], found["sums.small.total"]
    assert not pair.ok
    assert pair.message.startswith("1 of 1 variants disagree with the key: the script answers")
    assert '{"option": "b"}, the key is {"option": "a"}' in pair.message
    assert not total.ok
    assert total.message.startswith("28 of 28 variants disagree with the key: when n = 3, m = 10, the script answers")
    assert '{"value": "13"}, the key is {"value": "14"}' in total.message
    assert total.message.endswith("and 25 more")


def test_a_key_that_is_wrong_in_one_variant_only_is_caught(make_bank: Make, files: Mapping[str, str]) -> None:
    found = results(make_bank({TOTAL: files[TOTAL].replace("n + m}", "n + m + (n == 7 and m == 12)}")}))
    assert "1 of 28 variants disagree with the key: when n = 7, m = 12" in found["sums.small.total"].message


def test_the_script_is_told_neither_key_nor_derived_values(make_bank: Make) -> None:
    bank = load_bank(make_bank())
    assert [item.id for item in scripted(bank)] == ["sums.small.pair", "sums.small.total"]
    pair, total = (question(item, enumerate_variants(item, 3)) for item in bank.items)
    options = {"a": "There are three", "b": "There are four", "c": "There are five"}
    assert pair == {"item": "sums.small.pair", "type": "single", "variants": [{"params": {}, "options": options}]}
    assert total["variants"][0] == {"params": {"n": 3, "m": 10}}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "printed nothing"),
        ("print('hello')", "the last line printed is not JSON: hello"),
        ("print('[' * 100000)", "not JSON"),
        ("print('[1]')", "no list of answers"),
        ("print('{\"answers\": []}')", "0 answers for 1 variants"),
        ('print(\'{"answers": [{"option": "z"}]}\')', "is refused: choose one of a, b, c"),
        ('print(\'{"answers": [{"skip": true}]}\')', "the key is"),
        ("print('{\"answers\": [null]}')", "is refused: an answer is an object"),
        ("raise ValueError('no proof')", "the script failed (exit code 1)"),
        ("raise ValueError('no proof')", "ValueError: no proof"),
        ("import sys; sys.exit(3)", "exit code 3"),
        ("import app.banks", "ModuleNotFoundError"),
        ("open('/etc/hostname').read(); import os; assert not os.listdir('.'), 1", "printed nothing"),
        ("import os; print(os.environ.get('PLUMBLINE_SECRET', 'unknown'))", "not JSON: unknown"),
        ("import os; os.kill(os.getpid(), 11)", "crashed (SIGSEGV)"),
    ],
)
def test_a_script_without_good_answers_fails_with_the_reason(
    make_bank: Make, monkeypatch: pytest.MonkeyPatch, body: str, message: str
) -> None:
    monkeypatch.setenv("PLUMBLINE_SECRET", "do not tell")
    result = run_script(make_bank, body)
    assert not result.ok
    assert message in result.message
    assert "do not tell" not in result.message


def test_a_script_that_never_ends_is_ended(make_bank: Make) -> None:
    started = time.monotonic()
    spinning = run_script(make_bank, "while True: pass")
    assert "more than 2 s of CPU time" in spinning.message
    sleeping = run_script(make_bank, "import time; time.sleep(60)", Limits(wall_s=1.0))
    assert "still running after 1 s" in sleeping.message
    assert time.monotonic() - started < 55  # of the 60 s it asked for


def test_a_script_that_does_not_read_its_input_does_no_harm(make_bank: Make) -> None:
    assert "printed nothing" in run_script(make_bank, "import os; os.close(0)").message


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory and processes are those of Linux")
def test_a_script_that_eats_memory_is_ended(make_bank: Make) -> None:
    message = run_script(make_bank, "x = [bytearray(2**24) for _ in range(200)]").message
    assert message.startswith("needs more than 512 MiB of memory")


def test_a_script_that_prints_without_end_is_ended(make_bank: Make) -> None:
    result = run_script(make_bank, "while True: print('x' * 10**5)")
    assert not result.ok
    assert len(result.message) < 1500


@pytest.mark.skipif(sys.platform != "linux", reason="process groups as on Linux")
def test_what_a_script_leaves_running_is_ended_with_it(make_bank: Make, tmp_path: Path) -> None:
    note = tmp_path / "child"
    body = f"""
import os, pathlib, time
if os.fork() == 0:
    pathlib.Path({str(note)!r}).write_text(str(os.getpid()))
    time.sleep(60)
time.sleep(0.5)
"""
    message = run_script(make_bank, body).message
    if not note.exists():  # whoever is not root cannot even start it
        assert "BlockingIOError" in message
        return
    assert _ends(int(note.read_text()))


@pytest.mark.skipif(sys.platform != "linux", reason="process groups as on Linux")
def test_stopping_early_ends_what_still_runs(make_bank: Make, tmp_path: Path) -> None:
    note = tmp_path / "sleeper"
    body = f"import os, pathlib, time; pathlib.Path({str(note)!r}).write_text(str(os.getpid())); time.sleep(60)"
    running = verify(load_bank(make_bank({"verify/total.py": body})), limits=Limits(wall_s=50))
    started = time.monotonic()
    assert next(running).item_id == "sums.small.pair"
    while not note.exists() and time.monotonic() - started < 40:
        time.sleep(0.05)
    running.close()
    assert time.monotonic() - started < 45
    assert _ends(int(note.read_text()))


def _is_running(pid: int) -> bool:
    """Whether the process runs; one that has ended and waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _ends(pid: int) -> bool:
    """Whether the process is gone within 2 s: a killed one may take a moment to go."""
    deadline = time.monotonic() + 2
    while _is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not _is_running(pid)


def test_the_helper_process_has_its_own_group(make_bank: Make) -> None:
    """Ending a script's group must never reach us."""
    result = run_script(make_bank, f"import os; print(os.getpgid(0) == {os.getpgid(0)})")
    assert "not JSON: False" in result.message
