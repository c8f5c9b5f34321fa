"""A creation with a key is made once, also by two at the same moment, and a quick test is continued once."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import START
from factories import begin, fresh
from sqlalchemy import func, select

from app.attempts import idempotency, log, starting
from app.auth import tokens
from app.auth.permissions import Actor
from app.database.attempts import attempts, idempotency_keys
from app.errors import Conflict, Gone

pytestmark = pytest.mark.quick

QUICK = "machine-learning-researcher-quick"
SECRET = b"secret"


def once(db, create, key="k", request="r", hidden="pla_hidden"):
    return db.write_now(idempotency.once, key, request, START, hidden, create)


def stored(db):
    return db.read_now(lambda c: c.execute(select(func.count()).select_from(idempotency_keys)).scalar_one())


def test_the_same_key_and_request_give_the_stored_answer(db):
    made = iter(("one pla_hidden", "two"))
    assert once(db, lambda _: next(made)) == "one pla_hidden"
    assert once(db, lambda _: next(made)) == "one pla_hidden"
    assert once(db, lambda _: next(made), key="other") == "two"


def test_the_token_is_not_stored(db):
    once(db, lambda _: "one pla_hidden")
    assert "pla_hidden" not in db.read_now(lambda c: c.execute(select(idempotency_keys.c.body)).scalar_one())


def test_the_key_with_another_request_or_another_token_is_refused(db):
    once(db, lambda _: "one")
    for other in ({"request": "s"}, {"hidden": "pla_of_another_secret"}):
        with pytest.raises(idempotency.KeyReused):
            once(db, lambda _: "two", **other)


def test_a_creation_that_failed_leaves_the_key_free(db):
    class Closed(Gone):
        commits = True

    def fails(_connection):
        raise Closed("over")

    for error in (Closed, Conflict):
        with pytest.raises(error):
            once(db, fails if error is Closed else lambda _: (_ for _ in ()).throw(Conflict("no")))
    assert stored(db) == 0
    assert once(db, lambda _: "one") == "one"


@pytest.mark.parametrize("first_fails", [False, True])
def test_of_two_requests_at_once_with_one_key_the_second_waits_for_the_first(db, first_fails):
    inside, made = threading.Event(), []

    def create(_connection):
        made.append(threading.get_ident())
        if len(made) == 1:
            inside.set()
            threading.Event().wait(0.3)  # the other one is at the database by now
            if first_fails:
                raise Conflict("not this time")
        return f"answer {len(made)}"

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(once, db, create)
        assert inside.wait(10)
        second = pool.submit(once, db, create)
        if first_fails:
            with pytest.raises(Conflict):
                first.result(20)
            assert second.result(20) == "answer 2"
        else:
            assert first.result(20) == second.result(20) == "answer 1"
    assert stored(db) == 1


def ended(db):
    quick = begin(db, QUICK)
    for _ in range(3):
        quick.submit()
    quick.db.write_now(starting.delivery.finish, quick.actor, quick.attempt_id, START)
    return quick


def test_continuing_again_gives_the_same_attempt_with_its_token_as_it_stands_now(db):
    quick = ended(db)
    first, second = (
        json.loads(
            db.write_now(
                starting.continue_,
                quick.actor,
                quick.attempt_id,
                starting.fresh_continuation(SECRET, quick.attempt_id),
                START,
            )
        )
        for _ in range(2)
    )
    assert first == second
    assert tokens.is_whole(first["token"], tokens.ATTEMPT)
    quick.attempt_id, quick.state, quick.actor = first["id"], first, Actor(bearer=tokens.digest(first["token"]))
    assert quick.submit()["seq"] == 5


def test_a_continuation_whose_token_cannot_be_shown_again_is_named(db):
    quick = ended(db)
    first = json.loads(db.write_now(starting.continue_, quick.actor, quick.attempt_id, fresh(7), START))
    other_secret = starting.fresh_continuation(b"rotated", quick.attempt_id)
    with pytest.raises(starting.AlreadyContinued) as caught:
        db.write_now(starting.continue_, quick.actor, quick.attempt_id, other_secret, START)
    assert caught.value.extra == {"attempt": first["id"]}


def test_eight_continuations_at_once_make_one_attempt(db):
    quick = ended(db)
    ready = threading.Barrier(8)

    def go_on(_n):
        parts = starting.fresh_continuation(SECRET, quick.attempt_id)
        ready.wait(10)
        return json.loads(db.write_now(starting.continue_, quick.actor, quick.attempt_id, parts, START))["id"]

    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(go_on, range(8)))
    assert len(made) == 1
    query = select(func.count()).where(attempts.c.continues == quick.attempt_id)
    assert db.read_now(lambda c: c.execute(query).scalar_one()) == 1
    assert len(db.read_now(log.responses_of, made.pop())) == 3
