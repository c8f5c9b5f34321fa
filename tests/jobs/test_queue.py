"""The queue keeps its promises: with the caller's transaction or not at all, once, by one process at a time."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from conftest import START

from app.errors import Gone
from app.jobs import queue, replay
from app.jobs.queue import LeaseLost
from app.jobs.task import LEASE, State, TaskFailed

pytestmark = pytest.mark.quick


class Refused(Exception):
    pass


def later(**by):
    return START + timedelta(**by)


def test_a_task_is_gone_with_the_transaction_that_enqueued_it(db, rows):
    def refused(connection):
        queue.enqueue(connection, "mark", {"n": 1}, START)
        raise Refused

    with pytest.raises(Refused):
        db.write_now(refused)
    assert rows() == []


def test_of_two_tasks_with_one_key_there_is_one_also_when_it_is_done(db, enqueue, take, mark, rows, marks):
    assert enqueue(key="mail-7", n=1)
    assert not enqueue(key="mail-7", n=2)
    db.write_now(queue.perform, take(), mark, START)
    assert not enqueue(key="mail-7", n=3)
    assert [row.state for row in rows()] == [State.DONE]
    assert marks() == ["1"]


def test_a_key_is_free_again_once_its_task_is_forgotten(db, enqueue, take, mark):
    enqueue(key="mail-7")
    db.write_now(queue.perform, take(), mark, START)
    assert db.write_now(queue.forget, START, 10) == 0, "it is not older than that"
    assert db.write_now(queue.forget, later(seconds=1), 10) == 1
    assert enqueue(key="mail-7")


def test_simultaneous_enqueues_of_one_key_make_one_task(db, enqueue, rows):
    with ThreadPoolExecutor(8) as threads:
        added = list(threads.map(lambda n: enqueue(key="once", n=n), range(16)))
    assert sorted(added) == [False] * 15 + [True]
    assert len(rows()) == 1


def test_a_task_waits_for_its_time(enqueue, take):
    enqueue(run_at=later(hours=1))
    assert take(now=later(minutes=59)) is None
    assert take(now=later(hours=1)) is not None


def test_what_has_been_due_longest_comes_first(enqueue, take):
    enqueue(n=2, run_at=later(seconds=2))
    enqueue(n=1, run_at=later(seconds=1))
    assert [take(now=later(minutes=1)).payload["n"] for _ in range(2)] == [1, 2]


def test_a_task_that_this_process_does_not_know_is_left_to_others(db, enqueue, take):
    enqueue("of.the.next.version")
    assert take() is None
    assert not db.read_now(queue.is_due, ["mark"], START)
    assert db.read_now(queue.is_due, ["of.the.next.version"], START)


def test_processes_that_look_at_once_take_different_tasks(enqueue, take):
    for n in range(20):
        enqueue(n=n)
    with ThreadPoolExecutor(8) as threads:
        leases = list(threads.map(lambda n: take(f"w{n}"), range(24)))
    numbers = [lease.payload["n"] for lease in leases if lease is not None]
    assert len(numbers) == len(set(numbers))
    left = iter(take, None)  # one that is just being taken is stepped over, not waited for
    assert sorted([*numbers, *(lease.payload["n"] for lease in left)]) == list(range(20))


def test_the_effects_of_a_task_and_its_end_are_one_transaction(db, enqueue, take, mark, rows, marks):
    enqueue()
    lease = take()

    def breaks_off(connection, payload, now):
        mark(connection, payload, now)
        raise Refused

    with pytest.raises(Refused):
        db.write_now(queue.perform, lease, breaks_off, START)
    assert marks() == []
    assert rows()[0].state == State.RUNNING
    db.write_now(queue.perform, lease, mark, START)
    assert marks() == ["1"]
    assert (rows()[0].state, rows()[0].due_at, rows()[0].worker) == (State.DONE, None, None)


def test_an_error_that_commits_in_a_request_commits_nothing_of_a_task(db, enqueue, take, mark, marks):
    class Over(Gone):
        commits = True

    enqueue()

    def ends(connection, payload, now):
        mark(connection, payload, now)
        raise Over("The time is over.")

    with pytest.raises(TaskFailed):
        db.write_now(queue.perform, take(), ends, START)
    assert marks() == []


def test_a_dead_process_is_succeeded_when_its_lease_lapses(db, enqueue, take, mark, marks):
    enqueue()
    dead = take("w1")
    assert take("w2", now=START + LEASE - timedelta(seconds=1)) is None
    heir = take("w2", now=START + LEASE)
    assert (heir.id, heir.tries) == (dead.id, 2)
    db.write_now(queue.perform, heir, mark, START)
    assert marks() == ["1"]


def test_what_a_dead_process_left_comes_before_a_long_queue(enqueue, take):
    enqueue(n=1, run_at=later(seconds=9))
    take("dead", now=later(seconds=9))
    for n in range(2, 9):
        enqueue(n=n)
    assert take("heir", now=later(seconds=9) + LEASE).payload == {"n": 1}


@pytest.mark.parametrize("deed", ["perform", "keep", "fail", "hand_back", "extend"])
def test_who_has_lost_a_lease_can_do_nothing_any_more(db, enqueue, take, mark, rows, marks, deed):
    enqueue()
    slow = take("w1")
    take("w2", now=START + LEASE)
    before = rows()
    calls = {
        "perform": (queue.perform, slow, mark, START),
        "keep": (queue.keep, slow, lambda c, p, _result, now: mark(c, p, now), None, START),
        "fail": (queue.fail, slow, "too late", None, START),
        "hand_back": (queue.hand_back, slow, START, START),
    }
    if deed == "extend":
        assert db.write_now(queue.extend, slow, START) is False
    else:
        with pytest.raises(LeaseLost):
            db.write_now(*calls[deed])
    assert rows() == before
    assert marks() == []


def test_a_try_is_told_from_an_earlier_one_of_the_same_process(db, enqueue, take, mark):
    enqueue()
    first = take("w1")
    take("w1", now=START + LEASE)
    with pytest.raises(LeaseLost):
        db.write_now(queue.perform, first, mark, START)


def test_a_task_under_way_is_not_taken_however_late_it_is(open_db, enqueue, take, mark, marks):
    """The lease has lapsed, but its holder is alive and inside its transaction: nobody runs beside it."""
    enqueue()
    slow = take("w1")
    first, other = open_db(), open_db()
    inside, looked = threading.Event(), threading.Event()
    seen = []

    def slowly(connection, payload, now):
        mark(connection, payload, now)
        inside.set()
        assert looked.wait(20)

    def look():
        assert inside.wait(20)
        if other.is_sqlite:  # its one writer would keep us waiting until the transaction has ended
            looked.set()
        seen.append(other.write_now(queue.take, "w2", {"mark": 3}, START + LEASE * 2))
        looked.set()

    with ThreadPoolExecutor(2) as threads:
        done, looking = threads.submit(first.write_now, queue.perform, slow, slowly, START), threads.submit(look)
        done.result(30)
        looking.result(30)
    assert seen == [None]
    assert marks() == ["1"]


def test_an_errands_result_is_kept_with_its_end(db, enqueue, take, mark, rows, marks):
    enqueue("errand", n=5)
    lease = take()
    db.write_now(queue.keep, lease, lambda c, _p, result, now: mark(c, {"n": result}, now), 42, START)
    assert marks() == ["42"]
    assert rows()[0].state == State.DONE


def test_a_lease_that_is_extended_does_not_lapse(db, enqueue, take):
    enqueue("errand")
    lease = take("w1")
    for beat in range(1, 5):
        assert db.write_now(queue.extend, lease, START + beat * LEASE / 2)
        assert take("w2", now=START + beat * LEASE / 2) is None
    assert take("w2", now=START + 3 * LEASE) is not None


def test_what_is_handed_back_can_be_taken_from_its_time_on_and_costs_no_try(db, enqueue, take):
    enqueue("errand")
    db.write_now(queue.hand_back, take("w1"), later(seconds=2), START)
    assert take("w2", now=later(seconds=1)) is None
    assert take("w2", now=later(seconds=2)).tries == 1


def test_a_failed_try_waits_and_a_last_one_is_dead_until_it_is_replayed(db, enqueue, take, mark, rows, marks):
    enqueue()
    db.write_now(queue.fail, take(), "no answer", later(seconds=2), START)
    assert take(now=later(seconds=1)) is None
    db.write_now(queue.fail, take(now=later(seconds=2)), "no answer again", None, later(seconds=2))
    (row,) = rows()
    assert (row.state, row.last_error, row.due_at) == (State.DEAD, "no answer again", None)
    assert take(now=later(days=30)) is None

    assert db.write_now(replay.again, row.id, later(days=1)) == 1
    db.write_now(queue.perform, take(now=later(days=1)), mark, later(days=1))
    assert marks() == ["1"]
    assert db.write_now(replay.again, row.id, later(days=2)) == 0, "what is done is not done again"


def test_a_task_that_takes_its_process_down_each_time_is_dead_in_the_end(enqueue, take, rows):
    enqueue()
    enqueue(n=2, run_at=later(minutes=5))
    for number in range(3):
        assert take(f"w{number}", now=START + number * LEASE, most=3).tries == number + 1
    assert take(now=START + 3 * LEASE) is None
    assert rows()[0].state == State.DEAD
    assert "3 times" in rows()[0].last_error
    assert take(now=later(minutes=5)).payload == {"n": 2}, "the others go on"


def test_a_clock_set_back_holds_nothing_up(db, enqueue, take, rows):
    """An hour fast, then set right: what was written meanwhile neither waits for that hour nor bars its slots."""
    fast = later(hours=1)
    enqueue(n=1, now=fast)
    enqueue(n=2, now=fast, run_at=fast + timedelta(minutes=10))
    enqueue("errand", now=fast, n=3)
    enqueue(key="mark@10:00", now=fast - timedelta(minutes=1), n=4)
    lease = take(now=fast)
    assert lease.payload == {"n": 4}
    db.write_now(queue.perform, lease, lambda *_: None, fast)
    held = take("dead", now=fast)
    assert take() is None

    db.write_now(queue.redate, ["mark"], START)
    due = {row.payload: row.due_at - START for row in rows() if row.state != State.DONE}
    assert due['{"n":1}'] in (timedelta(0), LEASE)
    assert due['{"n":2}'] == timedelta(minutes=10)
    assert take() is not None
    assert take("heir", now=START + LEASE).id == held.id
    assert enqueue(key="mark@10:00"), "the slot may fire when its time really comes"


def test_a_clock_that_is_right_changes_nothing(db, enqueue, take, mark, rows):
    enqueue(key="mark@09:00")
    db.write_now(queue.perform, take(), mark, START)
    enqueue(run_at=later(days=1))
    before = rows()
    assert db.write_now(queue.redate, ["mark"], later(seconds=-30)) == 0
    assert rows() == before


def test_the_standing_counts_what_is_open_and_how_late_it_is(db, enqueue, take):
    for n in range(3):
        enqueue(n=n, run_at=later(seconds=10 * n))
    take(now=START)
    db.write_now(queue.fail, take(now=later(seconds=10)), "x", None, START)
    found = db.read_now(queue.standing, later(seconds=50))
    assert (found.waiting, found.running, found.dead, found.oldest_s) == (1, 1, 1, 30.0)
    assert db.read_now(queue.standing, START).oldest_s == 0.0


def test_a_bell_rings_for_what_is_new(db, enqueue):
    rung = []
    queue.listen(db.writer, lambda: rung.append(1))
    enqueue(key="a")
    enqueue(key="a")
    queue.listen(db.writer, None)
    enqueue(key="b")
    assert rung == [1]
