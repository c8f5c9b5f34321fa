"""`plumbline db ...`: what it says, and that `verify` finds every kind of alteration made by hand."""

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta

import pytest
from conftest import START
from factories import begin
from typer.testing import CliRunner

from app.attempts import commands
from app.cli import cli
from app.database.engine import Database

pytestmark = pytest.mark.quick


@pytest.fixture
def run(data_folder, monkeypatch):
    """run("db", "verify") runs a command on the test's data folder, without a terminal."""
    monkeypatch.setenv("PLUMBLINE_DATA", str(data_folder))
    monkeypatch.delenv("PLUMBLINE_DATABASE_URL", raising=False)
    monkeypatch.delenv("PLUMBLINE_BANKS", raising=False)
    return lambda *arguments: CliRunner().invoke(cli, list(arguments))


@pytest.fixture
def taken(data_folder):
    """(id of a finished attempt, id of an open one) in the data folder."""
    db = Database(f"sqlite:///{data_folder / 'plumbline.sqlite3'}")
    finished, unfinished = begin(db, "mathematics", number=1), begin(db, "mathematics", number=2)
    finished.submit(finished.key())
    finished.answer_all(lambda _item: finished.wrong())
    unfinished.submit(unfinished.key())
    unfinished.submit()
    db.close()
    return finished.attempt_id, unfinished.attempt_id


@pytest.fixture
def alter(data_folder):
    """alter("update ...", ...) changes the database by hand; at least one row must change."""

    def by_hand(statement, *values):
        with closing(sqlite3.connect(data_folder / "plumbline.sqlite3")) as db, db:
            assert db.execute(statement, values).rowcount > 0

    return by_hand


def test_a_sound_database_exits_0_and_says_how_many_attempts_were_recomputed(run, taken):
    verified = run("db", "verify")
    assert verified.exit_code == 0
    assert "2 attempts recomputed, 0 faults" in verified.output


LATE, EARLY = (f"{START + timedelta(days=days):%Y-%m-%d %H:%M:%S.%f}" for days in (2, -1))
ALTERATIONS = {
    "a theta in the log": (
        "update responses set theta = theta + 1e-6 where attempt_id = ? and seq = 2",
        "question 2: stored theta",
    ),
    "a standard error in the log": (
        "update responses set se = se * 1.001 where attempt_id = ? and seq = 3",
        "question 3: stored theta",
    ),
    "a score": ("update responses set score = 0 where attempt_id = ? and seq = 1", "question 1: stored score 0"),
    "an answer": (
        "update responses set answer = '{\"skip\":true}' where attempt_id = ? and seq = 1",
        "question 1: stored score 1",
    ),
    "an item id": (
        "update responses set item_id = (select max(item_id) from item_versions where domain = 'mathematics' "
        "and item_id not in (select item_id from responses)) where attempt_id = ? and seq = 2",
        "question 2",
    ),
    "an item id that is in no bank": (
        "update responses set item_id = 'math.calculus.guessed' where attempt_id = ? and seq = 2",
        "question 2",
    ),
    "the item that an answer belongs to": (
        "update responses set item_version_id = (select item_version_id from responses r where r.attempt_id = "
        "responses.attempt_id and r.seq = 3) where attempt_id = ? and seq = 2",
        "question 2",
    ),
    "an answer that no longer fits its question": (
        "update responses set answer = '{\"nonsense\":1}' where attempt_id = ? and seq = 2",
        "question 2",
    ),
    "a removed row": ("delete from responses where attempt_id = ? and seq = 2", "without a gap"),
    "a removed last row": (
        "delete from responses where attempt_id = ? and seq = (select max(seq) from responses r where r.attempt_id = "
        "responses.attempt_id)",
        "is next; its log has",
    ),
    "a time after the deadline": (
        f"update responses set at = '{LATE}' where attempt_id = ? and seq = "  # noqa: S608
        "(select max(seq) from responses r where r.attempt_id = responses.attempt_id)",
        "after the deadline",
    ),
    "a time before the question": (
        f"update responses set at = '{EARLY}' where attempt_id = ? and seq = 3",  # noqa: S608
        "before the event",
    ),
    "the seed": ("update attempts set seed = '00000000000000000000000000000009' where id = ?", "question"),
    "the reason for the end": ("update attempts set end_reason = 'exhausted' where id = ?", "ended as exhausted"),
    "the status": ("update attempts set status = 'active' where id = ?", "status active"),
    "the history in the attempt's row": ("update attempts set history = '[]' where id = ?", "history"),
    "a removed score": ("delete from score_events where attempt_id = ?", "no stored score"),
}


