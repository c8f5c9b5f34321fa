"""The row of an attempt in and out. Read and written once in every answer, so its statements are prepared."""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Connection, Text, bindparam, cast, func, select, update

from app.attempts import plan as plans
from app.attempts.state import Status
from app.auth.permissions import AttemptResource
from app.database.attempts import attempts
from app.database.prepared import Prepared
from app.errors import NotFound


class NoSuchAttempt(NotFound):
    code = "not_found"
    title = "No such attempt"

    def __init__(self) -> None:
        super().__init__("There is no such attempt, or it is not yours. Check the address and the token.")


@dataclass(frozen=True)
class Attempt:
    """One row of `attempts`."""

    id: str
    assessment: str
    mode: str
    status: Status
    token_hash: str
    browser_hash: str | None
    seed: bytes
    plan_text: str
    created_at: datetime
    started_at: datetime | None
    expires_at: datetime | None
    last_event_at: datetime
    ended_at: datetime | None
    end_reason: str | None
    seq: int
    section_index: int
    section_started_at: datetime | None
    turn_item_version_id: int | None
    history: str
    continues: str | None

    @property
    def plan(self) -> plans.Plan:
        return _plan(self.plan_text)

    @property
    def resource(self) -> AttemptResource:
        return AttemptResource(self.token_hash, self.browser_hash)


_ATTEMPT = select(
    attempts.c.id,
    attempts.c.assessment,
    attempts.c.mode,
    attempts.c.status,
    attempts.c.token_hash,
    attempts.c.browser_hash,
    attempts.c.seed,
    cast(attempts.c.plan, Text).label("plan_text"),
    attempts.c.created_at,
    attempts.c.started_at,
    attempts.c.expires_at,
    attempts.c.last_event_at,
    attempts.c.ended_at,
    attempts.c.end_reason,
    attempts.c.seq,
    attempts.c.section_index,
    attempts.c.section_started_at,
    attempts.c.turn_item_version_id,
    attempts.c.history,
    attempts.c.continues,
)
_STATUS, _SEED = (list(_ATTEMPT.selected_columns).index(attempts.c[name]) for name in ("status", "seed"))
_ONE = Prepared(_ATTEMPT.where(attempts.c.id == bindparam("key")))
_LOCKED = Prepared(_ATTEMPT.where(attempts.c.id == bindparam("key")).with_for_update())  # SQLite has one writer
_UPDATE_NAMES = [
    "status",
    "last_event_at",
    "ended_at",
    "end_reason",
    "seq",
    "section_index",
    "section_started_at",
    "turn_item_version_id",
    "history",
]
_UPDATE = Prepared(
    update(attempts)
    .where(attempts.c.id == bindparam("attempt_key"))
    .values({name: bindparam(f"new_{name}") for name in _UPDATE_NAMES})
)


@lru_cache(maxsize=1024)  # attempts that started from the same versions have the same plan
def _plan(text: str) -> plans.Plan:
    return plans.load(json.loads(text))


def _read(connection: Connection, statement: Prepared, attempt_id: str) -> Attempt:
    row = statement.first(connection, {"key": attempt_id})
    if row is None:
        raise NoSuchAttempt()
    values = list(row)
    values[_STATUS], values[_SEED] = Status(values[_STATUS]), bytes.fromhex(values[_SEED])
    return Attempt(*values)


def find(connection: Connection, attempt_id: str) -> Attempt:
    """The attempt.

    Raises:
        NoSuchAttempt: there is none with this id.
    """
    return _read(connection, _ONE, attempt_id)


def lock(connection: Connection, attempt_id: str) -> Attempt:
    """The attempt with its row locked until the transaction ends; call it first in every write.

    Raises:
        NoSuchAttempt: there is none with this id.
    """
    return _read(connection, _LOCKED, attempt_id)


_OPEN = (
    select(attempts.c.status, func.count())
    .where(attempts.c.status.in_([Status.CREATED, Status.ACTIVE, Status.COMPLETED, Status.EXPIRED]))
    .group_by(attempts.c.status)
)


def count_open(connection: Connection) -> dict[str, int]:
    """How many attempts are in each state but scored, which are all others; from an index."""
    return {status.value: 0 for status in (Status.ACTIVE, Status.COMPLETED, Status.EXPIRED)} | {
        row[0]: row[1] for row in connection.execute(_OPEN)
    }


def save(connection: Connection, attempt: Attempt) -> None:
    """Write back what changes during an attempt."""
    values = {f"new_{name}": getattr(attempt, name) for name in _UPDATE_NAMES}
    _UPDATE.run(connection, {"attempt_key": attempt.id, **values})
