"""No acknowledged answer is lost when the process dies, and a backup made under load is a whole one."""

import json
import sqlite3
import threading
import time
from contextlib import closing

from faults import kill_loop
from faults.kill_loop import Ack, Candidate
from faults.server import Server, plumbline


def test_every_acknowledged_answer_survives_five_kills_exactly_once(data_folder):
    outcome = kill_loop.run(data_folder, kills=5, clients=3, pause_s=(0.1, 0.8))
    assert outcome.is_sound, outcome
    assert outcome.acks > 50
    assert outcome.repeats > 0


def test_the_comparison_finds_an_answer_that_is_missing_or_has_changed(data_folder):
    stop = threading.Event()
    with Server(data_folder) as server:
        candidate = Candidate(server.port, 1, stop)
        candidate.start()
        _until(lambda: len(candidate.ledger.acks) >= 3)
        stop.set()
        candidate.join(30)
    acks, file = candidate.ledger.acks, data_folder / "plumbline.sqlite3"
    assert kill_loop.compare(file, acks) == (0, 0, 0)
    first, second = acks[0], acks[1]
    changed = Ack(first.attempt, first.seq, first.item_id, {"option": "never"}, first.body)
    assert kill_loop.compare(file, [changed]) == (0, 0, 1)
    with closing(sqlite3.connect(file)) as log, log:
        log.execute("delete from responses where attempt_id = ? and seq = ?", (second.attempt, second.seq))
    assert kill_loop.compare(file, acks)[0] == 1


def test_a_backup_under_load_restores_to_the_attempts_that_had_ended_before_it(data_folder, tmp_path):
    copy, elsewhere = tmp_path / "copy.sqlite3", tmp_path / "elsewhere"
    stop = threading.Event()
    with Server(data_folder) as server:
        candidates = [Candidate(server.port, number, stop) for number in range(3)]
        for candidate in candidates:
            candidate.start()
        _until(lambda: sum(len(candidate.ledger.ended) for candidate in candidates) >= 3)
        ended = [attempt for candidate in candidates for attempt in candidate.ledger.ended]
        before = [len(candidate.ledger.acks) for candidate in candidates]
        made = plumbline(data_folder, "db", "backup", str(copy))
        after = [len(candidate.ledger.acks) for candidate in candidates]
        stop.set()
        for candidate in candidates:
            candidate.join(30)
    assert made.returncode == 0, made.stderr
    assert after > before, "the candidates went on meanwhile"
    assert [candidate.ledger.complaints for candidate in candidates] == [[], [], []]

    restored = plumbline(elsewhere, "db", "restore", str(copy))
    assert restored.returncode == 0, restored.stderr
    verified = plumbline(elsewhere, "db", "verify")
    assert verified.returncode == 0, verified.stdout
    assert "0 attempts" not in verified.stderr
    for attempt in ended:
        assert _rows(elsewhere, attempt) == _rows(data_folder, attempt)
    # everything acknowledged before the backup began is in it as well, whether its attempt had ended or not
    early = [ack for c, count in zip(candidates, before, strict=True) for ack in c.ledger.acks[:count]]
    assert kill_loop.compare(elsewhere / "plumbline.sqlite3", early) == (0, 0, 0)


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


def _until(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "nothing happened for a minute"
        time.sleep(0.02)
