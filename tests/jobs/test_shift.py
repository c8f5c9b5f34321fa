"""A process at work: it carries out what is due, tries again, keeps its leases alive, and ends without haste."""

import asyncio
import random
import threading
import time
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest
from conftest import START
from prometheus_client import generate_latest
from structlog.testing import capture_logs

from app import telemetry
from app.database.engine import StorageUnavailable
from app.jobs import shift
from app.jobs.shift import Shift
from app.jobs.task import Duties, Errand, HandBack, Schedule, State, Task

pytestmark = pytest.mark.quick


@pytest.fixture(autouse=True)
def logged():
    """What was logged, a dict each."""
    with capture_logs() as lines:
        yield lines


class Clock:
    def __init__(self):
        self.ahead = timedelta(0)
        self.began = time.monotonic()

    def __call__(self):
        return START + self.ahead + timedelta(seconds=time.monotonic() - self.began)


@asynccontextmanager
async def at_work(db, *duties, schedules=(), worker="w1", clock=None, **more):
    working = Shift(db, Duties(duties, schedules), worker, clock or Clock(), random.Random(1), **more)
    running = asyncio.create_task(working.run())
    try:
        yield working
    finally:
        working.end()
        await running


async def until(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        await asyncio.sleep(0.01)


def states(rows):
    return [row.state for row in rows()]


def test_tasks_are_carried_out_once_each_by_two_processes(db, open_db, enqueue, mark, rows, marks):
    async def run():
        for n in range(40):
            enqueue(n=n)
        async with at_work(db, Task("mark", mark)), at_work(open_db(), Task("mark", mark), worker="w2"):
            await until(lambda: set(states(rows)) == {State.DONE})

    asyncio.run(run())
    assert marks() == sorted(str(n) for n in range(40))
    assert {row.tries for row in rows()} == {1}


def test_what_this_process_enqueues_is_done_at_once(db, enqueue, mark, marks):
    async def run():
        async with at_work(db, Task("mark", mark)):
            await asyncio.sleep(1.3)  # long enough that it looks but once a second
            began = time.monotonic()
            await asyncio.to_thread(enqueue)
            await until(lambda: marks() == ["1"])
            return time.monotonic() - began

    assert asyncio.run(run()) < 0.6


def test_a_task_that_fails_is_tried_again_and_dies_in_the_end(db, enqueue, rows, logged):
    clock, times = Clock(), []

    def fails(_connection, _payload, now):
        times.append(now)
        raise RuntimeError("no mailbox jane@example.org")

    async def run():
        async with at_work(db, Task("mark", fails, most_tries=3), clock=clock):
            for tries in (1, 2):
                await until(lambda tries=tries: len(times) == tries and states(rows) == [State.WAITING])
                clock.ahead += timedelta(seconds=30)
            await until(lambda: states(rows) == [State.DEAD])

    enqueue()
    asyncio.run(run())
    assert len(times) == 3
    (row,) = rows()
    assert row.last_error.startswith("RuntimeError: no mailbox [address]")
    assert row.tries == 3
    assert [line["event"].split(":")[0] for line in logged] == ["task failed", "task failed", "task is dead"]
    assert 'plumbline_tasks_total{outcome="dead",task="mark"}' in generate_latest(telemetry.REGISTRY).decode()


def test_a_failing_task_does_not_hold_up_the_others(db, enqueue, mark, marks):
    def some(connection, payload, now):
        if payload["n"] < 5:
            raise ValueError("broken")
        mark(connection, payload, now)

    async def run():
        for n in range(10):
            enqueue(n=n)
        async with at_work(db, Task("mark", some)):
            await until(lambda: len(marks()) == 5)

    asyncio.run(run())
    assert marks() == ["5", "6", "7", "8", "9"]


def test_an_errand_keeps_its_lease_as_long_as_it_takes(db, open_db, enqueue, rows, marks, mark):
    """Its lease lapses thrice while it runs, and another process is looking all the time."""
    clock, tries = Clock(), []
    release = threading.Event()

    def work(payload, this, _now):
        tries.append((this.number, this.key))
        assert release.wait(20)
        return payload["n"] + 1

    errand = Errand("errand", work, keep=lambda c, _p, result, now: mark(c, {"n": result}, now))

    async def run():
        beat = timedelta(milliseconds=50)
        async with (
            at_work(db, errand, clock=clock, heartbeat=beat),
            at_work(open_db(), errand, worker="w2", clock=clock, heartbeat=beat),
        ):
            await until(lambda: tries)
            for _ in range(6):
                clock.ahead += timedelta(seconds=9)
                await asyncio.sleep(0.25)
            release.set()
            await until(lambda: states(rows) == [State.DONE])

    enqueue("errand", key="judge-1", n=41)
    asyncio.run(run())
    assert tries == [(1, "judge-1")]
    assert marks() == ["42"]


def test_an_errand_that_lost_its_lease_is_told_and_keeps_nothing(db, enqueue, take, rows, marks, mark):
    clock, told = Clock(), threading.Event()

    def work(_payload, this, _now):
        while this.goes_on():
            time.sleep(0.01)
        told.set()
        return 1

    async def run():
        errand = Errand("errand", work, keep=lambda c, p, _r, now: mark(c, p, now))
        async with at_work(db, errand, clock=clock, heartbeat=timedelta(seconds=0.3)):
            await until(lambda: states(rows) == [State.RUNNING])
            await until(lambda: take("thief", now=clock() + timedelta(seconds=25)) is not None)
            await until(told.is_set)
            await asyncio.sleep(0.1)

    enqueue("errand")
    asyncio.run(run())
    assert marks() == []


@pytest.mark.parametrize("raised", [SystemExit(3), StopIteration()])
def test_an_errand_cannot_take_the_process_with_it(db, enqueue, rows, raised):
    def work(_payload, _this, _now):
        raise raised

    async def run():
        async with at_work(db, Errand("errand", work, most_tries=1)):
            await until(lambda: states(rows) == [State.DEAD])

    enqueue("errand")
    asyncio.run(run())
    assert type(raised).__name__ in rows()[0].last_error


def test_at_the_end_what_is_under_way_is_finished_and_nothing_more_taken(db, enqueue, rows):
    began = threading.Event()

    def work(_payload, _this, _now):
        began.set()
        time.sleep(0.4)

    async def run():
        for n in range(shift.LANES + 3):
            enqueue("errand", n=n)
        async with at_work(db, Errand("errand", work)) as working:
            await until(lambda: states(rows).count(State.RUNNING) == shift.LANES)
            working.end()

    asyncio.run(run())
    assert sorted(states(rows)) == [State.DONE] * shift.LANES + [State.WAITING] * 3


def test_an_errand_that_can_stop_hands_its_task_back(db, enqueue, rows):
    def work(_payload, this, _now):
        while this.goes_on():
            time.sleep(0.01)
        raise HandBack

    async def run():
        async with at_work(db, Errand("errand", work)):
            await until(lambda: states(rows) == [State.RUNNING])

    enqueue("errand")
    asyncio.run(run())
    assert [(row.state, row.tries, row.due_at <= datetime.now(UTC)) for row in rows()] == [(State.WAITING, 0, True)]


def test_an_errand_that_is_handed_back_while_the_process_goes_on_waits_and_its_next_try_is_another(db, enqueue, rows):
    seen = []

    def work(_payload, this, _now):
        seen.append((this.id, time.monotonic()))
        if len(seen) == 1:
            raise HandBack

    async def run():
        async with at_work(db, Errand("errand", work)):
            await until(lambda: states(rows) == [State.DONE])

    enqueue("errand")
    asyncio.run(run())
    (first, began), (second, again) = seen
    assert first != second
    assert again - began > 1


def test_an_errand_that_does_not_end_is_left_to_its_lease(db, enqueue, rows):
    release = threading.Event()

    async def run():
        async with at_work(db, Errand("errand", lambda *_: release.wait(20)), drain_s=0.2):
            await until(lambda: states(rows) == [State.RUNNING])

    enqueue("errand")
    began = time.monotonic()
    asyncio.run(run())
    assert time.monotonic() - began < 5
    release.set()
    assert states(rows) == [State.RUNNING]


def test_a_schedule_fires_once_a_slot_however_many_processes_run(db, open_db, mark, rows):
    clock = Clock()
    scheduled = {"schedules": (Schedule("mark", timedelta(minutes=1)),), "clock": clock}

    def slots():
        return [row.key for row in rows()]

    @asynccontextmanager
    async def two_processes():
        task = Task("mark", lambda connection, _payload, now: mark(connection, {"n": 1}, now))
        async with at_work(db, task, **scheduled), at_work(open_db(), task, worker="w2", **scheduled):
            yield

    async def run():
        async with two_processes():
            await until(lambda: len(slots()) == 1)
            await asyncio.sleep(1.1)
            clock.ahead += timedelta(seconds=59)  # less than clocks may differ: who has just looked has the old time
            await until(lambda: len(slots()) == 2)
        clock.ahead += timedelta(hours=5)  # a night without any process
        async with two_processes():
            await until(lambda: len(slots()) == 3)
            await asyncio.sleep(1.2)

    asyncio.run(run())
    assert slots() == ["mark@2026-11-23T09:00:00Z", "mark@2026-11-23T09:01:00Z", "mark@2026-11-23T14:01:00Z"]


def test_a_schedule_goes_on_after_the_clock_was_set_back(db, mark, rows):
    clock = Clock()
    clock.ahead = timedelta(hours=1)

    async def run():
        task = Task("mark", lambda connection, _payload, now: mark(connection, {"n": 1}, now))
        async with at_work(db, task, schedules=(Schedule("mark", timedelta(minutes=1)),), clock=clock):
            await until(lambda: states(rows) == [State.DONE])
            clock.ahead = timedelta(0)
            await until(lambda: [row.key for row in rows()] == ["mark@2026-11-23T09:00:00Z"])

    asyncio.run(run())


def test_work_goes_on_when_the_database_comes_back(db, enqueue, mark, marks, monkeypatch, logged):
    failing = True
    read = db.read

    async def sometimes(*arguments, **more):
        if failing:
            raise StorageUnavailable("gone for a while")
        return await read(*arguments, **more)

    monkeypatch.setattr(db, "read", sometimes)

    async def run():
        nonlocal failing
        async with at_work(db, Task("mark", mark)):
            await asyncio.sleep(0.5)
            failing = False
            await until(lambda: marks() == ["1"])

    enqueue()
    asyncio.run(run())
    assert [line["event"] for line in logged] == ["background tasks wait for the database"]


@pytest.mark.sqlite  # the same loop on both
def test_an_idle_process_asks_once_a_second_and_never_writes(db, mark, monkeypatch):
    asked = {"read": 0, "write": 0}
    for name in asked:
        original = getattr(db, name)

        async def counted(*arguments, name=name, original=original, **more):
            asked[name] += 1
            return await original(*arguments, **more)

        monkeypatch.setattr(db, name, counted)

    async def run():
        async with at_work(db, Task("mark", mark), clock=lambda: START):
            await asyncio.sleep(0.6)
            asked.update(read=0, write=0)
            await asyncio.sleep(1.6)

    asyncio.run(run())
    assert asked["write"] == 0
    assert 1 <= asked["read"] <= 2


def test_the_gauges_go_on_after_an_error_of_any_kind():
    looks = []

    async def look():
        looks.append(1)
        if len(looks) == 1:
            raise ValueError("a damaged page")

    async def run():
        watching = asyncio.create_task(shift.keep_looking(look, every_s=0.01))
        await until(lambda: len(looks) > 2)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)

    asyncio.run(run())


def test_the_gauges_follow_the_queue(db, enqueue, take):
    def shown(state):
        return telemetry.REGISTRY.get_sample_value("plumbline_tasks_in_state", {"state": state})

    for state in ("waiting", "running", "dead"):
        telemetry.TASKS_IN.labels(state).set(-1)  # what another test has left

    async def run():
        enqueue(n=1)
        enqueue(n=2)
        take()
        watching = asyncio.create_task(shift.watch(db, Clock(), every_s=0.05))
        await until(lambda: shown("waiting") == shown("running") == 1.0)
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching

    asyncio.run(run())
    assert shown("dead") == 0.0
