"""The documents name all there is: settings, errors, routes, commands, types. Their numbers and examples hold."""

import asyncio
import importlib
import itertools
import json
import os
import pkgutil
import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import httpx
import pytest
import typer
from fastapi import APIRouter

import app
from app import worker
from app.attempts import replay, retention, timing
from app.attempts.schemas import ProgressShape, StateShape, TurnShape
from app.banks import catalogue, verify
from app.cli import DRAIN_S, cli
from app.errors import AppError
from app.http.protection import MAX_BODY
from app.items import registry
from app.jobs import shift
from app.jobs import task as jobs
from app.main import create_app
from app.measurement import estimation, exposure, irt, scale, selection, stopping
from app.profiles import coverage, gap
from app.results.schemas import DomainResult, Result, SkillResult, TargetResult
from app.settings import Settings

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
DOCS = {file.relative_to(ROOT).as_posix(): file for file in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])}
TEXTS = {name: file.read_text() for name, file in DOCS.items()}

quick = pytest.mark.quick


def rows(page: str, columns: int) -> list[tuple[str, ...]]:
    """The rows of all tables of a page with this many columns, without heads, backticks and spaces."""
    found = []
    for line in TEXTS[page].splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) == columns and cells[0].startswith("`"):
            found.append(tuple(cell.strip("`") for cell in cells))
    return found


def modules() -> Iterator[Any]:
    for found in pkgutil.walk_packages(app.__path__, "app."):
        yield importlib.import_module(found.name)


def kinds(of: type[AppError]) -> Iterator[type[AppError]]:
    for kind in of.__subclasses__():
        if kind.__module__.startswith("app."):
            yield kind
        yield from kinds(kind)


def commands() -> dict[str, click.Command]:
    """Every command by the way it is called: "plumbline bank check"."""

    def below(command: Any, called: str) -> Iterator[tuple[str, click.Command]]:
        yield called, command
        for name, inner in getattr(command, "commands", {}).items():
            yield from below(inner, f"{called} {name}")

    return dict(below(typer.main.get_command(cli), "plumbline"))


# ---- settings, errors, commands, types


@quick
def test_every_setting_has_a_row() -> None:
    described = {row[0] for row in rows("docs/settings.md", 3)}
    assert described == {f"PLUMBLINE_{name.upper()}" for name in Settings.model_fields}


@quick
def test_every_variable_that_a_document_names_exists() -> None:
    settings = {f"PLUMBLINE_{name.upper()}" for name in Settings.model_fields}
    of_tests = {row[0] for row in rows("docs/settings.md", 2)}
    named = {word for text in TEXTS.values() for word in re.findall(r"\bPLUMBLINE_[A-Z_]+\b", text)}
    assert named <= settings | of_tests
    used = "".join(file.read_text() for file in ROOT.glob("tests/**/*.py") if file != Path(__file__))
    assert {name for name in of_tests if name not in used} == set()


@quick
def test_every_error_has_a_row_with_its_status_and_what_to_do() -> None:
    list(modules())
    described = [(code, int(status)) for code, status, _, _ in rows("docs/errors.md", 4)]
    assert len(described) == len(set(described))
    assert set(described) == {(kind.code, kind.status) for kind in kinds(AppError)}
    assert all(what and todo for _, _, what, todo in rows("docs/errors.md", 4))


@quick
def test_every_command_is_in_the_readme() -> None:
    leaves = {called for called, command in commands().items() if not hasattr(command, "commands")}
    assert {row[0] for row in rows("README.md", 2)} == leaves


@quick
@pytest.mark.parametrize("page", TEXTS)
def test_every_command_and_option_that_a_document_names_exists(page: str) -> None:
    known = commands()
    for written in re.findall(r"\bplumbline(?: +(?:-{0,2}[a-z]+(?:-[a-z]+)*|<[a-z ]+>|[A-Z]+))+", TEXTS[page]):
        words = written.split()
        called = next((" ".join(words[:n]) for n in (3, 2) if " ".join(words[:n]) in known), "plumbline")
        options = {o for parameter in known[called].params for o in (*parameter.opts, *parameter.secondary_opts)} | {
            "--help"
        }
        unknown = [word for word in words if word.startswith("--") and word not in options]
        assert not unknown, f"{written}: {called} has no {unknown}"
        if "`" + written in TEXTS[page] or "\n" + written in TEXTS[page]:
            assert called != "plumbline" or words[1].startswith("--"), f"{written}: there is no such command"


