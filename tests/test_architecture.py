"""The rules of the house hold, and each of them is seen to catch an offence."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
APP = ROOT / "app"
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]

OFFENCES = {
    "The house stands on its floors": ("telemetry.py", "import app.items.content"),
    "The core is pure: no I/O libraries below or beside it": ("items/content.py", "import sqlalchemy"),
    "The measurement engine knows NumPy and nothing of ours": ("measurement/scale.py", "import pydantic"),
    "Item types know the contract and not each other": ("items/numeric/item.py", "import app.items.single.item"),
    "Keys are read by scoring, replay and review alone": ("attempts/delivery.py", "import app.banks.secrets"),
    "Only routes speak HTTP": ("attempts/delivery.py", "import app.http.render"),
    "Routes are mounted by main": ("results/assemble.py", "import app.attempts.api"),
    "Commands are mounted by the command line": ("main.py", "import app.banks.commands"),
    "Tasks are named by the worker": ("attempts/about.py", "import app.attempts.tasks"),
    "No circles among siblings": ("attempts/log.py", "import app.attempts.delivery"),
    "Settings are read where a process starts": ("banks/load.py", "import app.settings"),
}
"""Contract -> the module, below app/, that breaks this contract and no other when the line is added to it."""

LONG = {
    "attempts/delivery.py": "one answer from its arrival to the acknowledged state, readable top to bottom",
    "attempts/log.py": "the statements and rows of one feature; none of its functions decides anything",
    "attempts/pages.py": "the pages of one sitting, a short function each; nothing in it decides",
    "cli.py": "the doors, a short function each; what they open is elsewhere",
    "items/grammar.py": "one parser; its cases belong side by side",
    "measurement/selection.py": "one algorithm: laying out a pool, walking it, looking ahead, drawing the lottery",
}
"""Modules over 300 lines, and why they stay in one piece."""

NAMELESS = re.compile(r"(util|helper|common|misc|manager|shared|stuff|base_service)s?$")

CLOCK = frozenset({"now", "utcnow", "today", "time", "time_ns", "monotonic", "monotonic_ns", "perf_counter"})
CHANCE = frozenset({"secrets", "uuid"})
DOORS = {
    "main.py": "the server's clock",
    "cli.py": "a command starts here",
    "attempts/commands.py": "a command starts here",
    "banks/commands.py": "a command starts here",
    "jobs/commands.py": "a command starts here",
    "worker.py": "names a process, seeds the spread of its retries",
    "http/protection.py": "measures requests and names them",
    "banks/verify.py": "measures how long a script takes",
    "auth/server_secret.py": "makes and changes the server's secret",
    "auth/commands.py": "a command starts here",
    "doctor/sqlite.py": "gives the check of a big file so much time and no more",
    "auth/tokens.py": "mints tokens and ids",
    "attempts/starting.py": "draws an attempt's seed, from which everything else follows",
}
"""Modules that may look at a clock or draw real randomness, and why. Everybody else is handed `now` and a seed."""

RAW_SQL = {"database/connect.py": "the PRAGMA lines, which take no parameters"}


def python_files() -> list[Path]:
    return sorted(file for file in APP.rglob("*.py") if "__pycache__" not in file.parts)


def name(file: Path) -> str:
    return file.relative_to(APP).as_posix()


def broken_contracts(folder: Path) -> set[str]:
    """The contracts that import-linter reports as broken for the tree in `folder`."""
    run = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Contracts: " in run.stdout, run.stdout + run.stderr
    broken = {found[1] for found in re.finditer(r"^(.+?) BROKEN\b", run.stdout, re.MULTILINE)}
    assert (run.returncode == 0) == (not broken)
    return broken


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The code alone, to be spoilt."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for file in python_files():
        target = tmp_path / "app" / file.relative_to(APP)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
    return tmp_path


def test_the_imports_keep_every_contract() -> None:
    assert broken_contracts(ROOT) == set()


@pytest.mark.quick
def test_every_contract_has_an_offence_that_proves_it() -> None:
    assert set(OFFENCES) == {contract["name"] for contract in CONTRACTS}


@pytest.mark.parametrize("contract", OFFENCES)
def test_an_offence_against_a_contract_is_reported_by_that_contract(contract: str, copy: Path) -> None:
    module, line = OFFENCES[contract]
    spoilt = copy / "app" / module
    spoilt.write_text(f"{spoilt.read_text()}\n{line}\n")
    assert broken_contracts(copy) == {contract}


def test_a_new_module_without_a_floor_is_reported(copy: Path) -> None:
    (copy / "app" / "attic.py").write_text('"""Nobody gave this a floor."""\n')
    assert broken_contracts(copy) == {"The house stands on its floors"}


@pytest.mark.quick
def test_every_item_type_is_kept_apart_from_the_others() -> None:
    listed = next(contract["modules"] for contract in CONTRACTS if contract["type"] == "independence")
    assert sorted(listed) == sorted(f"app.items.{file.parent.name}" for file in APP.glob("items/*/item.py"))


@pytest.mark.quick
def test_a_long_module_has_a_reason() -> None:
    long = {name(file) for file in python_files() if len(file.read_text().splitlines()) > 300}
    assert long - set(LONG) == set(), "over 300 lines: which two thoughts are these? Split, or give the reason in LONG"
    assert set(LONG) <= {name(file) for file in python_files()}


@pytest.mark.quick
def test_no_module_is_called_by_what_it_is_not() -> None:
    named = {part.removesuffix(".py") for file in python_files() for part in file.relative_to(APP).parts}
    assert {word for word in named if NAMELESS.search(word)} == set()


@pytest.mark.quick
@pytest.mark.parametrize("word", ["utils", "helpers", "common", "misc", "manager", "string_utils"])
def test_a_module_without_a_name_of_its_own_is_noticed(word: str) -> None:
    assert NAMELESS.search(word)


def calls(source: str) -> Iterator[tuple[ast.Call, str, str]]:
    """Every call in a source as (node, what stands before the dot, the name called)."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                yield node, ast.unparse(node.func.value), node.func.attr
            elif isinstance(node.func, ast.Name):
                yield node, "", node.func.id


