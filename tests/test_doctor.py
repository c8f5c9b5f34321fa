"""`plumbline doctor` names what is wrong, tells nobody's secret, changes nothing, and survives whatever is broken."""

import json
import os
import shlex
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from conftest import START
from factories import begin
from sqlalchemy.engine import make_url
from typer.testing import CliRunner

from app.banks.places import Installation, Shelf
from app.cli import cli
from app.database.engine import POSTGRES_THREADS, Database
from app.doctor import environment, machine, postgresql, sqlite, storage
from app.doctor.case import Case
from app.doctor.examination import examine
from app.doctor.finding import fenced, ok
from app.jobs import queue
from app.settings import Settings, shipped

KNOWN = frozenset(f"PLUMBLINE_{name.upper()}" for name in Settings.model_fields)
BACKUP_UNIT = Path(__file__).resolve().parent.parent / "docs" / "recipes" / "plumbline-backup.service"
MOUNTS = """\
22 27 0:21 / / rw,relatime - ext4 /dev/sda1 rw
40 22 0:44 / /srv/data rw,relatime - nfs4 10.0.0.1:/export rw
41 40 0:45 / /srv/data/local\\040disk rw,relatime - xfs /dev/sdb1 rw
"""


@pytest.fixture
def folder(data_folder):
    """A data folder as `plumbline serve` leaves it."""
    data_folder.chmod(0o700)
    (data_folder / "plumbline.sqlite3").chmod(0o600)
    return data_folder


@pytest.fixture(scope="session")
def small(content, tmp_path_factory):
    """Two items of one bank: enough to have a bank, and quick to read."""
    folder = tmp_path_factory.mktemp("small") / "banks"
    shutil.copytree(content.shipped / "profiles", folder / "profiles")
    items = sorted((content.shipped / "mathematics" / "items").rglob("*.yaml"))[2:]
    shutil.copytree(
        content.shipped / "mathematics",
        folder / "mathematics",
        ignore=lambda _folder, names: {item.name for item in items} & set(names),
    )
    return Shelf(folder)


@pytest.fixture
def case_of(folder, small):
    """case_of(url=..., environment=...) is an installation that is well but for what is given."""

    def make(
        url=None, *, data=folder, shelf=small, environment=None, problems=None, base_url=None, secret=None, former=()
    ):
        place = Installation(data, url or f"sqlite:///{data}/plumbline.sqlite3", shipped("migrations"), shelf)
        now = datetime.now(UTC)
        return Case(
            place,
            environment or {},
            KNOWN,
            problems or {},
            base_url,
            secret,
            former,
            ("127.0.0.1", _free()),
            lambda: now,
        )

    return make


def _free():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def told(findings, state="bad"):
    return [f"{f.subject}: {f.message}" for f in findings if f.state == state]


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_nothing_is_bad_about_a_fresh_installation_and_nothing_is_changed(case_of, folder, content):
    before = contents(folder)
    findings = list(examine(case_of(shelf=content)))
    assert told(findings) == []
    assert {"settings", "open files", "data folder", "SQLite", "database", "published", "tasks", "clock"} <= {
        finding.subject for finding in findings if finding.state == "ok"
    }
    assert all(finding.advice for finding in findings if finding.state == "bad")
    assert contents(folder) == before


def test_it_looks_at_a_database_that_is_being_written(case_of, folder):
    with closing(Database(f"sqlite:///{folder}/plumbline.sqlite3")) as db:
        begin(db)
        findings = list(examine(case_of()))
        assert told(findings) == []
        assert any("1 attempts" in finding.message for finding in findings)
        begin(db, number=2)


def test_nothing_is_made_before_the_first_start(case_of, tmp_path):
    findings = list(examine(case_of(data=tmp_path / "none")))
    assert told(findings) == []
    assert any("not made yet" in finding.message for finding in findings)
    assert not (tmp_path / "none").exists()


# ---- settings


