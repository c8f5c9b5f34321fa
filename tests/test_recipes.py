"""Every command, option, setting, port, path and metric in docs/recipes/ exists in the product; what can run, runs."""

import configparser
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
import typer
import yaml
from conftest import START, faults_of
from container_steps import steps
from factories import begin

from app import telemetry
from app.cli import DRAIN_S, KEEP_ALIVE_S, cli
from app.database import migrate
from app.database.engine import POSTGRES_THREADS, Database
from app.doctor import postgresql
from app.errors import AppError
from app.http.admission import Urgency
from app.http.rates import _WORDS as LIMITED
from app.jobs import shift
from app.main import create_app
from app.settings import Settings, shipped

ROOT = Path(__file__).resolve().parent.parent
RECIPES = ROOT / "docs" / "recipes"
UNITS = sorted([*RECIPES.glob("*.service"), *RECIPES.glob("*.timer")])
SERVICES = sorted(RECIPES.glob("*.service"))
TEXTS = {file.name: file.read_text("utf-8") for file in sorted(RECIPES.iterdir())}
COMPOSE = yaml.safe_load(TEXTS["compose.yaml"])
SETTINGS = {f"PLUMBLINE_{name.upper()}" for name in Settings.model_fields}

quick = pytest.mark.quick


def unit(file: Path) -> configparser.ConfigParser:
    """A systemd unit; a name that stands twice keeps its values one below the other."""

    class Repeated(dict):
        def __setitem__(self, key, value):
            if key in self and isinstance(value, list):
                self[key].extend(value)
            else:
                super().__setitem__(key, value)

    read = configparser.ConfigParser(dict_type=Repeated, strict=False, interpolation=None, comment_prefixes=("#",))
    read.optionxform = str
    read.read_string(file.read_text("utf-8"))
    return read


def check_call(words: list[str]) -> None:
    """Whether ["plumbline", "serve", "--port", "8000"] is a command that the product has, with its options."""
    command: click.Command = typer.main.get_command(cli)
    rest = words[1:]
    while rest and getattr(command, "commands", None):
        assert rest[0] in command.commands, f"{shlex.join(words)}: no command {rest[0]}"
        command, rest = command.commands[rest[0]], rest[1:]
    command.make_context(command.name, list(rest), resilient_parsing=False)


@quick
@pytest.mark.parametrize("name", TEXTS)
def test_every_variable_named_in_a_recipe_is_a_setting(name):
    assert set(re.findall(r"\bPLUMBLINE_[A-Z_]+\b", TEXTS[name])) <= SETTINGS


@quick
@pytest.mark.parametrize("name", TEXTS)
def test_every_file_and_unit_that_a_recipe_names_is_there(name):
    files = set(re.findall(r"\bdocs/[\w./-]+[\w]", TEXTS[name]))
    files |= {f"docs/recipes/{unit}" for unit in re.findall(r"\bplumbline-[a-z]+\.(?:service|timer)\b", TEXTS[name])}
    assert [file for file in files if not (ROOT / file).exists()] == []


@quick
@pytest.mark.parametrize("file", SERVICES, ids=lambda file: file.name)
def test_a_service_starts_a_command_that_exists(file):
    started = unit(file)["Service"]["ExecStart"]
    words = shlex.split(started.removeprefix("/opt/plumbline/bin/plumbline").replace("%i", "8001"))
    check_call(["plumbline", *words])
    assert ("%i" in started) == file.stem.endswith("@")
    assert started.startswith("/opt/plumbline/bin/plumbline ")
    variables = re.findall(r"^Environment=(\w+)=", file.read_text(), re.MULTILINE)
    assert set(variables) <= SETTINGS
    assert "PLUMBLINE_DATA" in variables


@quick
@pytest.mark.parametrize("file", SERVICES, ids=lambda file: file.name)
def test_a_service_shuts_its_process_in_and_keeps_its_data_to_itself(file):
    service = unit(file)["Service"]
    wanted = {"DynamicUser": "yes", "NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes"}
    wanted |= {"StateDirectory": "plumbline", "StateDirectoryMode": "0700", "UMask": "0077", "User": "plumbline"}
    assert {key: service[key] for key in wanted} == wanted
    assert service["CapabilityBoundingSet"] == ""


@quick
@pytest.mark.parametrize("name", ["plumbline.service", "plumbline@.service", "plumbline-work.service"])
def test_a_stop_takes_longer_than_the_drain_and_a_crash_starts_it_again(name):
    service = unit(RECIPES / name)["Service"]
    assert int(service["TimeoutStopSec"]) > max(DRAIN_S, shift.DRAIN_S) + 5
    assert (service["KillSignal"], service["Restart"]) == ("SIGTERM", "on-failure")


