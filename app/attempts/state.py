"""The states of an attempt and the moves between them. Pure."""

from enum import StrEnum

from app.errors import Conflict


class Mode(StrEnum):
    """What an attempt is for."""

    ASSESS = "assess"  # it measures: nothing of a key is shown before its end
    PRACTICE = "practice"  # it teaches: each answer is followed by its solution, so its numbers are no measurement


class Status(StrEnum):
    CREATED = "created"
    ACTIVE = "active"
    COMPLETED = "completed"  # every answer is in, a program is still being judged
    EXPIRED = "expired"  # time ran out, a program is still being judged
    SCORED = "scored"
    RESCORED = "rescored"


_MOVES: dict[Status, frozenset[Status]] = {
    Status.CREATED: frozenset({Status.ACTIVE}),
    Status.ACTIVE: frozenset({Status.COMPLETED, Status.EXPIRED}),
    Status.COMPLETED: frozenset({Status.SCORED}),
    Status.EXPIRED: frozenset({Status.SCORED}),
    Status.SCORED: frozenset({Status.RESCORED}),
    Status.RESCORED: frozenset({Status.RESCORED}),
}


class EndReason(StrEnum):
    """Why an attempt ended."""

    PRECISE = "precise"  # precise enough, by the rules of the last section
    LONGEST = "longest"  # as many questions as a section may have
    BUDGET = "budget"  # the stated times of the items given reached the budget
    EXHAUSTED = "exhausted"  # no fitting item is left
    FINISHED = "finished"  # the candidate chose to stop
    TIME = "time"  # the deadline passed


class IllegalMove(Conflict):
    code = "attempt.state"
    title = "The attempt is not in a state that allows this"


def move(status: Status, to: Status) -> Status:
    """The new status.

    Raises:
        IllegalMove: a terminal attempt never reopens, and no state is skipped.
    """
    if to not in _MOVES[status]:
        raise IllegalMove(f"An attempt that is {status} cannot become {to}.")
    return to


def is_scored(status: Status) -> bool:
    """Whether a result can be shown."""
    return status in (Status.SCORED, Status.RESCORED)


def is_over(status: Status) -> bool:
    """Whether no answer is taken any more."""
    return status not in (Status.CREATED, Status.ACTIVE)
