"""One process at work on the queue: looks for what is due, carries a few tasks out at once, ends without haste."""

import asyncio
import contextlib
import itertools
import random
import threading
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from app.database.engine import Database, StorageUnavailable
from app.errors import AppError
from app.jobs import queue
from app.jobs.queue import LeaseLost
from app.jobs.task import (
    FIRST_WAIT,
    HEARTBEAT,
    LEASE,
    Duties,
    Errand,
    HandBack,
    Lease,
    Schedule,
    Task,
    Try,
    retry_at,
    slot,
    slot_key,
    told,
)
from app.telemetry import TASK_SECONDS, TASKS, TASKS_IN, TASKS_OLDEST, log

LANES = 4  # tasks at once
PAUSES = (0.01, 0.05, 0.25, 1.0)  # seconds between looks that find nothing; the first follow a bell, before its commit
DRAIN_S = 10.0  # for what is under way at the end
WATCH_S = 15.0
MINUTELY = Schedule("", timedelta(minutes=1))


class Shift:
    """Carries out tasks from `run` until `end`. Make one inside a running event loop."""

    def __init__(
        self,
        db: Database,
        duties: Duties,
        worker: str,
        clock: Callable[[], datetime],
        rng: random.Random,
        heartbeat: timedelta = HEARTBEAT,
        drain_s: float = DRAIN_S,
    ) -> None:
        """worker: a name that no other process has, nor had; clock: the aware UTC time; rng: spreads retries."""
        self._db, self._worker, self._clock, self._rng = db, worker, clock, rng
        self._heartbeat_s, self._drain_s = heartbeat.total_seconds(), drain_s
        self._duties = {duty.name: duty for duty in duties.tasks}
        self._schedules = duties.schedules
        self._most_tries = {duty.name: duty.most_tries for duty in duties.tasks}
        self._fired: dict[str, datetime] = {}
        self._checked: datetime | None = None
        self._bell = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._lanes: set[asyncio.Task[None]] = set()
        self._ending = False
        self._takes = itertools.count(1)
        self._storage_failed = False

    def end(self) -> None:
        """Take nothing more; `run` returns once what is under way has ended or was left to its lease."""
        self._ending = True
        self._bell.set()

    async def run(self) -> None:
        """Work until `end`."""
        queue.listen(self._db.writer, self._ring)
        idle = 0
        try:
            while not self._ending:
                self._bell.clear()
                lease = await self._next() if len(self._lanes) < LANES else None
                if lease is None:
                    idle = 0 if await self._rang(PAUSES[min(idle, len(PAUSES) - 1)]) else idle + 1
                    continue
                lane = asyncio.create_task(self._carry_out(lease))
                self._lanes.add(lane)
                lane.add_done_callback(self._freed)
                idle = 0
        finally:
            queue.listen(self._db.writer, None)
            await self._drain()

    def _ring(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._bell.set)

    def _freed(self, lane: "asyncio.Task[None]") -> None:
        self._lanes.discard(lane)
        self._bell.set()

    async def _rang(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._bell.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def _drain(self) -> None:
        if self._lanes:
            _, stuck = await asyncio.wait(self._lanes, timeout=self._drain_s)
            for lane in stuck:  # its lease lapses, and another process takes it
                lane.cancel()
            await asyncio.gather(*stuck, return_exceptions=True)

    async def _next(self) -> Lease | None:
        now = self._clock()
        try:
            await self._fire(now)
            if not await self._db.read(queue.is_due, self._most_tries, now):
                return None
            lease = await self._db.write(queue.take, f"{self._worker}-{next(self._takes)}", self._most_tries, now)
        except Exception as error:  # the loop must outlive every fault of the storage
            self._storage_fault(error)
            return None
        self._storage_failed = False
        return lease

    def _storage_fault(self, error: Exception) -> None:
        if not self._storage_failed:  # once, not at every look
            log.error("background tasks wait for the database", kind=type(error).__name__)
        self._storage_failed = True

    async def _fire(self, now: datetime) -> None:
        minute = slot(MINUTELY, now)
        if minute != self._checked:
            await self._db.write(queue.redate, [schedule.task for schedule in self._schedules], now)
            self._checked = minute
        for schedule in self._schedules:
            begun = slot(schedule, now)
            if self._fired.get(schedule.task) != begun:
                await self._db.write(queue.enqueue, schedule.task, {}, now, key=slot_key(schedule, now))
                self._fired[schedule.task] = begun

    async def _carry_out(self, lease: Lease) -> None:
        began = self._loop.time()
        duty = self._duties[lease.name]
        try:
            if isinstance(duty, Task):
                await self._db.write(queue.perform, lease, duty.run, self._clock())
            else:
                await self._run_errand(duty, lease)
            outcome = "done"
        except LeaseLost:
            outcome = "lost"
        except HandBack:
            now = self._clock()  # at once where this process ends; else not again and again without a pause
            again_at = now if self._ending else now + FIRST_WAIT
            outcome = await self._noted("returned", queue.hand_back, lease, again_at, now)
        except Exception as error:  # whatever a task raises is its failure, not the process's
            outcome = await self._failed(lease, duty.most_tries, error)
        TASKS.labels(lease.name, outcome).inc()
        TASK_SECONDS.labels(lease.name).observe(self._loop.time() - began)

    async def _failed(self, lease: Lease, most_tries: int, error: Exception) -> str:
        now = self._clock()
        again_at = retry_at(now, lease.tries, self._rng.random()) if lease.tries < most_tries else None
        said = told(error)
        log.error(
            f"task {'failed' if again_at else 'is dead'}: {said}",
            task=lease.name,
            count=lease.tries,
            exc_info=None if isinstance(error, AppError) else error,
        )
        return await self._noted("retried" if again_at else "dead", queue.fail, lease, said, again_at, now)

    async def _noted(self, outcome: str, note: Callable[..., None], *arguments: Any) -> str:
        try:
            await self._db.write(note, *arguments)
        except LeaseLost:
            return "lost"
        except StorageUnavailable:
            return "unknown"  # its lease lapses, and it is taken again
        return outcome

    async def _run_errand(self, errand: Errand, lease: Lease) -> None:
        lost = threading.Event()
        this = Try(
            f"{lease.id}-{lease.worker}",
            lease.key,
            lease.tries,
            lambda: not lost.is_set() and not self._ending,
        )
        work = _in_thread(errand.work, lease.payload, this, self._clock())
        extended = self._loop.time()
        while not (await asyncio.wait({work}, timeout=self._heartbeat_s))[0]:
            try:
                is_mine = await self._db.write(queue.extend, lease, self._clock())
                extended = self._loop.time() if is_mine else extended
            except StorageUnavailable:
                is_mine = self._loop.time() - extended < LEASE.total_seconds()
            if not is_mine:
                lost.set()
                raise LeaseLost
        await self._db.write(queue.keep, lease, errand.keep, work.result(), self._clock())


def _in_thread(work: Callable[..., Any], *arguments: Any) -> "asyncio.Future[Any]":
    """Run it in a thread of its own that does not keep the process alive, unlike those of an executor."""
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[Any] = loop.create_future()

    def tell(result: Any, error: Exception | None) -> None:
        if outcome.done():
            return  # who waited has gone away
        if error is None:
            outcome.set_result(result)
        else:
            outcome.set_exception(error)

    def run() -> None:
        result: Any = None
        error: Exception | None = None
        try:
            result = work(*arguments)
        except BaseException as raised:  # handed to the loop, but for what would end it or what no future can carry
            if isinstance(raised, Exception) and not isinstance(raised, StopIteration):
                error = raised
            else:
                error = RuntimeError(f"the errand raised {type(raised).__name__}")
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(tell, result, error)

    threading.Thread(target=run, name="errand", daemon=True).start()
    return outcome


async def watch(db: Database, clock: Callable[[], datetime], every_s: float = WATCH_S) -> None:
    """Keep the queue's gauges, until cancelled: also in a process that carries out none of its tasks."""

    async def look() -> None:
        found = await db.read(queue.standing, clock())
        for state in ("waiting", "running", "dead"):
            TASKS_IN.labels(state).set(getattr(found, state))
        TASKS_OLDEST.set(found.oldest_s)

    await keep_looking(look, every_s)


async def keep_looking(look: Callable[[], Awaitable[None]], every_s: float) -> None:
    """Look again and again, until cancelled, whatever goes wrong: a gauge that stands still tells nobody so."""
    has_failed = False
    while True:
        try:
            await look()
            has_failed = False
        except Exception as error:  # an alarm must outlive what it is about
            if not has_failed:  # once, not at every look
                log.error("gauges wait for the database", kind=type(error).__name__)
            has_failed = True
        await asyncio.sleep(every_s)
