"""A storage fault at any statement of any request is told as such, leaves nothing behind, and can be repeated."""

import asyncio
import threading
from contextlib import closing

import factories
import pytest
from conftest import faults_of
from faults import cases, drivers, statements
from faults import world as worlds
from faults.cases import UNSAFE_CASES
from faults.drivers import Gate
from faults.statements import Figures
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from app.attempts import delivery, log, rows
from app.database import batches, engine
from app.database.attempts import first_turns, responses
from app.database.engine import Database, StorageUnavailable

WAIT_S = 30  # far more than anything here takes; a hang must fail and not hang the suite
ANSWER = next(case for case in UNSAFE_CASES if case.name == "answer")


@pytest.fixture(scope="module")
def world(new_database, tmp_path_factory):
    with worlds.world(new_database(), tmp_path_factory.mktemp("statements")) as made:
        yield made


def tried(world, *several, every=2):
    """What came of these cases with every second fault; the command tries them all."""
    figures = Figures()
    for case in several:
        statements.try_case(world, case, statements.faults_on(world.db), figures, every)
    return figures


def test_every_route_that_may_write_has_a_case(world):
    assert cases.without_case(world.app) == []
    assert cases.without_case(world.app, UNSAFE_CASES[1:]) == [UNSAFE_CASES[0].route]


@pytest.mark.parametrize("case", UNSAFE_CASES, ids=lambda case: case.name.replace(" ", "-"))
def test_a_fault_at_any_statement_is_told_and_a_repeat_gives_what_it_would_have_given(world, case):
    figures = tried(world, case)
    assert figures.problems == []
    if case.writes:
        assert figures.statements >= 3
        assert figures.unavailable > 0
        assert figures.unheard > 0, "no commit was lost on its way back"


def test_the_same_holds_where_reading_closes_an_attempt_whose_time_is_over(world):
    late = [case for case in cases.reading_cases(world.app) if case.is_late]
    figures = tried(world, *late, every=11)
    assert figures.problems == []
    assert figures.writing > 5, "hardly a page closes an attempt"


def test_the_trial_finds_a_fault_that_is_not_told_as_one(world, monkeypatch):
    for module in (engine, batches):
        monkeypatch.setattr(module, "storage_error", lambda error: error)
    assert any("got 500" in problem for problem in tried(world, ANSWER).problems)


def test_the_trial_finds_half_an_answer(world, monkeypatch):
    real = rows.save

    def save_at_once(connection, attempt):
        real(connection, attempt)
        connection.connection.commit()

    monkeypatch.setattr(rows, "save", save_at_once)
    found = tried(world, ANSWER).problems
    # SQLite ends the savepoint with it, so that the answer fails for everybody to see
    assert any("stored in pieces" in problem or "503, rows changed" in problem for problem in found), found


def test_the_trial_finds_an_answer_that_cannot_be_repeated_after_a_lost_acknowledgement(world, monkeypatch):
    monkeypatch.setattr(log, "acknowledged", lambda *_: None)
    found = [problem for problem in tried(world, ANSWER).problems if "commit unheard" in problem]
    assert any("the repeat differs" in problem for problem in found)


# ---- several at once


@pytest.fixture
def gate():
    return Gate()


@pytest.fixture
def gated_db(open_db, gate):
    """This test's database, its connections behind the gate."""
    with drivers.gated(gate):
        return open_db()


def answering(sitting, then=lambda connection: None):
    """The work of an answer to the active turn, and something after it in the same transaction."""

    def work(connection):
        text = delivery.submit(
            connection,
            sitting.actor,
            sitting.attempt_id,
            sitting.state["seq"],
            sitting.state["turn"]["item"]["id"],
            factories.SKIP,
            None,
            sitting.now,
        )
        then(connection)
        return text

    return work


def together(db: Database, *works):
    """What comes of these works, all of them waiting before the first is begun: on SQLite they are one batch."""
    begun, go_on = threading.Event(), threading.Event()

    def hold(_connection):
        begun.set()
        assert go_on.wait(WAIT_S)

    async def all_at_once():
        held = asyncio.ensure_future(db.write(hold))
        await asyncio.to_thread(begun.wait, WAIT_S)
        waiting = [asyncio.ensure_future(db.write(work)) for work in works]
        await asyncio.sleep(0)  # let them be queued
        go_on.set()
        await held
        return await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), WAIT_S)

    return asyncio.run(all_at_once())


def stored(db):
    """attempt -> the bodies in its log, read past the gate."""
    with closing(Database(db.url.render_as_string(hide_password=False))) as other:
        found = other.read_now(lambda c: c.execute(select(responses.c.attempt_id, responses.c.body)).all())
    return dict(found)


def test_an_answer_that_breaks_a_constraint_is_not_acknowledged_and_the_others_are(gated_db, gate):
    sittings = [factories.begin(gated_db, number=number) for number in range(8)]
    broken = sittings[3]

    def a_second_first_turn(connection):
        connection.execute(insert(first_turns), {"attempt_id": broken.attempt_id, "turn": "{}"})

    gate.arm()
    outcomes = together(
        gated_db, *(answering(one, a_second_first_turn) if one is broken else answering(one) for one in sittings)
    )
    if gated_db.is_sqlite:
        assert gate.passed.count("COMMIT") == 2, "the one that held the others up, and theirs"
    assert isinstance(outcomes[3], IntegrityError)
    acknowledged = {one.attempt_id: text for one, text in zip(sittings, outcomes, strict=True) if one is not broken}
    assert stored(gated_db) == acknowledged
    assert faults_of(gated_db) == []
    assert isinstance(together(gated_db, answering(broken))[0], str), "its candidate can go on"


def test_a_storage_fault_among_many_answers_acknowledges_none_of_its_transaction(gated_db, gate):
    sittings = [factories.begin(gated_db, number=number) for number in range(8)]
    fault = statements.faults_on(gated_db)[0]
    gate.arm(fault, at=25)
    outcomes = together(gated_db, *(answering(one) for one in sittings))
    gate.arm()
    failed = [isinstance(outcome, StorageUnavailable) for outcome in outcomes]
    assert sum(failed) == (8 if gated_db.is_sqlite else 1), outcomes
    kept = {one.attempt_id: text for one, text in zip(sittings, outcomes, strict=True) if isinstance(text, str)}
    assert stored(gated_db) == kept

    again = together(gated_db, *(answering(one) for one in sittings))
    assert stored(gated_db) == {one.attempt_id: text for one, text in zip(sittings, again, strict=True)}
    assert kept.items() <= stored(gated_db).items(), "who was acknowledged gets the same bytes"