@pytest.mark.parametrize("what", ALTERATIONS)
def test_an_alteration_by_hand_exits_1_and_is_named(run, taken, alter, what):
    statement, said = ALTERATIONS[what]
    alter(statement, taken[0])
    verified = run("db", "verify")
    assert verified.exit_code == 1
    assert isinstance(verified.exception, SystemExit), "a finding, not a crash"
    assert f"attempt {taken[0]}: " in verified.output
    assert said in verified.output
    assert f"attempt {taken[1]}: " not in verified.output


@pytest.mark.parametrize("field", ["theta", "se", "level", "items", "accomplished"])
def test_an_altered_score_event_exits_1(run, taken, alter, data_folder, field):
    with closing(sqlite3.connect(data_folder / "plumbline.sqlite3")) as db:
        (text,) = db.execute("select domains from score_events where attempt_id = ?", (taken[0],)).fetchone()
    domains = json.loads(text)
    if field == "accomplished":
        domains[0]["level_probabilities"]["accomplished"] += 1e-6
    else:
        domains[0][field] = {"level": "accomplished", "items": 99}.get(field) or domains[0][field] + 1e-6
    alter("update score_events set domains = ? where attempt_id = ?", json.dumps(domains), taken[0])
    verified = run("db", "verify")
    assert verified.exit_code == 1
    assert f"attempt {taken[0]}: mathematics: stored" in verified.output


def test_the_active_turn_is_checked_against_the_seed(run, taken, alter, data_folder):
    with closing(sqlite3.connect(data_folder / "plumbline.sqlite3")) as db:
        (active,) = db.execute("select turn_item_version_id from attempts where id = ?", (taken[1],)).fetchone()
        (other,) = db.execute("select max(id) from item_versions where domain = 'mathematics'").fetchone()
    alter(
        "update attempts set turn_item_version_id = ? where id = ?", other if other != active else other - 1, taken[1]
    )
    verified = run("db", "verify")
    assert verified.exit_code == 1
    assert f"attempt {taken[1]}: " in verified.output


def test_a_difference_in_the_last_digit_is_no_fault(run, taken, alter):
    alter("update responses set theta = theta + 1e-12 where attempt_id = ? and seq = 2", taken[0])
    assert run("db", "verify").exit_code == 0


def test_verify_without_a_database_is_bad_input(run, data_folder):
    (data_folder / "plumbline.sqlite3").unlink()
    refused = run("db", "verify")
    assert refused.exit_code == 2
    assert "db upgrade" in refused.output


def test_upgrade_makes_a_database_and_then_has_nothing_to_do(run, data_folder):
    (data_folder / "plumbline.sqlite3").unlink()
    first, second = run("db", "upgrade"), run("db", "upgrade")
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "upgraded to" in first.output
    assert "already at" in second.output
    assert not list(data_folder.glob("*.before-*")), "there was nothing worth a copy"


def test_a_backup_restores_into_an_empty_folder(run, taken, data_folder, tmp_path, monkeypatch):
    made = run("db", "backup")
    assert made.exit_code == 0
    assert "secret" in made.output, "the secret is not in the database, so the message must name it"
    (copy,) = (data_folder / "backups").iterdir()
    monkeypatch.setenv("PLUMBLINE_DATA", str(tmp_path / "new"))
    assert run("db", "restore", str(copy)).exit_code == 0
    assert run("db", "verify").exit_code == 0
    again = run("db", "restore", str(copy))
    assert again.exit_code == 2
    assert "exists" in again.output


