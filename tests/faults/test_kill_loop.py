"""No acknowledged answer is lost when the process dies, and a backup made under load is a whole one."""

import json
import sqlite3
import time
from contextlib import closing, contextmanager

from faults import history, kill_loop, stand
from faults.candidates import Load
from faults.history import Ack
from faults.kill_loop import BOTH, DATABASE, SERVER
from faults.server import UNLIMITED, Server, plumbline

THINK_S = 0.01  # the more answers, the longer `db verify` takes
HASTY = """
from app.database import connect

connect._POSTGRES_SESSION["synchronous_commit"] = "off"
from app.cli import main

main()
"""


def test_every_acknowledged_answer_survives_kills_of_the_server_on_sqlite_exactly_once(sqlite_stand):
    outcome = kill_loop.run(sqlite_stand, [SERVER] * 2, clients=3, pause_s=(0.3, 0.8), think_s=THINK_S)
    assert outcome.is_sound, outcome
    assert outcome.load.acks > 30
    assert outcome.load.repeats > 0


def test_every_acknowledged_answer_survives_kills_of_servers_and_postgresql_which_come_back_by_themselves(
    postgresql_stand,
):
    kills = [DATABASE, BOTH, SERVER]
    outcome = kill_loop.run(postgresql_stand, kills, clients=3, pause_s=(0.2, 0.8), think_s=THINK_S)
    assert outcome.is_sound, outcome
    assert outcome.load.acks > 30
    assert outcome.outlived == 2 + 1, "servers that saw their database die and were not killed with it"


def test_the_loop_finds_the_answers_that_postgresql_loses_when_it_need_not_wait_for_the_disk(
    durable_cluster, durable_template, tmp_path
):
    """The planted fault: our sessions say synchronous_commit=off."""
    with (
        _settings(durable_cluster, wal_writer_delay="10s", wal_writer_flush_after="64MB"),  # no flush by chance
        stand.on_postgresql(durable_cluster, tmp_path / "data", durable_template, 1, ("-c", HASTY)) as hasty,
    ):
        outcome = kill_loop.run(hasty, [DATABASE], clients=3, pause_s=(1.0, 1.0), think_s=THINK_S)
    assert outcome.history.lost > 0
    assert not outcome.is_sound


def test_the_comparison_finds_an_answer_that_is_missing_or_has_changed(service):
    with Load(service.ports, 1, seed=7) as load:
        _until(lambda: len(load.acks) >= 3)
    acks = load.acks
    assert history.compare(service.place, acks) == (0, 0, 0)
    first, last = acks[0], acks[-1]
    changed = Ack(first.attempt, first.seq, first.item_id, {"option": "never"}, first.body)
    assert history.compare(service.place, [changed]) == (0, 0, 1)
    removed = "from responses where attempt_id = ? and seq = ?"
    with stand.asking(service.place) as ask:
        columns = "attempt_id, seq, item_version_id, item_id, domain, answer, score, theta, se, source, at, body"
        [kept] = ask(f"select {columns} {removed}", last.attempt, last.seq)
        ask(f"delete {removed}", last.attempt, last.seq)
        assert history.compare(service.place, acks) == (1, 0, 0)
        ask(f"insert into responses ({columns}) values ({', '.join('?' * len(kept))})", *kept)  # noqa: S608
    assert history.compare(service.place, acks) == (0, 0, 0)


def test_a_backup_under_load_restores_to_the_attempts_that_had_ended_before_it(data_folder, tmp_path):
    copy, elsewhere = tmp_path / "copy.sqlite3", tmp_path / "elsewhere"
    with Server(data_folder, more=UNLIMITED) as server, Load([server.port], 3, seed=1) as load:
        _until(lambda: len(load.ended) >= 3)
        ended, before = load.ended, load.acks
        made = plumbline(data_folder, "db", "backup", str(copy))
        after = len(load.acks)
    assert made.returncode == 0, made.stderr
    assert after > len(before), "the candidates went on meanwhile"
    assert load.complaints == ()

    restored = plumbline(elsewhere, "db", "restore", str(copy))
    assert restored.returncode == 0, restored.stderr
    verified = plumbline(elsewhere, "db", "verify")
    assert verified.returncode == 0, verified.stdout
    assert "0 attempts" not in verified.stderr
    for attempt in ended:
        assert _rows(elsewhere, attempt) == _rows(data_folder, attempt)
    # everything acknowledged before the backup began is in it as well, whether its attempt had ended or not
    assert history.compare(elsewhere / "plumbline.sqlite3", before) == (0, 0, 0)


def test_a_backup_is_never_put_over_a_database(data_folder, tmp_path):
    copy = tmp_path / "copy.sqlite3"
    assert plumbline(data_folder, "db", "backup", str(copy)).returncode == 0
    assert plumbline(data_folder, "db", "backup", str(copy)).returncode == 2
    refused = plumbline(data_folder, "db", "restore", str(copy))
    assert refused.returncode == 2
    assert "exists" in refused.stderr


def _rows(data, attempt):
    """Everything stored of one attempt, table by table."""
    with closing(sqlite3.connect(data / "plumbline.sqlite3")) as db:
        keys = {"attempts": "id", "responses": "attempt_id", "score_events": "attempt_id", "drafts": "attempt_id"}
        rows = {
            table: db.execute(f"select * from {table} where {key} = ?", (attempt,)).fetchall()  # noqa: S608
            for table, key in keys.items()
        }
    assert rows["attempts"], attempt
    assert rows["score_events"], json.dumps(attempt)
    return rows


@contextmanager
def _settings(cluster, **changes):
    """Settings of a running PostgreSQL, for a while."""
    for name, value in changes.items():
        cluster.admin(f"alter system set {name} = '{value}'")
    cluster.admin("select pg_reload_conf()")
    yield
    for name in changes:
        cluster.admin(f"alter system reset {name}")
    cluster.admin("select pg_reload_conf()")


def _until(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "nothing happened for a minute"
        time.sleep(0.02)
