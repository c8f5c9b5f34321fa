"""Names every background task and schedule; carries them out beside the server, or alone (`plumbline work`)."""

import asyncio
import os
import random
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from sqlalchemy import Connection

import app.attempts.rows
import app.attempts.tasks
from app.database.engine import Database
from app.jobs import queue, shift
from app.jobs.shift import Shift
from app.jobs.task import Duties, Payload, Schedule, Task
from app.telemetry import ATTEMPTS_IN, log

Clock = Callable[[], datetime]

KEEP_DONE = timedelta(days=7)  # and with a done task its key, so that the same again is still known
FORGET_TOGETHER = 200  # rows in one transaction: answers wait behind it on SQLite


def duties(retention_months: int) -> Duties:
    """Every task and schedule of the product."""
    features = [app.attempts.tasks.duties(retention_months)]
    return Duties(
        tasks=(Task("tasks.forget", forget_done), *(task for feature in features for task in feature.tasks)),
        schedules=(
            Schedule("tasks.forget", timedelta(hours=1)),
            *(schedule for feature in features for schedule in feature.schedules),
        ),
    )


def forget_done(connection: Connection, _payload: Payload, now: datetime) -> None:
    """Delete done tasks that nobody will ask for; the rest in a task of its own."""
    if queue.forget(connection, now - KEEP_DONE, FORGET_TOGETHER) == FORGET_TOGETHER:
        queue.enqueue(connection, "tasks.forget", {}, now)


def own_name() -> str:
    """A name that no other process has, nor had."""
    return f"{socket.gethostname()[:60]}-{os.getpid()}-{secrets.token_hex(4)}"


async def watch_attempts(db: Database, every_s: float = shift.WATCH_S) -> None:
    """Keep the gauge of the attempts that are not scored, until cancelled."""

    async def look() -> None:
        for state, count in (await db.read(app.attempts.rows.count_open)).items():
            ATTEMPTS_IN.labels(state).set(count)

    await shift.keep_looking(look, every_s)


@asynccontextmanager
async def beside(db: Database, clock: Clock, what: Duties, *, works: bool) -> AsyncIterator[None]:
    """While the block lasts, keep the queue's metrics, and carry tasks out if this process `works`."""
    watching = asyncio.gather(shift.watch(db, clock), watch_attempts(db))
    working = Shift(db, what, own_name(), clock, random.Random(secrets.randbits(64)))
    carrying = asyncio.create_task(working.run()) if works else None
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        if carrying is not None:
            working.end()
            await carrying


async def alone(db: Database, clock: Clock, what: Duties) -> None:
    """Carry tasks out until SIGTERM or SIGINT; then end what is under way, and return."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for signalled in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signalled, stop.set)
    async with beside(db, clock, what, works=True):
        log.info("at work", count=len(what.tasks))
        await stop.wait()
    log.info("at rest")