@pytest.mark.parametrize(
    ("given", "state", "words"),
    [
        ({"environment": {"PLUMBLINE_BASEURL": "x"}}, "bad", "PLUMBLINE_BASEURL is no setting"),
        ({"environment": {"PLUMBLINE_WEATHER_STATION": "x"}}, "note", "PLUMBLINE_WEATHER_STATION is no setting"),
        ({"environment": {"PLUMBLINE_DATA": ""}}, "note", "PLUMBLINE_DATA is empty"),
        ({"problems": {"PLUMBLINE_IN_FLIGHT": "too small"}}, "bad", "PLUMBLINE_IN_FLIGHT: too small"),
        ({"base_url": "skills.example.org"}, "bad", "no address"),
        ({"base_url": "https://"}, "bad", "no address"),
        ({"base_url": "https://[broken"}, "bad", "no address"),
        ({"base_url": "https://example.org:port"}, "bad", "no address"),
        ({"base_url": "https://example.org/plumbline"}, "bad", "more than a host"),
        ({"base_url": "http://skills.example.org"}, "note", "plain http"),
        ({"secret": "short"}, "bad", "PLUMBLINE_SECRET has 5 characters"),
        ({"secret": "x" * 31}, "bad", "PLUMBLINE_SECRET has 31 characters"),
        ({"secret": "x" * 32, "former": ("y" * 8,)}, "bad", "PLUMBLINE_SECRET_OLD has 8 characters"),
        ({"url": "postgresql://db.example.org/plumbline"}, "note", "the secret is in the data folder"),
    ],
)
def test_a_setting_that_cannot_be_meant_so_is_named(case_of, given, state, words):
    findings = list(environment.examine(case_of(**given)))
    assert any(words in line for line in told(findings, state)), findings


def test_a_misspelt_variable_comes_with_the_one_that_was_meant(case_of):
    (finding,) = environment.examine(case_of(environment={"PLUMBLINE_DATABSE_URL": "x"}))
    assert "PLUMBLINE_DATABASE_URL" in finding.advice


@pytest.mark.parametrize(
    "given",
    [
        {"base_url": "https://skills.example.org"},
        {"base_url": "https://skills.example.org:8443/"},
        {"base_url": "http://localhost:8000"},
        {"secret": "x" * 32},
        {"environment": {"PLUMBLINE_REQUIRE_BROWSER": "1", "HOME": "/home/somebody"}},
    ],
)
def test_a_setting_that_is_well_is_not_complained_about(case_of, given):
    assert [finding.state for finding in environment.examine(case_of(**given))] == ["ok"]


def test_bank_folders_that_are_missing_empty_or_twice_are_named(case_of, small, tmp_path):
    (tmp_path / "empty").mkdir()
    shutil.copytree(small.shipped / "mathematics", tmp_path / "mathematics")
    extra = (tmp_path / "none", tmp_path / "empty", tmp_path / "mathematics")
    lines = told(environment.examine(case_of(shelf=Shelf(small.shipped, extra))))
    assert [any(word in line for line in lines) for word in ("is no folder", "no bank.yaml", "called mathematics")] == [
        True,
        True,
        True,
    ]


# ---- the data folder


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
@pytest.mark.parametrize("name", ["plumbline.sqlite3", "secret"])
def test_a_file_that_others_can_read_is_bad_unless_the_folder_keeps_them_out(case_of, folder, name):
    (folder / "secret").write_text("x" * 40)
    (folder / "secret").chmod(0o600)
    (folder / name).chmod(0o644)
    assert told(examine(case_of())) == []
    folder.chmod(0o755)
    assert told(examine(case_of())) == [f"data folder: {name} can be read by other users of this machine (mode 644)"]


def test_a_damaged_secret_and_a_file_in_the_place_of_the_folder_are_bad(case_of, folder, tmp_path):
    (folder / "secret").write_text("")
    (folder / "secret").chmod(0o600)
    (line,) = told(examine(case_of()))
    assert "secret is damaged" in line
    (tmp_path / "file").touch()
    assert any("is not a folder" in line for line in told(examine(case_of(data=tmp_path / "file"))))


def test_the_age_of_the_newest_backup_is_told(case_of, folder):
    def backup():
        return next(f for f in examine(case_of()) if f.subject == "backup")

    assert "none in" in backup().message
    (folder / "backups").mkdir()
    copy = folder / "backups" / "one.sqlite3"
    copy.touch()
    assert backup().state == "ok"
    old = (datetime.now(UTC) - timedelta(days=9)).timestamp()
    os.utime(copy, (old, old))
    assert (backup().state, backup().message) == ("note", "the newest is 9 days old")


# ---- SQLite


