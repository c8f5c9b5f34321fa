"""What the clients were told against what the database holds: nothing lost, nothing twice, nothing else."""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faults.stand import Ask, Stand, asking


@dataclass(frozen=True)
class Ack:
    """What the server acknowledged: the answer as sent, the body as received; when, by the monotonic clock."""

    attempt: str
    seq: int
    item_id: str
    answer: dict[str, Any]
    body: bytes
    at: float = field(default=0.0, compare=False)


@dataclass(frozen=True)
class Findings:
    """How the database differs from what the clients know: all 0 where the promises hold."""

    lost: int  # acknowledged answers that are not there
    doubled: int  # ... that are there twice
    differing: int  # ... that are there in another way
    unknown: int  # attempts that nobody was told of
    missing: int  # attempts that somebody was told of and that are not there
    unscored: int  # attempts that have ended for their client and have not exactly one score event
    verify: int  # the exit code of `plumbline db verify`
    faults: str = ""  # what it said

    @property
    def is_sound(self) -> bool:
        return not any(
            (self.lost, self.doubled, self.differing, self.unknown, self.missing, self.unscored, self.verify)
        )


def attempts(place: Path | str) -> frozenset[str]:
    """The attempts that are there now."""
    with asking(place) as ask:
        return frozenset(str(row[0]) for row in ask("select id from attempts"))


def examine(
    stand: Stand, before: Collection[str], started: Collection[str], ended: Sequence[str], acks: Sequence[Ack]
) -> Findings:
    """Compare everything. `before`: the attempts that were there when the clients began."""
    lost, doubled, differing = compare(stand.place, acks)
    there = attempts(stand.place).difference(before)
    with asking(stand.place) as ask:
        events = [ask("select count(*) from score_events where attempt_id = ?", attempt) for attempt in ended]
    code, said = stand.verify()
    return Findings(
        lost=lost,
        doubled=doubled,
        differing=differing,
        unknown=len(there.difference(started)),
        missing=len(set(started).difference(there)),
        unscored=sum(rows != [(1,)] for rows in events),
        verify=code,
        faults=said if code else "",
    )


def compare(place: Path | str, acks: Sequence[Ack]) -> tuple[int, int, int]:
    """(lost, doubled, differing) acknowledged answers, by the log as the database alone reads it.

    place: the SQLite file, or the URL of the PostgreSQL database.
    """
    lost = doubled = differing = 0
    with asking(place) as ask:
        for ack in acks:
            rows = list(_rows(ask, ack))
            lost += not rows
            doubled += len(rows) > 1
            differing += any(
                (item_id, json.loads(answer), body.encode()) != (ack.item_id, ack.answer, ack.body)
                for item_id, answer, body in rows
            )
    return lost, doubled, differing


def _rows(ask: Ask, ack: Ack) -> Iterator[tuple[Any, ...]]:
    yield from ask(
        "select item_id, answer, body from responses where attempt_id = ? and (seq = ? or item_id = ?)",
        ack.attempt,
        ack.seq,
        ack.item_id,
    )
