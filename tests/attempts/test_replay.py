"""An attempt derived again from its replay document alone: the same, or exactly what differs."""

import copy
import json
from datetime import timedelta

import pytest
from conftest import START
from factories import begin, fresh
from typer.testing import CliRunner

from app.attempts import delivery, export, starting, verify
from app.auth import tokens
from app.auth.permissions import Actor
from app.cli import cli

pytestmark = pytest.mark.quick


def document_of(sitting):
    """The replay document as a client receives it."""
    exported = sitting.db.read_now(export.replay, sitting.actor, sitting.attempt_id)
    return json.loads(json.dumps(exported))


@pytest.fixture
def document(db):
    """A finished mathematics test, some answers right, some wrong."""
    sitting = begin(db)
    sitting.submit(sitting.key())
    sitting.submit(sitting.key())
    sitting.answer_all(lambda _item: sitting.wrong())
    return document_of(sitting)


@pytest.fixture
def replay(tmp_path, monkeypatch):
    """replay(document) is what `plumbline db verify --replay` does with it, in a place without any database."""
    monkeypatch.setenv("PLUMBLINE_DATA", str(tmp_path / "nothing"))
    monkeypatch.delenv("PLUMBLINE_BANKS", raising=False)

    def command(content):
        file = tmp_path / "replay.json"
        file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return CliRunner().invoke(cli, ["db", "verify", "--replay", str(file)])

    return command


def altered(document, change):
    """The document with one thing changed."""
    other = copy.deepcopy(document)
    change(other)
    return other


def test_an_unaltered_document_gives_the_same_attempt(document, replay, tmp_path):
    replayed = replay(document)
    assert replayed.exit_code == 0, replayed.output
    assert "0 differences" in replayed.output
    assert not (tmp_path / "nothing").exists(), "no database was needed, none was made"


def test_a_quick_test_and_its_continuation_are_derived_again(db, content):
    quick = begin(db, "machine-learning-researcher-quick")
    quick.answer_all(lambda item: {"skip": True} if item["domain"] == "mathematics" else quick.key())
    assert verify.offline(document_of(quick), content) == []
    parts = fresh(9)
    db.write_now(starting.continue_, quick.actor, quick.attempt_id, parts, START)
    quick.attempt_id, quick.actor = parts.attempt_id, Actor(bearer=tokens.digest(parts.token))
    quick.state = json.loads(db.write_now(delivery.show, quick.actor, quick.attempt_id, START))
    quick.answer_all(most=4)
    db.write_now(delivery.finish, quick.actor, quick.attempt_id, START)
    assert verify.offline(document_of(quick), content) == []


def test_an_expired_attempt_is_derived_again(db, content):
    sitting = begin(db)
    sitting.submit()
    db.write_now(delivery.show, sitting.actor, sitting.attempt_id, START + timedelta(days=1))
    assert verify.offline(document_of(sitting), content) == []


def test_an_altered_answer_exits_1(document, replay):
    replayed = replay(altered(document, lambda d: d["steps"][0].update(answer={"skip": True})))
    assert replayed.exit_code == 1
    assert "question 1: stored score 1.0, its answer scores 0.0" in replayed.output


def test_an_altered_theta_exits_1(document, replay):
    replayed = replay(altered(document, lambda d: d["steps"][1].update(theta=d["steps"][1]["theta"] + 1e-6)))
    assert replayed.exit_code == 1
    assert "question 2: stored theta" in replayed.output


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["steps"][1].update(se=0.1),
        lambda d: d["steps"][1].update(score=1 - d["steps"][1]["score"]),
        lambda d: d.update(seed="00" * 16),
        lambda d: d["steps"].pop(),
        lambda d: d["steps"].pop(0),
        lambda d: d["steps"].reverse(),
        lambda d: d["steps"][-1].update(at="2027-01-01T00:00:00Z"),
        lambda d: d.update(end_reason="exhausted"),
        lambda d: d["versions"]["sections"][0]["rules"].update(max_items=11),
    ],
    ids=["se", "score", "seed", "last step", "first step", "order", "time", "end", "rules"],
)
def test_any_other_alteration_exits_1(document, replay, change):
    assert replay(altered(document, change)).exit_code == 1


def test_banks_that_differ_exit_2_and_say_so(document, replay):
    def other_bank(d):
        d["versions"]["banks"]["mathematics"]["content_hash"] = "0" * 64

    replayed = replay(altered(document, other_bank))
    assert replayed.exit_code == 2
    assert "replay.versions: The bank of mathematics here is not version 1 of the attempt" in replayed.output


def test_a_bank_that_is_not_here_exits_2_and_says_where_to_name_it(document, replay):
    def elsewhere(d):
        versions = d["versions"]
        versions["banks"]["astronomy"] = versions["banks"].pop("mathematics")
        versions["sections"][0]["domain"] = "astronomy"
        versions["weights"] = {"astronomy": 1.0}

    replayed = replay(altered(document, elsewhere))
    assert replayed.exit_code == 2
    assert "There is no bank of astronomy here; name its folder in PLUMBLINE_BANKS" in replayed.output


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "[]",
        "{}",
        "not json",
        lambda d: d.pop("seed"),
        lambda d: d.update(seed="not hexadecimal"),
        lambda d: d.update(started_at="yesterday"),
        lambda d: d["steps"][0].pop("item_id"),
        lambda d: d["steps"][0].pop("answer"),
        lambda d: d["steps"][0].update(item_id="math.calculus.guessed"),
        lambda d: d["steps"][0].update(domain="astronomy"),
        lambda d: d["steps"][0].update(theta="high"),
        lambda d: d["steps"][0].update(answer=[]),
        lambda d: d["steps"].insert(0, None),
        lambda d: d.update(steps=3),
        lambda d: d["versions"].pop("sections"),
    ],
)
def test_what_is_no_replay_document_exits_2_and_says_what_was_expected(document, replay, broken):
    content = broken if isinstance(broken, str) else altered(document, broken)
    replayed = replay(content)
    assert isinstance(replayed.exception, SystemExit), repr(replayed.exception)
    assert replayed.exit_code == 2
    assert "replay.json:1:1: " in replayed.output


def test_a_file_that_is_not_there_exits_2(replay, tmp_path):
    missing = CliRunner().invoke(cli, ["db", "verify", "--replay", str(tmp_path / "none.json")])
    assert missing.exit_code == 2


def test_the_seed_of_an_open_attempt_is_not_told(db):
    sitting = begin(db)
    sitting.submit()
    with pytest.raises(export.AttemptOpen):
        document_of(sitting)