@pytest.mark.parametrize(
    ("version", "repaired"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 53, 0), True),
    ],
)
def test_versions_with_the_repair_of_the_wal_reset_fault_are_known(version, repaired):
    assert sqlite.is_repaired(version) is repaired
    assert [finding.state for finding in sqlite.library(version)] == ["ok" if repaired else "note"]


def test_a_library_that_is_too_old_is_bad():
    assert [finding.state for finding in sqlite.library((3, 34, 9))] == ["bad"]


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("/var/lib/plumbline.sqlite3", "ext4"),
        ("/srv/data/plumbline.sqlite3", "nfs4"),
        ("/srv/data/local disk/plumbline.sqlite3", "xfs"),
        ("/srv/database/plumbline.sqlite3", "ext4"),
    ],
)
def test_a_network_file_system_is_bad_and_a_local_one_below_it_is_not(place, kind):
    assert sqlite.mounted(Path(place), MOUNTS) == kind
    assert [f.state for f in sqlite.file_system(Path(place), MOUNTS)] == (["bad"] if kind == "nfs4" else [])


def test_a_damaged_page_is_found(case_of, folder):
    file = folder / "plumbline.sqlite3"
    with closing(sqlite3.connect(file)) as connection:
        size = connection.execute("pragma page_size").fetchone()[0]
    with file.open("r+b") as pages:
        pages.seek(20 * size)
        pages.write(os.urandom(10 * size))
    assert any("damaged" in line or "malformed" in line for line in told(examine(case_of())))


@pytest.mark.parametrize("content_of_file", [b"", b"no database", b"SQLite format 3\x00" + bytes(200)])
def test_a_file_that_is_no_database_is_said_without_a_traceback(case_of, folder, content_of_file):
    (folder / "plumbline.sqlite3").write_bytes(content_of_file)
    findings = list(examine(case_of()))
    assert findings[-1].subject == "runner", "it went on to the end"
    if content_of_file:
        assert told(findings)


def test_side_files_without_their_database_are_bad(tmp_path):
    file = tmp_path / "plumbline.sqlite3"
    file.with_name("plumbline.sqlite3-wal").write_bytes(b"x")
    file.with_name("plumbline.sqlite3.partial").write_bytes(b"x")
    file.with_name("plumbline.sqlite3.x1.restoring").mkdir()
    assert [finding.state for finding in sqlite.beside(file)] == ["bad", "note", "note"]


@pytest.mark.skipif(not Path("/usr/bin/find").exists(), reason="the recipe's find is not here")
def test_copies_from_before_an_upgrade_are_a_note_when_the_nightly_backup_should_have_deleted_them(tmp_path):
    """The doctor and the recipe's timer mean the same files; a dynamic user's state folder is a link."""
    folder = tmp_path / "private" / "plumbline"
    (folder / "backups").mkdir(parents=True)
    (tmp_path / "plumbline").symlink_to(folder)
    file = tmp_path / "plumbline" / "plumbline.sqlite3"
    names = (
        "plumbline.sqlite3",
        "secret",
        "plumbline.sqlite3.before-20260101T000000",
        "backups/20260101T000000.sqlite3",
    )
    young = "plumbline.sqlite3.before-20261101T000000"
    for name, days in {**dict.fromkeys(names, 36.5), young: 34.5}.items():
        then = (datetime.now(UTC) - timedelta(days=days)).timestamp()
        (folder / name).touch()
        os.utime(folder / name, (then, then))
    (found,) = sqlite.beside(file)
    assert (found.state, names[2] in found.message, "36 days" in found.message) == ("note", True, True)
    assert "plumbline-backup.timer" in found.advice

    lines = BACKUP_UNIT.read_text("utf-8").splitlines()
    deletes = [line.partition("=")[2] for line in lines if line.startswith("ExecStartPost=")]
    for command in deletes:
        subprocess.run(shlex.split(command.replace("%S", str(tmp_path))), check=True, timeout=10)
    left = {str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file()}
    assert left == {"plumbline.sqlite3", "secret", young}
    assert list(sqlite.beside(file)) == []


def test_a_revision_nobody_knows_and_one_that_waits_for_an_upgrade_are_told_apart(case_of, folder):
    for revision, state in (("ffffffffffff", "bad"), ("d11d42aa64fe", "note")):
        with closing(sqlite3.connect(folder / "plumbline.sqlite3")) as connection, connection:
            connection.execute("update alembic_version set version_num = ?", (revision,))
        found = next(f for f in examine(case_of()) if f.subject == "database")
        assert (found.state, revision in found.message) == (state, True)


