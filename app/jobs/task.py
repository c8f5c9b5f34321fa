"""What a task is, and the rules of its tries, leases and schedules. Pure: no clock, no chance, no rows."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from app.errors import AppError

Payload = Mapping[str, Any]

LEASE = timedelta(seconds=20)  # a process that is silent for so long is taken for dead
HEARTBEAT = timedelta(seconds=5)
FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(hours=1)
MOST_TRIES = 10  # with these waits some 13 minutes
MOST_ERROR = 500  # characters
SKEW = timedelta(seconds=60)  # clocks of several machines may differ by so much
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class State(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"  # tried as often as allowed: an operator looks at it and replays it


@dataclass(frozen=True)
class Task:
    """Work inside one transaction. Its writes and the mark "done" are committed together, so they happen once.

    It must be short: on SQLite it runs in the one thread that writes the answers.
    """

    name: str
    run: Callable[[Connection, Payload, datetime], None]
    most_tries: int = MOST_TRIES


@dataclass(frozen=True)
class Try:
    """One try of an errand. Whoever is called should be told `key`, by which it can tell a repeat."""

    id: str  # differs from try to try
    key: str  # the same in every try
    number: int
    goes_on: Callable[[], bool]  # False once the task is another process's, or this one is ending


@dataclass(frozen=True)
class Errand:
    """Work outside any transaction, such as a call to another service: at least once, its lease kept alive meanwhile.

    What `work` returns is handed to `keep`, in the transaction that marks the task done. `work` may raise HandBack.
    """

    name: str
    work: Callable[[Payload, Try, datetime], Any]
    keep: Callable[[Connection, Payload, Any, datetime], None] | None = None
    most_tries: int = MOST_TRIES


Duty = Task | Errand


@dataclass(frozen=True)
class Schedule:
    """A task that falls due once in every slot of time; the first slot of all began at EPOCH + `offset`."""

    task: str
    every: timedelta
    offset: timedelta = timedelta(0)


@dataclass(frozen=True)
class Duties:
    """Everything that a process carries out."""

    tasks: Sequence[Duty]
    schedules: Sequence[Schedule] = ()


@dataclass(frozen=True)
class Lease:
    """A task that this process holds. `worker` names this try and no other; so do not its `tries`, when handed back."""

    id: int
    name: str
    key: str
    payload: Payload
    tries: int
    worker: str


class HandBack(Exception):
    """Raised by an errand that cannot end now: the task waits for another process, the try is not counted."""


def slot(schedule: Schedule, now: datetime) -> datetime:
    """When the present slot of a schedule began. Slots that were slept through are not made up for."""
    first = EPOCH + schedule.offset
    whole: int = (now - first) // schedule.every
    return first + whole * schedule.every


def slot_key(schedule: Schedule, now: datetime) -> str:
    """The key under which a slot fires, however many processes try."""
    return f"{schedule.task}@{slot(schedule, now):%Y-%m-%dT%H:%M:%SZ}"


def retry_at(now: datetime, tries: int, chance: float) -> datetime:
    """When to try again after `tries` failures: waits double up to an hour.

    Args:
        chance: 0 <= chance < 1; takes up to half of the wait away, so that what failed together does not return so.
    """
    wait = min(FIRST_WAIT * (1 << min(tries - 1, 30)), LONGEST_WAIT)
    return now + wait * (1 - chance / 2)


_SECRETS = (  # as text: compiling them would cost every start some milliseconds
    (r"\b[A-Za-z]{2,12}_[A-Za-z0-9]{16,}", "[token]"),
    (r"\b[A-Za-z0-9_-]{32,}\b", "[token]"),
    (r"(?i)\b(bearer|basic)\s+\S+", r"\1 [token]"),
    (r"[^\s@<>\"']+@[^\s@<>\"']+\.[^\s@<>\"']+", "[address]"),
    (r"(\w+://)[^\s/@]*@", r"\1"),
    (r"\?[^\s\"')]*=[^\s\"')]*", "?[query]"),
)


def told(error: BaseException) -> str:
    """An error for the operator: what and where, at most 500 characters, without what looks like a secret."""
    if isinstance(error, TaskFailed) and error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, AppError):
        text = f"{error.code}: {error.detail}"
    elif isinstance(error, DBAPIError):  # its message carries the statement, and a driver's detail the row
        text = f"{type(error).__name__} ({type(error.orig).__name__})"
    else:
        text = f"{type(error).__name__}: {error}"
    for pattern, instead in _SECRETS:
        text = re.sub(pattern, instead, text)
    text = " ".join(text.encode("utf-8", "replace").decode().replace("\0", "").split())
    place = _place(error)
    room = MOST_ERROR - len(place)
    return (text if len(text) <= room else text[: room - 1] + "…") + place


class TaskFailed(Exception):
    """A task raised something that would have committed half of its work; the cause says what."""


def _place(error: BaseException) -> str:
    """Where in our own code it was raised: " [delivery.py:123]"."""
    found, trace = "", error.__traceback__
    while trace is not None:
        module = str(trace.tb_frame.f_globals.get("__name__", ""))
        if module.startswith("app.") and not module.startswith(("app.jobs.", "app.database.")):
            found = f" [{module}:{trace.tb_lineno}]"
        trace = trace.tb_next
    return found[: MOST_ERROR // 4]
