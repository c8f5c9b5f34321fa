"""The queue of tasks as rows: enqueue, take, carry out, fail, replay. No function commits; none runs alone.

A task is taken in one transaction, which counts the try, and carried out in another, which holds its row: where the
process dies, the lease lapses and somebody else takes it; where it was only slow, it finds that out before it commits.
"""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, Select, bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.database.tasks import tasks
from app.jobs.task import LEASE, SKEW, Lease, Payload, State, TaskFailed

_INSERT = {
    "sqlite": sqlite.insert(tasks).on_conflict_do_nothing(index_elements=["key"]).returning(tasks.c.id),
    "postgresql": postgresql.insert(tasks).on_conflict_do_nothing(index_elements=["key"]).returning(tasks.c.id),
}
_bells: WeakKeyDictionary[Engine, Callable[[], None]] = WeakKeyDictionary()


class LeaseLost(Exception):
    """The task is not this process's any more."""


def enqueue(
    connection: Connection,
    name: str,
    payload: Payload,
    now: datetime,
    *,
    key: str | None = None,
    run_at: datetime | None = None,
) -> bool:
    """Add a task in the caller's transaction: with its rollback the task is gone.

    Args:
        key: of two tasks with the same key there is one, also after it is done, for as long as done tasks are kept.
        run_at: not before this time; at once when None.

    Returns:
        False when the key is known and nothing was added.
    """
    added = connection.execute(
        _INSERT[connection.dialect.name],
        {
            "name": name,
            "key": key,
            "payload": json.dumps(payload, separators=(",", ":")),
            "state": State.WAITING,
            "due_at": run_at or now,
            "tries": 0,
            "created_at": now,
            "changed_at": now,
        },
    )
    is_new = added.first() is not None
    if is_new and (ring := _bells.get(connection.engine)) is not None:
        ring()
    return is_new


def listen(engine: Engine, ring: Callable[[], None] | None) -> None:
    """Have `ring` called, in any thread, when a task is enqueued by this process (its commit follows); None ends it."""
    if ring is None:
        _bells.pop(engine, None)
    else:
        _bells[engine] = ring


_DUE = (tasks.c.due_at <= bindparam("now"), tasks.c.name.in_(bindparam("names", expanding=True)))
_IS_DUE = select(tasks.c.id).where(tasks.c.state.in_([State.WAITING, State.RUNNING]), *_DUE).limit(1)
_NEXT = (
    select(tasks)
    .where(tasks.c.state == bindparam("state"), *_DUE)
    .order_by(tasks.c.due_at)
    .limit(1)
    .with_for_update(skip_locked=True)  # SQLite has one writer
)


def is_due(connection: Connection, names: Collection[str], now: datetime) -> bool:
    """Whether there may be something to take. Only reads, so that an idle process never holds up a writer."""
    return connection.execute(_IS_DUE, {"now": now, "names": list(names)}).first() is not None


def take(connection: Connection, worker: str, most_tries: Mapping[str, int], now: datetime) -> Lease | None:
    """Lease a task whose lease has lapsed, else the one that has waited longest; None when there is neither.

    A lapsed lease was its process's death or worse; when that happens too often the task is dead.

    Args:
        most_tries: how often each task may be tried, by name; tasks with other names are left alone.
    """

    def first(state: State) -> Any:
        return connection.execute(_NEXT, {"state": state, "now": now, "names": list(most_tries)}).first()

    while (row := first(State.RUNNING) or first(State.WAITING)) is not None:
        if row.state == State.RUNNING and row.tries >= most_tries[row.name]:
            _change(connection, row.id, now, state=State.DEAD, due_at=None, last_error=_died(row.tries))
            continue
        tries = row.tries + 1
        _change(connection, row.id, now, state=State.RUNNING, due_at=now + LEASE, tries=tries, worker=worker)
        return Lease(row.id, row.name, row.key or f"task-{row.id}", json.loads(row.payload), tries, worker)
    return None


def _died(tries: int) -> str:
    return f"the process that carried it out ended or fell silent, {tries} times"


def perform(
    connection: Connection, lease: Lease, run: Callable[[Connection, Payload, datetime], None], now: datetime
) -> None:
    """Carry out a task and mark it done, in this transaction.

    Raises:
        LeaseLost: somebody else has it; nothing was done.
    """
    hold(connection, lease)
    try:
        run(connection, lease.payload, now)
    except Exception as error:
        if getattr(error, "commits", False):  # in a request this error keeps what was written; here the try failed
            raise TaskFailed from error
        raise
    finish(connection, lease, now)


def hold(connection: Connection, lease: Lease) -> None:
    """Lock the task's row for this transaction. Until it ends nobody takes the task, however late it gets.

    Raises:
        LeaseLost
    """
    if connection.execute(_own(select(tasks.c.id), lease).with_for_update()).first() is None:
        raise LeaseLost


