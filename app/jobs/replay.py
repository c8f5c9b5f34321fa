"""What an operator does with the queue: look at it, and have dead tasks tried again."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from app.database.tasks import tasks
from app.jobs.task import State


@dataclass(frozen=True)
class Listed:
    """A task as an operator sees it; its payload stays where it is."""

    id: int
    name: str
    state: str
    tries: int
    due_at: datetime | None
    worker: str | None
    key: str | None
    last_error: str | None
    created_at: datetime
    changed_at: datetime


_COLUMNS = [tasks.c[name] for name in Listed.__dataclass_fields__]


def listed(connection: Connection, states: list[State], most: int) -> list[Listed]:
    """Tasks in these states, those that changed last first."""
    rows = select(*_COLUMNS).where(tasks.c.state.in_(states))
    newest = rows.order_by(tasks.c.changed_at.desc(), tasks.c.id.desc()).limit(most)
    return [Listed(*row) for row in connection.execute(newest)]


def again(connection: Connection, task_id: int | None, now: datetime) -> int:
    """Have a dead task, or all with None, tried again from the first try on; returns how many there were."""
    dead = update(tasks).where(tasks.c.state == State.DEAD)
    if task_id is not None:
        dead = dead.where(tasks.c.id == task_id)
    return connection.execute(dead.values(state=State.WAITING, due_at=now, tries=0, changed_at=now)).rowcount