def test_banks_that_differ_from_what_is_published_are_a_note(case_of):
    found = next(f for f in examine(case_of()) if f.subject == "published")
    assert found.state == "note"


def test_tasks_that_nobody_carries_out_are_bad_and_a_clock_behind_the_last_answer_too(case_of, folder):
    now = datetime.now(UTC)
    with closing(Database(f"sqlite:///{folder}/plumbline.sqlite3")) as db:
        db.write_now(queue.enqueue, "tasks.forget", {}, now - timedelta(hours=1))
        begin(db, now=now + timedelta(hours=1))
    subjects = {finding.subject for finding in examine(case_of()) if finding.state == "bad"}
    assert subjects == {"tasks", "clock"}


# ---- the machine


@pytest.mark.parametrize(
    ("have", "wanted", "fit"),
    [
        ("2.1.9", ">=2.1.0b1", True),
        ("2.0.40", ">=2.1.0b1", False),
        ("0.9.0", "==0.9.0", True),
        ("0.10", "==0.9.0", False),
        ("3.0", ">=3", True),
        ("2.9.1", ">=2.10", False),
        ("6.0.1", ">=6.0.2,<7", False),
        ("7.0", ">=6.0.2,<7", False),
        ("4.3.8", "~=4.3", True),
        ("5.0", "~=4.3", False),
        ("1.0", "", True),
        ("25.1.0", ">=25.1", True),
    ],
)
def test_a_version_is_compared_by_its_numbers(have, wanted, fit):
    assert machine.fits(have, wanted) is fit


def test_a_package_that_is_missing_or_too_old_is_bad():
    assert [f.state for f in machine._unmet("pytest>=1")] == []
    assert [f.state for f in machine._unmet("pytest[dev]>=9999 ; python_version > '3'")] == ["bad"]
    assert [f.state for f in machine._unmet("no-such-package-of-anybody")] == ["bad"]
    assert machine._applies("psycopg[binary]>=3.2; extra == 'postgres'", postgresql=True)
    assert not machine._applies("psycopg[binary]>=3.2; extra == 'postgres'", postgresql=False)


def test_a_clock_before_the_first_release_is_bad():
    assert told(machine.clock(None, datetime(2020, 1, 1, tzinfo=UTC)))
    assert told(machine.clock(START, START)) == []


class Answers(BaseHTTPRequestHandler):
    known: ClassVar = {}

    def do_GET(self):
        status, body = self.known.get(self.path, (404, {}))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_):
        pass


@pytest.mark.parametrize(
    ("ready", "alive", "state"),
    [
        ((200, {"status": "ready"}), (200, {"status": "alive"}), "ok"),
        ((503, {"detail": "No bank is published yet."}), (200, {"status": "alive"}), "bad"),
        ((404, {}), (404, {}), "note"),
    ],
    ids=["ours", "ours but not ready", "another program"],
)
def test_who_answers_at_the_port_is_told_apart(ready, alive, state):
    handler = type("Handler", (Answers,), {"known": {"/healthz": alive, "/readyz": ready}})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        assert [f.state for f in machine.port("127.0.0.1", server.server_port)] == [state]
        server.shutdown()


def test_a_free_port_is_well():
    assert [f.state for f in machine.port("127.0.0.1", _free())] == ["ok"]


# ---- PostgreSQL


def test_nothing_is_bad_about_a_postgresql_of_our_own(case_of, cluster, published_database, content):
    url = cluster.url(cluster.create(published_database))
    findings = list(examine(case_of(url, secret="x" * 40, shelf=content)))
    # the server of the tests is fast because it may lose what it holds
    assert {line.split(" is ")[0] for line in told(findings)} == {"PostgreSQL: fsync", "PostgreSQL: full_page_writes"}
    assert any("the role is a superuser" in line for line in told(findings, "note"))
    assert {"PostgreSQL", "database", "published", "tasks", "clock"} <= {f.subject for f in findings if f.state == "ok"}