def finish(connection: Connection, lease: Lease, now: datetime) -> None:
    """Mark a task done that this transaction holds."""
    _change(connection, lease.id, now, state=State.DONE, due_at=None, worker=None, last_error=None)


def keep(
    connection: Connection,
    lease: Lease,
    store: Callable[[Connection, Payload, Any, datetime], None] | None,
    result: Any,
    now: datetime,
) -> None:
    """Store what an errand brought back and mark it done.

    Raises:
        LeaseLost: somebody else has it; nothing was stored.
    """

    def run(inner: Connection, payload: Payload, at: datetime) -> None:
        if store is not None:
            store(inner, payload, result, at)

    perform(connection, lease, run, now)


def extend(connection: Connection, lease: Lease, now: datetime) -> bool:
    """Keep a lease alive; False when it is lost."""
    mine = update(tasks).where(
        tasks.c.id == lease.id,
        tasks.c.state == State.RUNNING,
        tasks.c.worker == lease.worker,
        tasks.c.tries == lease.tries,
    )
    return connection.execute(mine.values(due_at=now + LEASE, changed_at=now)).rowcount == 1


def fail(connection: Connection, lease: Lease, error: str, again_at: datetime | None, now: datetime) -> None:
    """Note a failed try: the task waits until `again_at`, or is dead when that is None.

    Raises:
        LeaseLost
    """
    hold(connection, lease)
    state = State.DEAD if again_at is None else State.WAITING
    _change(connection, lease.id, now, state=state, due_at=again_at, worker=None, last_error=error)


def hand_back(connection: Connection, lease: Lease, again_at: datetime, now: datetime) -> None:
    """Let whoever is free take the task from `again_at` on, as if this try had not been.

    Raises:
        LeaseLost
    """
    hold(connection, lease)
    _change(connection, lease.id, now, state=State.WAITING, due_at=again_at, worker=None, tries=lease.tries - 1)


def _own(statement: Select[Any], lease: Lease) -> Select[Any]:
    return statement.where(
        tasks.c.id == lease.id,
        tasks.c.state == State.RUNNING,
        tasks.c.worker == lease.worker,
        tasks.c.tries == lease.tries,
    )


def _change(connection: Connection, task_id: int, now: datetime, **values: Any) -> None:
    connection.execute(update(tasks).where(tasks.c.id == task_id).values(changed_at=now, **values))


def redate(connection: Connection, scheduled: Collection[str], now: datetime) -> int:
    """After the clock was set back: what was written under the later time must not wait for that time to come again.

    Leases and waits keep their length and begin now; slots that fired in the time to come may fire again.
    Returns the number of tasks that were changed.
    """
    ahead = select(tasks.c.id, tasks.c.due_at, tasks.c.changed_at).where(
        tasks.c.state.in_([State.WAITING, State.RUNNING]), tasks.c.changed_at > now + SKEW
    )
    found = connection.execute(ahead.order_by(tasks.c.id).with_for_update(skip_locked=True)).all()
    for row in found:
        _change(connection, row.id, now, due_at=now + max(row.due_at - row.changed_at, timedelta(0)))
    over = delete(tasks).where(
        tasks.c.state == State.DONE, tasks.c.name.in_(scheduled), tasks.c.changed_at > now + SKEW
    )
    return len(found) + connection.execute(over).rowcount


def forget(connection: Connection, before: datetime, most: int) -> int:
    """Delete up to `most` tasks that were done before this time, and with them their keys; returns how many."""
    old = select(tasks.c.id).where(tasks.c.state == State.DONE, tasks.c.changed_at < before).limit(most)
    return connection.execute(delete(tasks).where(tasks.c.id.in_(old))).rowcount


@dataclass(frozen=True)
class Standing:
    """How the queue stands: tasks by state, and for how many seconds the oldest has been due."""

    waiting: int
    running: int
    dead: int
    oldest_s: float


def standing(connection: Connection, now: datetime) -> Standing:
    """How the queue stands."""
    open_ = [State.WAITING, State.RUNNING, State.DEAD]
    counted = connection.execute(
        select(tasks.c.state, func.count()).where(tasks.c.state.in_(open_)).group_by(tasks.c.state)
    )
    counts: dict[str, int] = {row[0]: row[1] for row in counted}
    oldest = connection.execute(
        select(tasks.c.due_at)
        .where(tasks.c.state == State.WAITING, tasks.c.due_at.is_not(None))
        .order_by(tasks.c.due_at)
        .limit(1)
    ).scalar()
    late = 0.0 if oldest is None else max(0.0, (now - oldest).total_seconds())
    return Standing(counts.get("waiting", 0), counts.get("running", 0), counts.get("dead", 0), late)
