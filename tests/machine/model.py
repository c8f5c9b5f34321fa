"""What must be true of an attempt, by the contract of the API and nothing else: no line of the product is used here.

A `Sitting` is what its owner was told. The functions say what a request must get, and `close` what time does to it.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from machine.book import Book, Raw, Sent

GRACE = timedelta(seconds=5)  # an answer that was sent in time may arrive this late
SKIP: Raw = {"skip": True}
NO_ITEM = "no.item.of-ours"


class Violated(AssertionError):
    """A promise was broken. The message begins with the number of the invariant."""


@dataclass(eq=False)
class Owner:
    """Somebody with a browser. Two of them must never see each other's attempts.

    name: for messages.  cookie: the browser's token, once the server has given one.
    An organisation would be a field beside `cookie`: whoever has another one is a stranger in the same way.
    """

    name: str
    cookie: str | None = None


@dataclass(frozen=True)
class Answer:
    """One line of the log as it must stand. `body`: what was acknowledged; None while only a page has seen it."""

    item_id: str
    canonical: Raw
    score: float
    source: str  # answer | draft | carried
    at: datetime
    again: Raw
    body: bytes | None


@dataclass(frozen=True)
class Draft:
    seq: int
    revision: int
    sent: Sent


@dataclass(eq=False)
class Sitting:
    """An attempt as its owner knows it."""

    id: str
    owner: Owner | None  # the browser that it belongs to; None when it was started without one
    token: str | None  # None when a page started it
    assessment: str
    is_quick: bool
    is_practice: bool
    seed: bytes
    expires_at: datetime | None
    last_event_at: datetime
    seq: int = 1
    view: dict[str, Any] | None = None  # the item of the active turn; None when no turn is active
    turn: bytes | None = None  # the active turn as it was shown first
    answers: list[Answer] = field(default_factory=list)
    draft: Draft | None = None
    ended_by: str | None = None  # None | finished | time | engine
    latest_look: datetime | None = None  # the latest time at which anything was asked of it
    result: bytes | None = None
    etag: str | None = None  # of the state as it was last read, while nothing has changed since
    continuation: "Sitting | None" = None

    def __repr__(self) -> str:
        return f"<{self.assessment} {self.id} at {self.seq}>"

    @property
    def is_over(self) -> bool:
        return self.ended_by is not None


@dataclass(frozen=True)
class Told:
    """What a request must get: the status, and of an error one of these codes."""

    status: int
    codes: frozenset[str] = frozenset()


def _error(status: int, *codes: str) -> Told:
    return Told(status, frozenset(codes))


ACCEPTED = Told(200)
KEPT = Told(204)
EXPIRED = _error(410, "attempt.expired")
STALE = _error(409, "answer.stale")
CONFLICT = _error(409, "answer.conflict")
MALFORMED = _error(422, "answer.shape", "answer.number", "answer.too_long")
OPEN = _error(409, "attempt.open")
STRANGER = _error(404, "not_found")
NOBODY = _error(401, "unauthorized", "token.invalid")
NOT_QUICK = _error(409, "attempt.cannot_continue")


def moment(sitting: Sitting, now: datetime) -> datetime:
    """When an event happens: never before the one before it, even when the clock is set back."""
    return max(now, sitting.last_event_at)


def is_late(sitting: Sitting, now: datetime) -> bool:
    """Whether the time is over, grace and all."""
    return sitting.expires_at is not None and moment(sitting, now) > sitting.expires_at + GRACE


def is_at_end(sitting: Sitting, now: datetime) -> bool:
    """Whether no time remains; what was sent before may still arrive."""
    return sitting.expires_at is not None and moment(sitting, now) >= sitting.expires_at


def remaining_s(sitting: Sitting, at: datetime) -> float | None:
    """Seconds until the deadline, seen at a time."""
    return None if sitting.expires_at is None else max(0.0, (sitting.expires_at - at).total_seconds())


def answer_gets(sitting: Sitting, seq: int, item_id: str, canonical: Raw | None, now: datetime) -> Told:
    """What an answer (None: a malformed one) to a turn must get."""
    if seq < sitting.seq:
        known = sitting.answers[seq - 1]
        if known.source == "draft":
            return EXPIRED
        if known.source == "carried" or known.item_id != item_id:
            return STALE
        if canonical is None:
            return MALFORMED
        return ACCEPTED if same(canonical, known.canonical) else CONFLICT
    if sitting.ended_by == "time" or (not sitting.is_over and is_late(sitting, now)):
        return EXPIRED
    if sitting.view is None or seq != sitting.seq or item_id != sitting.view["id"]:
        return STALE
    return MALFORMED if canonical is None else ACCEPTED


def draft_gets(sitting: Sitting, seq: int, now: datetime) -> Told:
    """What keeping a draft must get."""
    if sitting.ended_by == "time" or (not sitting.is_over and is_late(sitting, now)):
        return EXPIRED
    return KEPT if sitting.view is not None and seq == sitting.seq else STALE


def can_continue(sitting: Sitting, now: datetime) -> bool:
    """Whether the whole profile can go on from here. A refusal writes nothing, so it closes nothing either."""
    return sitting.is_quick and not sitting.is_practice and (sitting.is_over or is_late(sitting, now))


def keep_draft(sitting: Sitting, draft: Draft) -> None:
    """The highest revision of a turn wins."""
    known = sitting.draft
    if known is None or known.seq != draft.seq or draft.revision > known.revision:
        sitting.draft, sitting.etag = draft, None


def shown_draft(sitting: Sitting) -> Raw | None:
    """The draft as the active turn shows it."""
    draft = sitting.draft
    if draft is None or draft.seq != sitting.seq:
        return None
    return {"revision": draft.revision, "answer": draft.sent.raw}


def shown_turn(sitting: Sitting) -> Raw | None:
    """The active turn as it must be shown, draft and all."""
    if sitting.turn is None:
        return None
    turn: Raw = json.loads(sitting.turn)
    return {**turn, "draft": shown_draft(sitting)}


def take(sitting: Sitting, sent: Sent, source: str, at: datetime, body: bytes | None) -> None:
    """An answer to the active turn is in the log."""
    assert sitting.view is not None
    assert sent.canonical is not None
    item_id = str(sitting.view["id"])
    sitting.answers.append(Answer(item_id, sent.canonical, sent.score, source, at, sent.again, body))
    sitting.seq += 1
    sitting.last_event_at = at
    sitting.view = sitting.turn = sitting.etag = None


def end(sitting: Sitting, by: str, at: datetime) -> None:
    """The attempt is over: no turn, no draft."""
    sitting.ended_by, sitting.last_event_at = by, at
    sitting.view = sitting.turn = sitting.draft = sitting.etag = None


def close_if_late(sitting: Sitting, now: datetime) -> None:
    """Whoever asks after the grace finds it closed."""
    if not sitting.is_over and is_late(sitting, now):
        close(sitting)


def close(sitting: Sitting) -> None:
    """The time is over: closed at the deadline, with the draft of the active turn scored where it is an answer."""
    assert sitting.expires_at is not None
    at = max(sitting.expires_at, sitting.last_event_at)
    draft = sitting.draft
    if draft is not None and draft.seq == sitting.seq and draft.sent.canonical is not None:
        take(sitting, draft.sent, "draft", at, None)
    end(sitting, "time", at)


def show(sitting: Sitting, turn: Any, turn_text: bytes | None, book: Book) -> None:
    """A turn is shown for the first time.

    Raises:
        Violated: it is not the one that must follow (I3, I4).
    """
    if turn["seq"] != sitting.seq:
        raise Violated(f"I3 one active turn: question {turn['seq']} follows, expected {sitting.seq}")
    item_id = turn["item"]["id"]
    given = {one.item_id for one in sitting.answers}
    if item_id in given:
        raise Violated(f"I4 no item twice: {item_id} was answered before")
    if met := given & book.enemies[item_id]:
        raise Violated(f"I4 no enemies in one attempt: {item_id} after {sorted(met)}")
    sitting.view, sitting.turn = turn["item"], turn_text


def same(one: Raw, other: Raw) -> bool:
    """Whether two answers are the same, whatever the order of their parts."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