@pytest.mark.parametrize(
    "damage", [b"", b"not a database at all", b"SQLite format 3\x00" + bytes(200)], ids=["empty", "text", "torn"]
)
def test_a_file_that_is_no_backup_is_refused_and_nothing_is_put_in_place(run, tmp_path, monkeypatch, damage):
    monkeypatch.setenv("PLUMBLINE_DATA", str(tmp_path / "new"))
    broken = tmp_path / "broken.sqlite3"
    broken.write_bytes(damage)
    assert run("db", "restore", str(broken)).exit_code == 2
    assert run("db", "restore", str(tmp_path / "none")).exit_code == 2
    assert not (tmp_path / "new" / "plumbline.sqlite3").exists()


def test_a_restore_leaves_the_backup_and_its_folder_as_they_were(run, taken, data_folder, tmp_path, monkeypatch):
    kept = tmp_path / "kept"
    kept.mkdir()
    assert run("db", "backup", str(kept / "copy.sqlite3")).exit_code == 0
    before = (kept / "copy.sqlite3").read_bytes()
    monkeypatch.setenv("PLUMBLINE_DATA", str(tmp_path / "new"))
    assert run("db", "restore", str(kept / "copy.sqlite3")).exit_code == 0
    assert [file.name for file in kept.iterdir()] == ["copy.sqlite3"]
    assert (kept / "copy.sqlite3").read_bytes() == before
    assert {file.name for file in (tmp_path / "new").iterdir()} == {"plumbline.sqlite3", "plumbline.sqlite3.lock"}


def test_a_raw_copy_with_its_log_restores_with_what_is_in_the_log(run, taken, data_folder, tmp_path, monkeypatch):
    raw = tmp_path / "raw"
    raw.mkdir()
    with closing(Database(f"sqlite:///{data_folder / 'plumbline.sqlite3'}")) as db:
        begin(db, "mathematics", number=3)
        for file in data_folder.glob("plumbline.sqlite3*"):
            (raw / file.name).write_bytes(file.read_bytes())
    assert (raw / "plumbline.sqlite3-wal").stat().st_size > 0
    monkeypatch.setenv("PLUMBLINE_DATA", str(tmp_path / "new"))
    assert run("db", "restore", str(raw / "plumbline.sqlite3")).exit_code == 0
    verified = run("db", "verify")
    assert "3 attempts recomputed, 0 faults" in verified.output


KILLED = """\
import os, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("pragma journal_mode = wal")
db.execute("update attempts set end_reason = 'a log that is not ours'")
os._exit(9)
"""


@pytest.fixture
def crashed(run, taken, data_folder, tmp_path):
    """A backup; its database has been written since, by a process that was killed, and has a log beside it."""
    assert run("db", "backup", str(tmp_path / "backup.sqlite3")).exit_code == 0
    killed = subprocess.run([sys.executable, "-c", KILLED, data_folder / "plumbline.sqlite3"], check=False)
    assert killed.returncode == 9
    assert (data_folder / "plumbline.sqlite3-wal").stat().st_size > 0
    return tmp_path / "backup.sqlite3"


def foreign(file):
    """How many attempts say what only the log of the crashed database says."""
    with closing(sqlite3.connect(file)) as db:
        return db.execute("select count(*) from attempts where end_reason = 'a log that is not ours'").fetchone()[0]


def test_a_log_that_a_crash_left_is_not_replayed_into_a_restored_database(run, crashed, data_folder, tmp_path):
    file, away = data_folder / "plumbline.sqlite3", tmp_path / "away"
    away.mkdir()
    shutil.move(file, away)
    log = (data_folder / "plumbline.sqlite3-wal").read_bytes()
    refused = run("db", "restore", str(crashed))
    assert refused.exit_code == 2
    assert "plumbline.sqlite3-wal" in refused.output
    assert "plumbline.sqlite3-shm" in refused.output
    assert "away together" in refused.output
    assert not file.exists()
    assert (data_folder / "plumbline.sqlite3-wal").read_bytes() == log, "it holds the last answers"

    for left in data_folder.glob("plumbline.sqlite3-*"):
        shutil.move(left, away)
    assert run("db", "restore", str(crashed)).exit_code == 0
    assert foreign(file) == 0
    assert run("db", "verify").exit_code == 0
    assert foreign(away / "plumbline.sqlite3") == 2, "moved together, nothing of it was lost"


