"""The catalogue is whole: every case is proved by a test that exists, or its feature does not exist."""

import ast
import functools
import importlib
import importlib.util
import pkgutil
import re
from pathlib import Path
from typing import Any

import pytest
import typer
from bad_inputs import catalogue
from fastapi import APIRouter
from fastapi.routing import APIRoute

import app
from app.cli import cli
from app.items import registry

pytestmark = pytest.mark.quick
ROOT = Path(__file__).parents[2]
CASES = catalogue.cases()
IDS = [*(f"F{n:02}" for n in range(1, 31)), *(f"H{n:02}" for n in range(1, 27)), *(f"A{n:02}" for n in range(1, 16))]
RUN_BY_ID = ("tests/banks/test_bad_inputs.py", "tests/http/test_bad_inputs.py")


def test_every_case_is_there_once_and_in_order() -> None:
    assert list(CASES) == IDS


@pytest.mark.parametrize("name", IDS)
def test_a_case_is_proved_by_tests_that_exist_or_its_feature_is_absent(name: str) -> None:
    case = CASES[name]
    assert bool(case.proved) != bool(case.absent), "one of the two"
    assert case.code or case.status or case.exit == 0
    missing = [one for one in case.proved if not exists(one)]
    assert not missing


def exists(proof: str) -> bool:
    """Whether a test is there: `file::function`, or a file that runs its cases by their ids and counts them itself."""
    file, _, function = proof.partition("::")
    return function in functions(file) if function else file in RUN_BY_ID


@functools.cache
def functions(file: str) -> set[str]:
    path = ROOT / file
    if not path.is_file():
        return set()
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.absent])
def test_a_feature_said_to_be_absent_does_not_exist(name: str) -> None:
    assert found(CASES[name].absent) == [], "the feature has come: run the case"


def test_a_feature_that_has_come_is_found() -> None:
    here = {"modules": ["app.banks.load"], "routes": ["attempt"], "commands": ["plumbline bank"], "types": ["numeric"]}
    assert len(found({"feature": "what exists", **here})) == 4
    assert found({"feature": "nothing", "modules": ["app.none.none"]}) == []


def found(absent: dict[str, Any]) -> list[str]:
    """Which of the modules, routes, commands and item types of a feature exist."""
    assert set(absent) <= {"feature", "modules", "routes", "commands", "types"}
    return [
        *(name for name in absent.get("modules", ()) if is_module(name)),
        *(word for word in absent.get("routes", ()) if any(word in path for path in routes())),
        *(name for name in absent.get("commands", ()) if name in commands()),
        *(name for name in absent.get("types", ()) if name in registry.types()),
    ]


def is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


@functools.cache
def routes() -> list[str]:
    modules = [importlib.import_module(one.name) for one in pkgutil.walk_packages(app.__path__, "app.")]
    routers = [router for one in modules if isinstance(router := getattr(one, "router", None), APIRouter)]
    return [route.path for router in routers for route in router.routes if isinstance(route, APIRoute)]


@functools.cache
def commands() -> set[str]:
    def below(command: Any, called: str) -> set[str]:
        inner = getattr(command, "commands", {})
        return {called, *(name for key, one in inner.items() for name in below(one, f"{called} {key}"))}

    return below(typer.main.get_command(cli), "plumbline")


def test_every_code_of_a_case_that_is_proved_is_documented() -> None:
    told = (ROOT / "docs/errors.md").read_text() + (ROOT / "question_banks/README.md").read_text()
    codes = set(re.findall(r"`([a-z_]+(?:\.[a-z_]+)*)`", told))
    assert {case.code for case in CASES.values() if case.proved and case.code} - codes == set()