@quick
def test_one_server_of_several_is_the_only_server_with_another_port():
    several = unit(RECIPES / "plumbline@.service")
    assert several["Service"]["ExecStart"].endswith(" --port %i")
    several["Service"]["ExecStart"] = several["Service"]["ExecStart"].replace("%i", "8000")
    one = unit(RECIPES / "plumbline.service")
    one["Service"]["EnvironmentFile"] = one["Service"]["EnvironmentFile"].removeprefix("-")  # it names the database
    assert {**several["Service"]} == {**one["Service"]}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_takes_the_units_as_they_are(tmp_path):
    for file in UNITS:
        (tmp_path / file.name).write_text(file.read_text().replace("/opt/plumbline/bin/plumbline", "/bin/true"))
    checked = subprocess.run(
        ["systemd-analyze", "verify", *(f"./{file.name}" for file in UNITS)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


# ---- containers


@quick
def test_the_image_is_made_from_the_lock_and_files_that_exist_and_ends_without_rights():
    found = steps(TEXTS["Containerfile"])
    assert [name for name, _ in found].count("FROM") == 2
    copied = [word for name, rest in found if name == "COPY" and "--from" not in rest for word in rest.split()[:-1]]
    assert [name for name in copied if not (ROOT / name).exists()] == []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packaged = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert {"pyproject.toml", "app", "hatch_build.py", "requirements.lock", *packaged} <= set(copied)
    assert any("--require-hashes -r requirements.lock" in rest for name, rest in found if name == "RUN")
    last = dict(found)
    assert last["USER"] == "plumbline"
    assert last["STOPSIGNAL"] == "SIGTERM"
    variables = {word.partition("=")[0] for word in last["ENV"].split()}
    assert {name for name in variables if name.startswith("PLUMBLINE_")} <= SETTINGS


@quick
def test_the_image_serves_where_its_health_is_asked():
    last = dict(steps(TEXTS["Containerfile"]))
    words = [*yaml.safe_load(last["ENTRYPOINT"]), *yaml.safe_load(last["CMD"])]
    check_call(words)
    port = words[words.index("--port") + 1]
    assert last["EXPOSE"] == port
    assert f"http://127.0.0.1:{port}/healthz" in last["HEALTHCHECK"]


@quick
def test_the_parts_of_the_composition_fit_together():
    services = COMPOSE["services"]
    assert set(services) == {"db", "one", "two", "work", "proxy"}
    for name in ("one", "two", "work"):
        check_call(["plumbline", *services[name].get("command", ["serve"])])
        environment = services[name]["environment"]
        assert {key for key in environment if key.startswith("PLUMBLINE_")} <= SETTINGS
        assert "@db:5432/plumbline" in environment["PLUMBLINE_DATABASE_URL"]
        assert "ports" not in services[name], "only the proxy is reached from outside: FORWARDED_ALLOW_IPS is *"
        assert int(services[name]["stop_grace_period"].removesuffix("s")) > DRAIN_S + 5
    assert services["db"]["environment"]["POSTGRES_DB"] == "plumbline"
    assert COMPOSE["networks"]["inside"]["internal"] is True
    volumes = {mount.split(":")[0] for one in services.values() for mount in one.get("volumes", ()) if mount[0] != "."}
    assert volumes == set(COMPOSE["volumes"])


@quick
def test_the_proxy_of_the_composition_is_the_recipe_with_other_names():
    script = COMPOSE["services"]["proxy"]["command"][-1]
    old, new = re.search(r"sed 's/([^/]+)/([^/]+)/'", script).groups()
    changed = re.sub(old, new, TEXTS["Caddyfile"])
    upstreams = re.search(r"^\treverse_proxy (.+) \{$", changed, re.MULTILINE)[1].split()
    assert upstreams == ["one:8000", "two:8000"]


@quick
@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile", "plumbline.service"])
def test_proxies_and_server_speak_of_the_same_port(name):
    default = next(p.default for p in typer.main.get_command(cli).commands["serve"].params if p.name == "port")
    assert f":{default}" in TEXTS[name] or f"--port {default}" in TEXTS[name]


@quick
def test_the_proxy_lets_go_of_an_idle_connection_before_the_server_does():
    seconds = int(re.search(r"keepalive_timeout (\d+)s", TEXTS["nginx.conf"])[1])
    assert seconds < KEEP_ALIVE_S


# ---- PostgreSQL


def client_tool(cluster, name: str) -> str:
    """The path of psql, pg_dump or pg_restore of the server's own version."""
    return str(cluster._made.bin_path / name)


def run_tool(*command: str, **environment: str) -> str:
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def server(cluster):
    """The cluster, without the role and database of the recipe before and after."""

    def clean():
        cluster.drop("plumbline")
        cluster.admin("drop role if exists plumbline")

    clean()
    yield cluster
    clean()


def test_the_recipe_makes_a_role_and_a_database_that_the_service_is_content_with(server):
    at = ["--host", "127.0.0.1", "--port", str(server.port), "--username", "postgres", "--no-psqlrc", "--quiet"]
    recipe = RECIPES / "postgresql.sql"
    run_tool(client_tool(server, "psql"), *at, "--set", "password=it's", "--file", str(recipe), "postgres")
    url = f"postgresql://plumbline@127.0.0.1:{server.port}/plumbline"
    with closing(Database(url)) as db:
        assert migrate.upgrade(db, shipped("migrations"), START)
        with db.writer.connect() as connection:
            findings = list(postgresql.examine(connection, lambda: datetime.now(UTC)))
    complaints = [finding.message for finding in findings if finding.state != "ok"]
    assert [line for line in complaints if not line.startswith(("fsync", "full_page_writes"))] == []
    most = int(re.search(r"connection limit (\d+)", TEXTS["postgresql.sql"])[1])
    assert most >= 3 * POSTGRES_THREADS


def test_a_dump_by_the_command_that_is_named_restores_into_an_empty_database(cluster, published_database, tmp_path):
    source, target = cluster.create(published_database), cluster.create()
    with closing(Database(cluster.url(source))) as db:
        one = begin(db, "mathematics", number=1)
        one.answer_all(most=4)
        state = one.state
    file = tmp_path / "plumbline.dump"
    for deed, name in (("backup", source), ("restore", target)):
        plumbline = subprocess.run(
            [sys.executable, "-m", "app.cli", "db", deed, str(file)],
            cwd=ROOT,
            env={**os.environ, "PLUMBLINE_DATABASE_URL": cluster.url(name), "PLUMBLINE_DATA": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        (line,) = (line for line in plumbline.stderr.splitlines() if line.startswith("  pg_"))
        tool, *arguments = shlex.split(line)
        run_tool(client_tool(cluster, tool), *arguments)
    with closing(Database(cluster.url(target))) as db:
        assert faults_of(db) == []
        one.db = db
        one.submit()
        assert one.state["seq"] == state["seq"] + 1


# ---- metrics


ALERTS = [rule for group in yaml.safe_load(TEXTS["alerts.yaml"])["groups"] for rule in group["rules"]]


def metrics() -> dict[str, set[str]]:
    """Every series that /metrics can hold, with the names of its labels."""
    found: dict[str, set[str]] = {}
    for collector in set(telemetry.REGISTRY._collector_to_names):
        labels = set(collector._labelnames)
        for name in telemetry.REGISTRY._collector_to_names[collector]:
            found[name] = labels | ({"le"} if name.endswith("_bucket") else set())
    return found


@quick
def test_every_metric_and_label_in_an_alert_exists():
    known = metrics()
    for rule in ALERTS:
        named = re.findall(r"\b(plumbline_\w+)(?:\{([^}\"]*(?:\"[^\"]*\"[^}\"]*)*)\})?", rule["expr"])
        for name, selector in named:
            assert name in known, f"{rule['alert']}: no metric {name}"
            assert set(re.findall(r"(\w+)(?:=~|!=|=)\"", selector)) <= known[name], rule["alert"]


@quick
def test_every_value_that_an_alert_looks_for_can_occur(tmp_path):
    values = {"status": {"500"}, "kind": {one.name.lower() for one in Urgency} | set(LIMITED)}
    values["state"] = {"dead", "waiting", "running", "completed", "expired", "active"}
    values["code"] = {kind.code for kind in kinds(AppError)}
    values["job"] = {"plumbline"}
    values["route"] = set(create_app(Settings(data=tmp_path)).openapi()["paths"])
    looked_for = 0
    for rule in ALERTS:
        for label, wanted in re.findall(r"(\w+)(?:=~|!=|=)\"([^\"]*)\"", rule["expr"]):
            assert set(wanted.split("|")) <= values[label], f"{rule['alert']}: {label}={wanted}"
            looked_for += 1
    assert looked_for >= 8


def kinds(of: type[AppError]):
    for kind in of.__subclasses__():
        yield kind
        yield from kinds(kind)


@quick
def test_every_alert_says_what_it_is_about_and_is_in_the_operators_page():
    page = (ROOT / "docs" / "operations.md").read_text()
    for rule in ALERTS:
        assert rule["annotations"]["summary"]
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert f"`{rule['alert']}`" in page, rule["alert"]


@quick
def test_every_metric_is_described():
    page = (ROOT / "docs" / "operations.md").read_text()
    shown = {name for name in metrics() if not name.endswith(("_created", "_bucket", "_sum", "_count"))}
    shown -= {name for name in shown if f"{name}_total" in shown}
    assert [name for name in shown if f"`{name}" not in page] == []


@quick
def test_metrics_are_named_as_prometheus_asks():
    for collector in set(telemetry.REGISTRY._collector_to_names):
        assert collector._name.startswith("plumbline_")
        assert not collector._name.endswith(("_total", "_ms", "_milliseconds"))
        assert collector._documentation