@quick
@pytest.mark.parametrize("page", ["question_banks/README.md", "docs/content.md", "docs/api.md"])
def test_every_item_type_is_described(page: str) -> None:
    text = (ROOT / page).read_text()
    assert [name for name in registry.types() if f"`{name}`" not in text] == []


@quick
def test_answers_of_every_type_are_shown_as_the_type_reads_them() -> None:
    shown = {row[0]: row[2] for row in rows("docs/api.md", 3)}
    for name, item_type in registry.types().items():
        example = json.loads(shown[name].split("`")[0])
        assert item_type.key_shape().keys() <= example.keys()


# ---- routes


def routes(*, in_schema: bool) -> set[str]:
    """Every route as "GET /path", found in the routers of all modules."""
    routers = {id(m.router): m.router for m in modules() if isinstance(getattr(m, "router", None), APIRouter)}
    return {
        f"{method} {route.path}"
        for router in routers.values()
        for route in router.routes
        for method in route.methods
        if route.include_in_schema is in_schema and router.include_in_schema in (True, in_schema)
    }


@quick
def test_every_route_of_the_openapi_document_is_in_the_api_page(tmp_path: Path) -> None:
    document = create_app(Settings(data=tmp_path)).openapi()
    served = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}
    assert {row[0] for row in rows("docs/api.md", 2) if row[0].split()[0].isupper()} == served
    assert served == routes(in_schema=True)


@quick
def test_every_page_is_in_the_web_page() -> None:
    assert {row[0] for row in rows("docs/web.md", 2)} == routes(in_schema=False)


@quick
def test_the_state_shown_in_the_api_page_has_the_fields_of_a_state() -> None:
    state = next(json.loads(block) for block in blocks("docs/api.md", "json"))
    assert state.keys() == StateShape.model_fields.keys()
    assert state["progress"].keys() == ProgressShape.model_fields.keys()
    assert state["turn"].keys() == TurnShape.model_fields.keys()
    StateShape.model_validate(state)


@quick
def test_every_field_of_a_result_is_described() -> None:
    text = TEXTS["docs/api.md"].split("## The result")[1].split("\n## ")[0]
    fields = [name for shape in (Result, DomainResult, TargetResult) for name in shape.__annotations__]
    fields.remove("domain")
    fields.remove("title")
    assert [name for name in fields if f"`{name}`" not in text and f"`{name}[]`" not in text] == []
    assert "signal" in SkillResult.__annotations__


@quick
def test_the_error_shown_is_a_problem_document() -> None:
    problem = json.loads(blocks("docs/errors.md", "json")[0])
    assert problem.keys() == {"type", "title", "status", "code", "detail", "instance", "errors"}
    assert (problem["code"], problem["status"]) in {(kind.code, kind.status) for kind in kinds(AppError)}


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXTS[page], re.MULTILINE | re.DOTALL)


def test_the_curl_examples_take_a_whole_attempt(data_folder: Path) -> None:
    """Runs the shell blocks of the API page against the application: every line answers with the status beside it."""
    asyncio.run(_run_examples(data_folder))


async def _run_examples(data: Path) -> None:
    application = create_app(Settings(data=data))
    names: dict[str, str] = {}
    statuses = []
    transport = httpx.ASGITransport(application)
    async with (
        application.router.lifespan_context(application),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client,
    ):
        for line in itertools.chain(*(block.splitlines() for block in blocks("docs/api.md", "bash"))):
            if set_name := re.match(r"([A-Z]+)=(.+)", line):
                names[set_name[1]] = _filled(shlex.split(set_name[2])[0], names)
            elif line.startswith("curl"):
                wanted = int(line.rsplit("#", 1)[1].split()[0])
                response = await client.send(_request(client, [_filled(w, names) for w in shlex.split(line, True)]))
                assert response.status_code == wanted, f"{line}\n{response.text}"
                statuses.append(wanted)
                if response.status_code == 201:
                    state = response.json()
                    names |= {"ATTEMPT": state["id"], "TOKEN": state["token"], "SEQ": str(state["turn"]["seq"])}
                    names["ITEM"] = state["turn"]["item"]["id"]
    assert len(statuses) >= 9


def _filled(word: str, names: dict[str, str]) -> str:
    return re.sub(r"\$([A-Z]+)", lambda found: names[found[1]], word)


def _request(client: httpx.AsyncClient, words: list[str]) -> httpx.Request:
    method, url, headers, body = "GET", "", {}, None
    rest = iter(words[1:])
    for word in rest:
        if word == "-X":
            method = next(rest)
        elif word == "-H":
            name, _, value = next(rest).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = next(rest)
        elif word != "-s":
            url = word
    return client.build_request(method, url, headers=headers, content=body)


