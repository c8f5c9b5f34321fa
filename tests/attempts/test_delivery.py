"""An attempt under way, through the services, on a real database that is verified at the end of every test."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from conftest import START, faults_of
from factories import begin, fresh

from app.attempts import delivery, log, rows, starting, steps, timing
from app.attempts.log import Draft
from app.attempts.rows import NoSuchAttempt
from app.auth import tokens
from app.auth.permissions import Actor
from app.items.contract import AnswerShape

pytestmark = pytest.mark.quick


def show(sitting, now=None):
    return json.loads(sitting.db.write_now(delivery.show, sitting.actor, sitting.attempt_id, now or sitting.now))


def test_an_attempt_starts_at_once_with_its_first_turn(db):
    sitting = begin(db)
    assert sitting.state["status"] == "active"
    assert sitting.state["seq"] == 1
    assert sitting.state["turn"]["seq"] == 1
    assert sitting.state["token"] == sitting.token
    assert sitting.state["turn"]["draft"] is None


def test_a_turn_is_the_same_bytes_however_often_it_is_asked(db):
    sitting = begin(db)
    sitting.submit()
    first = db.read_now(delivery.peek, sitting.actor, sitting.attempt_id, START)
    again = db.read_now(delivery.peek, sitting.actor, sitting.attempt_id, START)
    assert first == again
    assert json.loads(first)["turn"] == sitting.state["turn"]


def test_the_same_answer_again_returns_the_stored_bytes(db):
    sitting = begin(db)
    turn = sitting.state["turn"]
    call = (sitting.actor, sitting.attempt_id, 1, turn["item"]["id"], {"skip": True}, None)
    first = db.write_now(delivery.submit, *call, START)
    assert db.write_now(delivery.submit, *call, START + timedelta(minutes=3)) == first
    assert len(db.read_now(log.responses_of, sitting.attempt_id)) == 1


def test_another_answer_to_an_answered_turn_is_refused(db):
    sitting = begin(db)
    item_id, wrong = sitting.state["turn"]["item"]["id"], sitting.wrong()
    sitting.submit()
    with pytest.raises(delivery.AnswerConflict):
        sitting.submit(wrong, seq=1, item_id=item_id)


def test_a_turn_that_is_not_active_is_stale_and_the_active_one_is_told(db):
    sitting = begin(db)
    sitting.submit()
    with pytest.raises(delivery.AnswerStale) as caught:
        sitting.submit(seq=7)
    assert caught.value.extra["turn"]["seq"] == 2
    with pytest.raises(delivery.AnswerStale):
        sitting.submit(item_id="math.calculus.guessed")


def test_a_malformed_answer_stores_nothing(db):
    sitting = begin(db)
    with pytest.raises(AnswerShape):
        sitting.submit({"nonsense": 1})
    assert db.read_now(log.responses_of, sitting.attempt_id) == ()
    assert show(sitting)["seq"] == 1


def test_somebody_else_finds_no_such_attempt(db):
    sitting = begin(db)
    with pytest.raises(NoSuchAttempt):
        sitting.submit(actor=Actor(bearer="0" * 64))
    with pytest.raises(NoSuchAttempt):
        db.read_now(delivery.peek, Actor(), sitting.attempt_id, START)


def test_an_answer_within_the_grace_is_taken(db):
    sitting = begin(db)
    deadline = START + timedelta(minutes=_minutes(db, "mathematics"))
    assert sitting.submit(now=deadline + timing.GRACE)["seq"] == 2


def test_a_late_answer_is_refused_and_closes_the_attempt(db):
    sitting = begin(db)
    sitting.submit()
    late = START + timedelta(minutes=_minutes(db, "mathematics")) + timing.GRACE + timedelta(seconds=1)
    with pytest.raises(delivery.AttemptExpired) as caught:
        sitting.submit(now=late)
    assert "1 answers are kept" in caught.value.detail
    state = show(sitting, late)
    assert state["status"] == "scored"
    assert state["turn"] is None
    with pytest.raises(delivery.AttemptExpired):
        sitting.submit(now=late)


def test_the_last_draft_is_scored_when_the_time_runs_out(db):
    sitting = begin(db)
    key = sitting.key()
    for revision, answer in ((1, {"skip": True}), (3, key), (2, {"skip": True})):
        kept = Draft(1, revision, delivery.draft_text(answer))
        db.write_now(delivery.keep_draft, sitting.actor, sitting.attempt_id, kept, START)
    assert show(sitting)["turn"]["draft"] == {"revision": 3, "answer": key}
    show(sitting, START + timedelta(days=1))
    (response,) = db.read_now(log.responses_of, sitting.attempt_id)
    assert (response.source, response.score) == ("draft", 1.0)
    assert response.at == START + timedelta(minutes=_minutes(db, "mathematics"))


def test_half_a_draft_is_no_answer_when_the_time_runs_out(db):
    sitting = begin(db)
    kept = Draft(1, 1, delivery.draft_text({"value": "3.", "x": 1}))
    db.write_now(delivery.keep_draft, sitting.actor, sitting.attempt_id, kept, START)
    assert show(sitting, START + timedelta(days=1))["status"] == "scored"
    assert db.read_now(log.responses_of, sitting.attempt_id) == ()


def test_a_draft_for_another_turn_is_stale(db):
    sitting = begin(db)
    with pytest.raises(delivery.AnswerStale):
        db.write_now(delivery.keep_draft, sitting.actor, sitting.attempt_id, Draft(2, 1, "{}"), START)


def test_the_remaining_time_never_grows_when_the_clock_goes_back(db):
    sitting = begin(db)
    sitting.submit(now=START + timedelta(minutes=10))
    before = show(sitting, START + timedelta(minutes=10))["time_remaining_s"]
    assert show(sitting, START - timedelta(hours=1))["time_remaining_s"] <= before
    sitting.submit(now=START - timedelta(hours=1))
    times = [response.at for response in db.read_now(log.responses_of, sitting.attempt_id)]
    assert times == sorted(times)


def test_an_untimed_attempt_never_expires(db):
    sitting = begin(db, time_factor=None)
    assert sitting.state["expires_at"] is None
    assert sitting.submit(now=START + timedelta(days=365))["seq"] == 2


def test_finishing_twice_gives_one_score(db):
    sitting = begin(db)
    sitting.submit()
    first = db.write_now(delivery.finish, sitting.actor, sitting.attempt_id, START)
    assert json.loads(first)["status"] == "scored"
    assert db.write_now(delivery.finish, sitting.actor, sitting.attempt_id, START + timedelta(hours=1)) == first
    assert db.read_now(log.latest_score, sitting.attempt_id).score_version == 1


def test_a_finished_attempt_takes_no_answer(db):
    sitting = begin(db)
    item_id = sitting.state["turn"]["item"]["id"]
    db.write_now(delivery.finish, sitting.actor, sitting.attempt_id, START)
    with pytest.raises(delivery.AnswerStale):
        sitting.submit(seq=1, item_id=item_id)


def test_no_item_and_no_enemy_comes_twice(db):
    sitting = begin(db)
    sitting.answer_all()
    ids = [response.item_id for response in db.read_now(log.responses_of, sitting.attempt_id)]
    assert len(ids) == len(set(ids)) >= 10
    pool = db.read_now(lambda c: steps.pools_of(c, rows.find(c, sitting.attempt_id).plan))["mathematics"]
    places = [pool.position[one] for one in ids]
    assert not any(pool.pool.enemies[a] & set(places) for a in places)


def test_always_right_ends_accomplished_and_always_wrong_beginning_in_every_domain(db):
    for domain in ("mathematics", "machine-learning", "algorithmic-coding", "deep-learning"):
        right, wrong = begin(db, domain, number=2), begin(db, domain, number=3)
        right.answer_all(lambda _item, s=right: s.key())
        wrong.answer_all(lambda _item, s=wrong: s.wrong())
        levels = [db.read_now(log.latest_score, s.attempt_id).domains[0]["level"] for s in (right, wrong)]
        assert levels == ["accomplished", "beginning"]


def test_the_quick_test_keeps_to_its_budget_and_reaches_every_domain(db):
    sitting = begin(db, "machine-learning-researcher-quick")
    sitting.answer_all()
    responses = db.read_now(log.responses_of, sitting.attempt_id)
    attempt = db.read_now(rows.find, sitting.attempt_id)
    pools = db.read_now(steps.pools_of, attempt.plan)
    seconds = [pools[r.domain].pool.seconds[pools[r.domain].position[r.item_id]] for r in responses]
    assert sum(seconds) <= 20 * 60 + max(seconds) / 2
    assert {r.domain for r in responses} == set(attempt.plan.domains)
    assert attempt.end_reason == "budget"


def test_continuing_a_quick_test_keeps_every_answer(db):
    quick = begin(db, "machine-learning-researcher-quick")
    quick.answer_all()
    kept = db.read_now(log.responses_of, quick.attempt_id)
    parts = fresh(9)
    state = json.loads(db.write_now(starting.continue_, quick.actor, quick.attempt_id, parts, START))
    assert state["assessment"] == "machine-learning-researcher"
    assert state["seq"] == len(kept) + 1
    carried = db.read_now(log.responses_of, parts.attempt_id)
    assert [(r.item_id, r.answer, r.score) for r in carried] == [(r.item_id, r.answer, r.score) for r in kept]
    assert {r.source for r in carried} == {"carried"}
    quick.attempt_id, quick.state = parts.attempt_id, state
    quick.actor = Actor(bearer=tokens.digest(parts.token))
    quick.answer_all(most=5)
    assert faults_of(db) == []


def test_a_continued_attempt_counts_its_answers_once(db):
    quick = begin(db, "machine-learning-researcher-quick")
    quick.answer_all()
    state = json.loads(db.write_now(starting.continue_, quick.actor, quick.attempt_id, fresh(9), START))
    lo, hi = state["progress"]["likely_total"]
    assert state["progress"]["answered"] < lo <= hi <= 4 * 30


def test_a_quick_test_is_continued_over_its_own_domains_whatever_is_offered_now(db, monkeypatch):
    quick = begin(db, "machine-learning-researcher-quick")
    quick.answer_all()
    offered = starting.offered

    def fewer(connection):
        return tuple(
            replace(one, domains=one.domains[:2]) if len(one.domains) > 1 else one for one in offered(connection)
        )

    monkeypatch.setattr(starting, "offered", fewer)
    state = json.loads(db.write_now(starting.continue_, quick.actor, quick.attempt_id, fresh(9), START))
    assert state["section"]["of"] == 4


def test_before_its_first_answer_a_domain_has_no_estimate(db):
    sitting = begin(db)
    assert sitting.state["estimate"] is None
    assert sitting.submit()["estimate"]["interval_90"][0] >= 0


def test_a_late_answer_is_refused_the_same_way_however_often(db):
    sitting = begin(db)
    kept = Draft(1, 1, delivery.draft_text(sitting.key()))
    db.write_now(delivery.keep_draft, sitting.actor, sitting.attempt_id, kept, START)
    key, late = sitting.key(), START + timedelta(days=1)
    for answer in (key, key, {"skip": True}):
        with pytest.raises(delivery.AttemptExpired):
            sitting.submit(answer, now=late)
    with pytest.raises(delivery.AttemptExpired):
        db.write_now(delivery.keep_draft, sitting.actor, sitting.attempt_id, kept, late)


def test_an_open_attempt_or_a_whole_one_cannot_be_continued(db):
    quick, whole = begin(db, "machine-learning-researcher-quick"), begin(db, "mathematics")
    whole.answer_all()
    for sitting in (quick, whole):
        with pytest.raises(starting.CannotContinue):
            db.write_now(starting.continue_, sitting.actor, sitting.attempt_id, fresh(5), START)


def test_the_same_seed_and_answers_give_the_same_test(db):
    one, two = begin(db, number=4), begin(db, number=4)
    one.answer_all()
    two.answer_all()
    ids = [[r.item_id for r in db.read_now(log.responses_of, s.attempt_id)] for s in (one, two)]
    assert ids[0] == ids[1]


def test_another_seed_gives_another_course(db):
    courses = set()
    for number in range(1, 6):
        sitting = begin(db, number=number)
        sitting.answer_all(most=5)
        courses.add(tuple(r.item_id for r in db.read_now(log.responses_of, sitting.attempt_id)))
    assert len(courses) > 1


def _minutes(db, assessment):
    return db.read_now(starting.find_assessment, assessment).minutes