def test_a_refusal_to_restore_names_the_database_and_everything_beside_it(run, crashed, data_folder):
    refused = run("db", "restore", str(crashed))
    assert refused.exit_code == 2
    for end in ("", "-wal", "-shm"):
        assert f"{data_folder / 'plumbline.sqlite3'}{end}" in refused.output.replace("\n", "")


@pytest.mark.parametrize("end", ["-wal", "-shm", "-journal"])
def test_a_side_file_that_comes_while_a_copy_is_checked_stops_the_restore(
    run, taken, data_folder, tmp_path, monkeypatch, end
):
    backup = tmp_path / "backup.sqlite3"
    assert run("db", "backup", str(backup)).exit_code == 0
    new = tmp_path / "new"
    monkeypatch.setenv("PLUMBLINE_DATA", str(new))
    check = commands._unusable

    def and_then_a_server_starts(copy):
        (new / f"plumbline.sqlite3{end}").write_bytes(b"of somebody else")
        return check(copy)

    monkeypatch.setattr(commands, "_unusable", and_then_a_server_starts)
    refused = run("db", "restore", str(backup))
    assert refused.exit_code == 2
    assert f"plumbline.sqlite3{end}" in refused.output
    assert not (new / "plumbline.sqlite3").exists()
    assert (new / f"plumbline.sqlite3{end}").read_bytes() == b"of somebody else"
    assert not list(new.glob("*.restoring")), "its copy is cleared away"


def test_what_a_restore_that_was_cut_off_left_gets_into_no_later_one(run, crashed, data_folder, tmp_path, monkeypatch):
    new = tmp_path / "new"
    new.mkdir()
    for end in ("", "-wal"):
        shutil.copy(f"{data_folder / 'plumbline.sqlite3'}{end}", new / f"plumbline.sqlite3.restoring{end}")
    monkeypatch.setenv("PLUMBLINE_DATA", str(new))
    assert run("db", "restore", str(crashed)).exit_code == 0
    assert foreign(new / "plumbline.sqlite3") == 0


def test_a_backup_makes_no_folder_that_was_not_there(run, taken, tmp_path):
    refused = run("db", "backup", str(tmp_path / "typo" / "copy.sqlite3"))
    assert refused.exit_code == 2
    assert "there is no such folder" in refused.output
    assert not (tmp_path / "typo").exists()


@pytest.mark.parametrize(("deed", "tool"), [("backup", "pg_dump"), ("restore", "pg_restore")])
def test_for_postgresql_the_tool_and_its_arguments_are_named_and_no_password(run, monkeypatch, deed, tool):
    monkeypatch.setenv("PLUMBLINE_DATABASE_URL", "postgresql+psycopg://someone:s3cret@db.example.org:5433/plumbline")
    refused = run("db", deed, "monday.dump")
    assert refused.exit_code == 2
    (line,) = (line for line in refused.output.splitlines() if line.startswith(f"  {tool} "))
    assert "monday.dump" in line
    assert "postgresql://someone@db.example.org:5433/plumbline" in line
    assert "s3cret" not in refused.output


@pytest.mark.parametrize("command", ["upgrade", "verify", "backup"])
@pytest.mark.parametrize(
    "url", ["nonsense", "sqlite:////nowhere/at/all.sqlite3", "postgresql://someone:s3cret@127.0.0.1:1/none"]
)
def test_a_database_that_cannot_be_used_is_said_in_words(run, monkeypatch, command, url):
    monkeypatch.setenv("PLUMBLINE_DATABASE_URL", url)
    refused = run("db", command)
    assert refused.exit_code == 2, refused.output
    assert isinstance(refused.exception, SystemExit)
    assert "s3cret" not in refused.output


def test_a_database_of_a_newer_version_is_left_alone(run, data_folder, alter):
    alter("update alembic_version set version_num = 'ffffffffffff'")
    for command in ("upgrade", "verify"):
        refused = run("db", command)
        assert refused.exit_code == 2, refused.output
        assert "ffffffffffff" in refused.output
    assert not list(data_folder.glob("*.before-*"))


def test_a_database_that_waits_for_an_upgrade_is_not_verified_before_it(run, alter):
    alter("update alembic_version set version_num = 'd11d42aa64fe'")
    refused = run("db", "verify")
    assert refused.exit_code == 2
    assert "db upgrade" in refused.output