def test_a_postgresql_that_is_set_otherwise_than_the_service_needs_is_bad(case_of, cluster):
    name = cluster.create()
    cluster.admin(f"alter database {name} set default_transaction_isolation = 'serializable'")
    url = f"{cluster.url(name)}?options=-c%20synchronous_commit%3Doff%20-c%20timezone%3DEurope/Berlin"
    lines = told(storage.examine(case_of(url)))
    for words in ("synchronous_commit is off", "default_transaction_isolation is serializable", "timezone is Europe"):
        assert any(words in line for line in lines), lines


def test_the_least_of_the_limits_on_connections_is_the_room_there_is(case_of, cluster):
    role = f"narrow_{os.getpid()}"
    name = cluster.create()
    cluster.admin(f"create role {role} login connection limit {POSTGRES_THREADS}")
    try:
        url = make_url(cluster.url(name)).set(username=role).render_as_string(hide_password=False)
        (line,) = (line for line in told(storage.examine(case_of(url))) if "connections" in line)
        assert f"1 of {POSTGRES_THREADS} connections of the role in use" in line
        assert "no room for another" in line
        cluster.admin(f"alter role {role} connection limit 60")
        cluster.admin(f"alter database {name} connection limit {2 * POSTGRES_THREADS + 1}")
        lines = told(storage.examine(case_of(url)), "ok")
        assert any("connections to the database in use" in line and "room for 2 more" in line for line in lines)
        cluster.admin(f"alter database {name} connection limit -1")
        cluster.admin(f"alter role {role} connection limit -1")
        lines = told(storage.examine(case_of(url)), "ok")
        assert any(" connections in use" in line for line in lines), lines
    finally:
        cluster.admin(f"drop role {role}")


def test_clocks_that_differ_are_noticed():
    for seconds, states in ((0.5, []), (3, ["note"]), (60, ["bad"])):
        assert [f.state for f in postgresql.drift(START, START + timedelta(seconds=seconds))] == states


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "oracle://someone:s3cretword@127.0.0.1/none",
        "postgresql://someone:s3cretword@127.0.0.1:1/none",
        "postgresql://127.0.0.1:1/none?user=someone&password=s3cretword",
        "postgresql://someone:s3cretword@[broken/none",
        "sqlite://",
        "sqlite:////nowhere/at/all.sqlite3",
    ],
)
def test_a_database_that_cannot_be_used_is_one_bad_finding_without_its_password(case_of, url):
    findings = list(examine(case_of(url, secret="t0p" * 20)))
    assert [finding.subject for finding in findings if finding.state == "bad"] == ["database"]
    assert "s3cretword" not in repr(findings)
    assert "t0pt0p" not in repr(findings)
    assert findings[-1].subject == "runner"


# ---- the fence and the command


def test_a_look_that_breaks_becomes_a_finding_and_what_it_found_before_stays():
    def look():
        yield ok("thing", "well")
        raise RuntimeError("it fell over\nwith a second line")

    first, second = fenced("thing", look)
    assert first.state == "ok"
    assert (second.state, second.message) == ("bad", "could not be looked at: it fell over")


def run(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "app.cli", "doctor", *arguments],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_command_exits_1_when_something_is_bad_and_writes_one_object_a_line(tmp_path):
    done = run(
        "--json",
        "--port",
        str(_free()),
        PLUMBLINE_DATA=str(tmp_path),
        PLUMBLINE_IN_FLIGHT="many",
        PLUMBLINE_LOG_FORMAT="xml",
        PLUMBLINE_SECRET="s3cretword",  # noqa: S106
        PLUMBLINE_DATABASE_URL="postgresql://someone:s3cretword@127.0.0.1:1/none",
    )
    assert (done.returncode, done.stderr) == (1, "")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(set(one) == {"subject", "state", "message", "advice"} for one in found)
    bad = [one["message"] for one in found if one["state"] == "bad"]
    assert [
        any(word in line for line in bad) for word in ("IN_FLIGHT", "LOG_FORMAT", "characters", "cannot be used")
    ] == [True] * 4
    assert "s3cretword" not in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_command_exits_0_when_nothing_is_bad(tmp_path, monkeypatch):
    monkeypatch.setenv("PLUMBLINE_DATA", str(tmp_path / "data"))
    for name in KNOWN - {"PLUMBLINE_DATA"}:
        monkeypatch.delenv(name, raising=False)
    done = CliRunner().invoke(cli, ["doctor", "--port", str(_free())])
    assert done.exit_code == 0, done.output
    assert "[" not in done.output, "no markup and no codes where there is no terminal"