def imported_from(source: str, modules: frozenset[str]) -> dict[str, str]:
    """Names that were taken out of these modules: {"randbits": "secrets"}."""
    return {
        alias.asname or alias.name: node.module
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and node.module in modules
        for alias in node.names
    }


def imported(source: str) -> set[str]:
    """Top-level modules that a source imports whole, by the name it uses."""
    return {
        alias.asname or alias.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import)
        for alias in node.names
    }


def looks_at_a_clock(source: str) -> list[str]:
    taken = imported_from(source, frozenset({"time"}))
    return [
        f"{node.lineno}: {ast.unparse(node)[:60]}"
        for node, owner, called in calls(source)
        if (called in CLOCK and owner.split(".")[-1] in {"time", "datetime", "date"}) or (not owner and called in taken)
    ]


def draws_real_randomness(source: str) -> list[str]:
    """Calls whose outcome nobody can replay: secrets, uuid, os.urandom, the generators shared by a whole process."""
    whole, taken = imported(source), imported_from(source, frozenset({"random", "secrets", "uuid"}))
    found = []
    for node, owner, called in calls(source):
        is_source = owner in CHANCE & whole or (not owner and taken.get(called) in CHANCE)
        is_shared = (owner == "random" and called != "Random") or (not owner and taken.get(called) == "random")
        if called == "Random" and (owner == "random" or called in taken):
            is_shared = not node.args  # unseeded
        if owner in {"np.random", "numpy.random"}:
            is_shared = called not in {"default_rng", "Generator"} or not node.args
        if is_source or is_shared or called in {"urandom", "SystemRandom"}:
            found.append(f"{node.lineno}: {ast.unparse(node)[:60]}")
    return found


def naive_times(source: str) -> list[str]:
    """Times without a zone."""
    return [
        f"{node.lineno}: {ast.unparse(node)}"
        for node, owner, called in calls(source)
        if (called == "now" and owner.endswith("datetime") and not node.args and not node.keywords)
        or called in {"utcnow", "utcfromtimestamp"}
    ]