# ---- architecture


@quick
def test_the_floors_in_the_picture_are_those_of_the_contract() -> None:
    contract = next(c for c in PROJECT["tool"]["importlinter"]["contracts"] if c["type"] == "layers")
    assert blocks("docs/architecture.md", "")[0].splitlines() == contract["layers"]


@quick
def test_every_contract_is_explained() -> None:
    text = TEXTS["docs/architecture.md"]
    names = [contract["name"] for contract in PROJECT["tool"]["importlinter"]["contracts"]]
    assert [name for name in names if f"| {name} |" not in text] == []


@quick
def test_the_map_of_the_house_shows_every_folder() -> None:
    house = next(block for block in blocks("README.md", "") if "question_banks/ " in block)
    folders = {file.parent.name for file in ROOT.glob("app/*/__init__.py")}
    assert set(re.findall(r"^  ([a-z]+)/ ", house, re.MULTILINE)) == folders


@quick
def test_the_readme_names_the_domains_that_have_a_bank() -> None:
    domains = [file.parent.name for file in ROOT.glob("question_banks/*/bank.yaml")]
    what_you_get = " ".join(TEXTS["README.md"].split("## What you get")[1].split("\n## ")[0].split())
    assert [domain for domain in domains if domain.replace("-", " ") not in what_you_get] == []


@quick
def test_the_items_say_that_they_were_written_with_help() -> None:
    items = list(ROOT.glob("question_banks/*/items/*/*.yaml"))
    assert [file.name for file in items if "ai_assisted: true" not in file.read_text()] == []
    assert "The items were written with AI help" in " ".join(TEXTS["README.md"].split())


# ---- numbers

CUTS = {level: scale.score(theta) for level, theta in scale.CUTS.items()}
COUNT = ("no", "one", "two", "three", "four", "five", "six")
RULES = {"standard": stopping.STANDARD, "verified": stopping.VERIFIED, "screening": stopping.SCREENING}

FACTS = [
    ("README.md", f"on {irt.GRID.size} points from {irt.GRID[0]:.0f} to {irt.GRID[-1]:.0f}"),
    ("README.md", f"score = {scale.SCORE_MEAN:.0f} + {scale.SCORE_PER_LOGIT:.0f} theta"),
    ("README.md", f"Developing begins at {CUTS['developing']:.0f}, accomplished at {CUTS['accomplished']:.0f}"),
    ("README.md", f'at {gap.MEETS:.0%} or more "meets", at {gap.BELOW:.0%} or less "below"'.replace("%", " %")),
    ("docs/api.md", f"at most {MAX_BODY // 1024} KiB"),
    ("docs/api.md", f"may be {timing.GRACE.total_seconds():.0f} s late"),
    ("docs/api.md", f"null below {COUNT[estimation.MIN_SKILL_ITEMS]} items"),
    ("SECURITY.md", f"{MAX_BODY // 1024} KiB a request"),
    ("docs/architecture.md", f"compares to {replay.TOLERANCE:.0e}".replace("e-0", "e-")),
    ("docs/deployment.md", f"for up to {DRAIN_S} s"),
    ("docs/operations.md", f"holds a lease of {jobs.LEASE.seconds} s and extends it every {jobs.HEARTBEAT.seconds} s"),
    ("docs/operations.md", f"after {jobs.FIRST_WAIT.seconds} s, {2 * jobs.FIRST_WAIT.seconds} s"),
    ("docs/operations.md", f"After {jobs.MOST_TRIES} tries, about 13 minutes"),
    ("docs/operations.md", f"gives what is under way {shift.DRAIN_S:.0f} s"),
    ("docs/operations.md", f"in at most {jobs.MOST_ERROR} characters"),
    ("docs/operations.md", f"done more than {worker.KEEP_DONE.days} days ago"),
    ("docs/operations.md", f"keys older than {retention.KEEP_KEYS.total_seconds() / 3600:.0f} hours"),
    ("docs/content.md", f"of up to {verify.MAX_VARIANTS}"),
    ("docs/content.md", f"from {catalogue.ADAPTIVE_FROM} live items on"),
    ("docs/measurement.md", f"`c` is {irt.CHOICE_GUESSING:g} for items"),
    ("docs/measurement.md", f"| score | {scale.SCORE_MEAN:.0f} + {scale.SCORE_PER_LOGIT:.0f} theta, from 0 to 300"),
    ("docs/measurement.md", f"| developing | from {CUTS['developing']:.0f} points, theta -1 |"),
    ("docs/measurement.md", f"| accomplished | from {CUTS['accomplished']:.0f} points, theta +1 |"),
    ("docs/measurement.md", f"difficulties spread by {irt.DIFFICULTY_SPREAD:g}"),
    ("docs/measurement.md", f"one of the {selection.EARLY_RANDOMESQUE} most informative items"),
    ("docs/measurement.md", f"one of {selection.LATER_RANDOMESQUE} later"),
    ("docs/measurement.md", f"an exposure of {exposure.EXPOSURE_LIMIT:g}"),
    ("docs/measurement.md", f"at least {exposure.LOTTERY_BANK_FACTOR} times as many items"),
    ("docs/measurement.md", f"has the prior N(0, {estimation.SKILL_OFFSET_SD:g})"),
    ("docs/measurement.md", f"From {estimation.MIN_SKILL_ITEMS} items on"),
    ("docs/measurement.md", f"when that is {estimation.SIGNAL_CERTAINTY:.0%} certain".replace("%", " %")),
    ("docs/measurement.md", f'"meets" at {gap.MEETS:.0%} or more, "below" at {gap.BELOW:.0%}'.replace("%", " %")),
    ("docs/measurement.md", f"its {gap.INTERVAL_MASS:.0%} interval".replace("%", " %")),
    ("docs/measurement.md", f"from {coverage.INDEX_MIN_ASSESSED:.0%} assessed on".replace("%", " %")),
    *(
        (
            "docs/measurement.md",
            f"| {name} | {rules.min_items} to {rules.max_items} | "
            + (
                f"standard error {rules.target_se:.2f}"
                if rules.target_se
                else f"one level has probability {rules.level_certainty}"
            ),
        )
        for name, rules in RULES.items()
    ),
]


