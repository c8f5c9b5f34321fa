"""Practice: each answer is followed by its solution, by nobody else's and by no other; the engine and the log go on."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from conftest import START
from factories import begin, fresh

from app.attempts import delivery, export, feedback, rows, scoring, shown, starting
from app.attempts.log import TURN
from app.attempts.rows import NoSuchAttempt
from app.auth.permissions import Actor
from app.banks import catalogue
from app.items import registry
from app.results import assemble

pytestmark = pytest.mark.quick

QUICK = "machine-learning-researcher-quick"


def practise(db, assessment="mathematics", **more):
    return begin(db, assessment, mode="practice", time_factor=None, **more)


def review_text(item_type, review):
    return f"{item_type}: {review['rationale_html']}"


def test_every_answer_is_followed_by_its_score_key_reason_and_solution(db):
    sitting = practise(db, "machine-learning")
    reasons = 0
    for n in range(9):
        key = sitting.key()
        answer = (key, sitting.wrong(), {"skip": True})[n % 3]
        state = sitting.submit(answer)
        told = state["feedback"]
        assert set(told) == {"score", "key", "why", "rationale_html"}
        assert told["score"] == (1.0 if n % 3 == 0 else 0.0)
        assert told["key"] == key
        assert told["rationale_html"].startswith("<")
        assert told["why"] is None or (n % 3 < 2 and told["why"])
        reasons += told["why"] is not None
    assert reasons >= 3, "an option that was chosen says why it is right or wrong"


def test_the_solution_is_that_of_the_review_in_the_result(db):
    sitting = practise(db)
    told = [sitting.submit()["feedback"]["rationale_html"] for _ in range(4)]
    db.write_now(delivery.finish, sitting.actor, sitting.attempt_id, START)
    result = db.read_now(assemble.result, sitting.actor, sitting.attempt_id, review_text).result
    assert [one["review_html"].split(": ", 1)[1] for one in result["responses"]] == told


def test_a_repeated_answer_returns_the_same_feedback_byte_for_byte(db):
    sitting = practise(db)
    call = (sitting.actor, sitting.attempt_id, 1, sitting.state["turn"]["item"]["id"], sitting.wrong(), None)
    first = db.write_now(delivery.submit, *call, START)
    assert '"feedback":{' in first
    assert db.write_now(delivery.submit, *call, START + timedelta(hours=1)) == first


def test_a_test_that_measures_tells_nothing_of_it(db):
    sitting = begin(db)
    call = (sitting.actor, sitting.attempt_id, 1, sitting.state["turn"]["item"]["id"], {"skip": True}, None)
    text = db.write_now(delivery.submit, *call, START)
    assert "feedback" not in text
    assert list(json.loads(text)) == [
        *("id", "assessment", "mode", "status", "created_at", "expires_at", "time_remaining_s", "seq"),
        *("section", "progress", "estimate", "turn"),
    ]


def test_feedback_that_names_a_turn_does_not_hide_the_turn(db):
    sitting = practise(db)
    sitting.submit()
    attempt = db.read_now(rows.find, sitting.attempt_id)
    told = {"score": 1.0, "key": {"pairs": {"a": "b", "turn": {"c": "d", "turn": "e"}}}, "why": ',"turn":'}
    text = shown.body(attempt, shown.Standing(1, None, None, None), START, '{"seq":2}', told)
    assert text[text.index(TURN) + len(TURN) : -1] == '{"seq":2}'
    assert json.loads(text)["feedback"] == told


def test_the_next_turn_is_the_same_bytes_at_every_resume(db):
    sitting = practise(db)
    for _ in range(3):
        state = sitting.submit()
        again = json.loads(db.read_now(delivery.peek, sitting.actor, sitting.attempt_id, START))
        assert again["turn"] == state["turn"]
        assert "feedback" not in again


def test_practice_has_no_estimate(db):
    sitting = practise(db)
    for _ in range(3):
        assert sitting.submit()["estimate"] is None


def test_a_deadline_that_was_asked_for_holds_in_practice_too(db):
    sitting = begin(db, mode="practice", time_factor=1.0)
    with pytest.raises(delivery.AttemptExpired):
        sitting.submit(now=START + timedelta(days=1))


def test_a_private_bank_is_not_practised(db, monkeypatch):
    banks = catalogue.banks
    monkeypatch.setattr(
        catalogue,
        "banks",
        lambda connection: tuple(
            replace(bank, visibility="private") if bank.domain == "mathematics" else bank for bank in banks(connection)
        ),
    )
    for assessment in ("mathematics", QUICK):
        with pytest.raises(feedback.NoPractice):
            practise(db, assessment)
        assert begin(db, assessment).state["status"] == "active"
    assert practise(db, "deep-learning").state["mode"] == "practice"


def test_a_solution_is_shown_for_an_own_answered_question_of_practice_alone(db):
    sitting, test = practise(db), begin(db, number=2)
    key = sitting.key()
    sitting.submit(key)
    test.submit()
    found = db.read_now(feedback.solution, sitting.actor, sitting.attempt_id, 1)
    assert (found.seq, found.score, found.is_skipped, found.domain) == (1, 1.0, False, "mathematics")
    assert registry.types()[found.item_type].name == found.review["type"]
    assert db.read_now(feedback.solution, sitting.actor, sitting.attempt_id, 2) is None
    assert db.read_now(feedback.solution, test.actor, test.attempt_id, 1) is None
    for actor in (test.actor, Actor()):
        with pytest.raises(NoSuchAttempt):
            db.read_now(feedback.solution, actor, sitting.attempt_id, 1)


def test_practice_replays_and_ends_like_any_attempt(db):
    sitting = practise(db, QUICK)
    sitting.answer_all(lambda _item: sitting.wrong())
    assert sitting.state["status"] == "scored"
    assert sitting.state["turn"] is None
    assert sitting.state["feedback"]["score"] == 0
    document = db.read_now(export.replay, sitting.actor, sitting.attempt_id)
    assert len(document["steps"]) == sitting.state["seq"] - 1


def test_its_result_is_no_measurement_and_offers_the_test(db):
    sitting = practise(db)
    for _ in range(3):
        sitting.submit()
    db.write_now(delivery.finish, sitting.actor, sitting.attempt_id, START)
    result = db.read_now(assemble.result, sitting.actor, sitting.attempt_id, review_text).result
    assert result["mode"] == "practice"
    assert (result["profile"], result["meets_profile"], result["coverage"]) == (None, None, None)
    assert result["other_roles"] == result["strengths"] == result["gaps"] == []
    assert [(step["kind"], step["url"]) for step in result["next_steps"]] == [("assess", "/tests/mathematics")]


def test_practice_cannot_be_continued(db):
    sitting = practise(db, QUICK)
    sitting.submit()
    db.write_now(delivery.finish, sitting.actor, sitting.attempt_id, START)
    with pytest.raises(starting.CannotContinue, match="solutions were shown"):
        db.write_now(starting.continue_, sitting.actor, sitting.attempt_id, fresh(5), START)


def test_feedback_outside_practice_is_a_fault_and_not_a_leak(db):
    sitting = begin(db)
    attempt = db.read_now(rows.find, sitting.attempt_id)
    scored = db.read_now(scoring.score, attempt.seed, attempt.turn_item_version_id, {"skip": True})
    with pytest.raises(AssertionError):
        db.read_now(feedback.of, attempt, scored)
