"""Background work of attempts: close what has run out of time, forget what need not be kept."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection, and_, or_, select
from sqlalchemy.exc import DBAPIError

from app.attempts import delivery, retention, rows, timing
from app.attempts.rows import Attempt
from app.attempts.state import Status
from app.database.attempts import attempts
from app.database.failures import is_storage
from app.jobs import queue
from app.jobs.task import Duties, Payload, Schedule, Task
from app.telemetry import log

CLOSE_TOGETHER = 4  # attempts in one transaction: answers wait behind them, and each takes some milliseconds
FORGET_TOGETHER = 200  # rows in one transaction
DAILY = timedelta(days=1)

Closing = Callable[[Connection, Attempt, datetime], Attempt]


def duties(retention_months: int) -> Duties:
    """The tasks of attempts with their schedules."""
    names = ("attempts.erase_people", "attempts.forget_keys", "attempts.drop_drafts")
    erase, forget, drop = names
    return Duties(
        tasks=(
            Task("attempts.close", close),
            Task(erase, partial(_in_parts, erase, partial(_erase, months=retention_months))),
            Task(forget, partial(_in_parts, forget, _forget)),
            Task(drop, partial(_in_parts, drop, _drop)),
        ),
        schedules=(
            Schedule("attempts.close", timedelta(minutes=1)),
            # at night in Europe, one after the other
            *(Schedule(name, DAILY, timedelta(hours=2, minutes=10 * place)) for place, name in enumerate(names)),
        ),
    )


def close(connection: Connection, payload: Payload, now: datetime, closing: Closing = delivery.expire_if_over) -> None:
    """Close and score some attempts whose time is over, as if somebody had asked for them; then go on with the next.

    One that cannot be closed is reported and left behind, so that it does not stand in the way of the others.
    """
    after = payload.get("after")
    over = select(attempts.c.id, attempts.c.expires_at).where(
        attempts.c.status == Status.ACTIVE, attempts.c.expires_at < now - timing.GRACE
    )
    if after is not None:
        moment, last = datetime.fromisoformat(after[0]), after[1]
        later = and_(attempts.c.expires_at == moment, attempts.c.id > last)
        over = over.where(or_(attempts.c.expires_at > moment, later))
    some = over.order_by(attempts.c.expires_at, attempts.c.id).limit(CLOSE_TOGETHER)
    # who is answering just now closes their attempt themselves
    found = connection.execute(some.with_for_update(skip_locked=True)).all()
    for attempt_id, _ in found:
        try:
            with connection.begin_nested():
                closing(connection, rows.lock(connection, attempt_id), now)
        except Exception as error:  # whatever is wrong with one attempt is not wrong with the next
            if isinstance(error, DBAPIError) and is_storage(error):
                raise
            log.error("attempt cannot be closed", attempt=attempt_id, exc_info=error)
    if len(found) == CLOSE_TOGETHER:
        attempt_id, expires_at = found[-1]
        queue.enqueue(connection, "attempts.close", {"after": [expires_at.isoformat(), attempt_id]}, now)


def _in_parts(
    name: str, part: Callable[[Connection, datetime], int], connection: Connection, _payload: Payload, now: datetime
) -> None:
    """Do a part of the work, and enqueue the rest unless that was all."""
    if part(connection, now) == FORGET_TOGETHER:
        queue.enqueue(connection, name, {}, now)


def _erase(connection: Connection, now: datetime, months: int) -> int:
    return retention.erase_people(connection, retention.months_before(now, months), FORGET_TOGETHER)


def _forget(connection: Connection, now: datetime) -> int:
    return retention.forget_keys(connection, now - retention.KEEP_KEYS, FORGET_TOGETHER)


def _drop(connection: Connection, _now: datetime) -> int:
    return retention.drop_drafts(connection, FORGET_TOGETHER)