@quick
@pytest.mark.parametrize(("page", "phrase"), FACTS)
def test_a_number_in_a_document_is_the_one_in_the_code(page: str, phrase: str) -> None:
    assert phrase in " ".join(TEXTS[page].split())


# ---- the documents themselves


@quick
@pytest.mark.parametrize("page", [*TEXTS, "question_banks/README.md", "question_banks/profiles/README.md"])
def test_every_link_leads_somewhere(page: str) -> None:
    file = ROOT / page
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", file.read_text()):
        if not target.startswith(("http:", "https:", "mailto:")):
            assert (file.parent / target).exists(), target


@quick
@pytest.mark.parametrize("page", TEXTS)
def test_every_file_that_a_document_names_is_there(page: str) -> None:
    named = re.findall(r"`((?:app|tests|docs|benchmarks|question_banks)/[\w./-]+)`", TEXTS[page])
    assert [name for name in named if not (ROOT / name).exists()] == []


@quick
def test_every_document_can_be_reached_from_the_readme() -> None:
    linked = set(re.findall(r"\]\(([\w./-]+\.md)\)", TEXTS["README.md"]))
    assert set(TEXTS) - {"README.md"} <= linked


@quick
def test_the_readme_gives_the_two_commands() -> None:
    assert "\npip install uv && uv run plumbline serve\n" in TEXTS["README.md"]
    assert "\nuv run pytest\n" in TEXTS["README.md"]


@quick
def test_the_check_runs_the_tests_as_the_readme_does_and_is_sound_shell() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert re.search(r"^uv run pytest$", script.read_text(), re.MULTILINE)
    subprocess.run(["bash", "-n", script], check=True)


# ---- the lock


@quick
def test_every_dependency_is_locked_with_hashes_and_without_addresses() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock
    assert "--index" not in lock
    pinned = re.findall(r"^([a-z0-9][a-z0-9._-]*)==(\S+).*\\\n    --hash=sha256:", lock, re.MULTILINE)
    assert len(pinned) == len(re.findall(r"^[a-z0-9]", lock, re.MULTILINE))
    names = {name for name, _ in pinned}
    wanted = {re.split(r"[^A-Za-z0-9._-]", line)[0].lower() for line in PROJECT["project"]["dependencies"]}
    assert wanted - names == set()


@quick
def test_every_long_form_of_the_promises_exists_with_its_options() -> None:
    page = (ROOT / "docs/promises.md").read_text()
    commands = re.findall(r"^python (\S+)(.*)$", page, re.MULTILINE)
    assert len(commands) > 10
    for file, options in commands:
        text = (ROOT / file).read_text()
        assert [option for option in re.findall(r"--\w[\w-]*", options) if f'"{option}"' not in text] == [], file


@quick
def test_no_promise_waits_for_its_figure() -> None:
    assert re.findall(r"@\w+@", (ROOT / "docs/promises.md").read_text()) == []