def put_together_sql(source: str) -> list[str]:
    """SQL text made by formatting: f-strings, %, +, .format."""
    found = []
    for node, owner, called in calls(source):
        is_sql = called in {"exec_driver_sql", "execute", "executescript"} or (
            called == "text" and owner in {"", "sqlalchemy", "sa"}
        )
        if is_sql and node.args:
            sql = node.args[0]
            is_formatted = (
                isinstance(sql, ast.Call) and isinstance(sql.func, ast.Attribute) and sql.func.attr == "format"
            )
            if isinstance(sql, ast.JoinedStr | ast.BinOp) or is_formatted:
                found.append(f"{node.lineno}: {ast.unparse(node)[:60]}")
    return found


def offenders(rule: Callable[[str], list[str]], allowed: dict[str, str]) -> dict[str, list[str]]:
    return {name(f): found for f in python_files() if name(f) not in allowed and (found := rule(f.read_text()))}


@pytest.mark.quick
def test_only_doors_look_at_a_clock() -> None:
    assert offenders(looks_at_a_clock, DOORS) == {}


@pytest.mark.quick
def test_only_doors_draw_real_randomness() -> None:
    assert offenders(draws_real_randomness, DOORS) == {}


@pytest.mark.quick
def test_every_door_still_needs_to_be_one() -> None:
    rules = (looks_at_a_clock, draws_real_randomness)
    assert [door for door in DOORS if not any(rule((APP / door).read_text()) for rule in rules)] == []


@pytest.mark.quick
def test_no_time_is_without_a_zone() -> None:
    assert offenders(naive_times, {}) == {}


@pytest.mark.quick
def test_no_sql_is_put_together_from_strings() -> None:
    assert offenders(put_together_sql, RAW_SQL) == {}


@pytest.mark.quick
@pytest.mark.parametrize(
    ("rule", "line"),
    [
        (looks_at_a_clock, "from datetime import datetime, UTC\nx = datetime.now(UTC)"),
        (looks_at_a_clock, "import datetime\nx = datetime.datetime.now(tz)"),
        (looks_at_a_clock, "from datetime import date\nx = date.today()"),
        (looks_at_a_clock, "import time\nx = time.time()"),
        (looks_at_a_clock, "from time import monotonic\nx = monotonic()"),
        (draws_real_randomness, "import random\nx = random.random()"),
        (draws_real_randomness, "import random\nx = random.Random()"),
        (draws_real_randomness, "from random import shuffle\nshuffle(y)"),
        (draws_real_randomness, "import secrets\nx = secrets.token_bytes(16)"),
        (draws_real_randomness, "from uuid import uuid4\nx = uuid4()"),
        (draws_real_randomness, "import os\nx = os.urandom(4)"),
        (draws_real_randomness, "import numpy as np\nx = np.random.normal()"),
        (draws_real_randomness, "import numpy as np\nx = np.random.default_rng()"),
        (naive_times, "from datetime import datetime\nx = datetime.now()"),
        (naive_times, "from datetime import datetime\nx = datetime.utcnow()"),
        (put_together_sql, "c.execute(text(f'select {x}'))"),
        (put_together_sql, "c.execute('select %s' % x)"),
        (put_together_sql, "c.exec_driver_sql('select ' + x)"),
        (put_together_sql, "text('select {}'.format(x))"),
    ],
)
def test_an_offence_is_noticed(rule: Callable[[str], list[str]], line: str) -> None:
    assert rule(line)


@pytest.mark.quick
@pytest.mark.parametrize(
    ("rule", "line"),
    [
        (looks_at_a_clock, "x = timing.forward(now, last)"),
        (draws_real_randomness, "import random\nx = random.Random(seed).random()"),
        (draws_real_randomness, "import numpy as np\nx = np.random.default_rng(seed)"),
        (draws_real_randomness, "from app.banks import secrets\nx = secrets.items(c, ids)"),
        (put_together_sql, "c.execute(text('select count(*) from responses'))"),
    ],
)
def test_what_is_allowed_is_not_held_up(rule: Callable[[str], list[str]], line: str) -> None:
    assert rule(line) == []
