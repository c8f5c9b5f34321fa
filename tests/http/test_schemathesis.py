"""schemathesis finds nothing in the API, and finds what is planted. The long form is schemathesis_run.py."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

RUN = Path(__file__).with_name("schemathesis_run.py")
PLANTED = """
from app import cli
from app.attempts import delivery, export
from app.banks import catalogue
from app.errors import AppError

class Undocumented(AppError):
    status = 418

def refuse(*_):
    raise Undocumented("planted")

def break_(*_):
    raise RuntimeError("planted")

export.replay = refuse
catalogue.roles = break_
delivery.finish = lambda *_: '{"id": 1}'
cli.main()
"""


def campaign(*arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, str(RUN), *arguments], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.stdout, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == bool(found["failures"] or found["errors"] or found["server_errors"])
    return found


def test_no_request_gets_a_fault_of_ours_or_an_answer_that_is_not_documented(new_database: Callable[[], str]) -> None:
    found = campaign("--database-url", new_database(), "--requests", "1", "--examples", "8", "--seed", "1")
    assert found["errors"] == []
    assert found["examples"] == {}
    assert found["failures"] == found["server_errors"] == found["undocumented"] == 0
    assert found["rounds"] == 1
    assert set(found["phases"]) == {"examples", "coverage", "fuzzing", "stateful"}
    assert found["requests"] > 500
    got_through = {label for label, statuses in found["by_operation"].items() if set(statuses) & {"200", "201", "204"}}
    assert len(got_through) == found["operations"] >= 16, "a campaign that is always refused proves nothing"


@pytest.mark.sqlite
def test_what_is_planted_is_found(new_database: Callable[[], str], tmp_path: Path) -> None:
    program = tmp_path / "planted.py"
    program.write_text(PLANTED)
    found = campaign("--database-url", new_database(), "--requests", "1", "--examples", "2", "--program", str(program))
    told = {tuple(one.split(": ")[:2]) for one in found["examples"]}
    assert told >= {
        ("GET /api/v1/roles", "not_a_server_error"),
        ("GET /api/v1/attempts/{attempt_id}/replay", "status_code_conformance"),
        ("POST /api/v1/attempts/{attempt_id}/finish", "response_schema_conformance"),
    }
    assert found["server_errors"] > 0
    assert found["undocumented"] > 0
