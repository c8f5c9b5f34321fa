"""What every reply and every stored row is checked for, whichever rule provoked it."""

import html
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from machine import estimate
from machine.book import Book, runs_in
from machine.model import Sitting, Violated, moment, remaining_s
from machine.wire import Reply
from sqlalchemy import Connection, Row, select

from app.attempts import verify
from app.database.attempts import attempts, drafts, responses, score_events

EXACT = 1e-9
CUTS = (-1.0, 1.0)  # theta at which developing and accomplished begin
LEVELS = ("beginning", "developing", "accomplished")

STATE = frozenset(
    [
        "id",
        "assessment",
        "mode",
        "status",
        "created_at",
        "expires_at",
        "time_remaining_s",
        "seq",
        "section",
        "progress",
        "estimate",
        "turn",
    ]
)
ITEM = frozenset(["id", "version", "domain", "skill", "type", "stem_html", "time_s"])
OF_TYPE = {"single": {"options"}, "multiple": {"options"}, "numeric": {"units", "hint"}}
OPTION = frozenset({"id", "html", "spoken"})


def reply(got: Reply, book: Book, released: Collection[str], others: Collection[str], tokens: Collection[str]) -> None:
    """No error of ours, no secret before its time, nothing of a stranger's.

    Args:
        released: the items whose solutions this reply may show.
        others: ids of attempts that are not the caller's.
        tokens: those of all attempts; only starting one tells its own.
    """
    if got.status >= 500:
        raise Violated(f"P13 the service never fails: {got}")
    sent = "\n".join([*(f"{name}: {value}" for name, value in got.headers), got.body.decode("utf-8", "replace")])
    if told := [run for run in _told(sent, book) if book.secrets[run].isdisjoint(released)]:
        raise Violated(f"I12 no key before the end: {got} holds {told[0]!r}")
    if got.status < 400 and (met := [one for one in others if one in sent]):
        raise Violated(f"I13 an attempt is there for its owner alone: {got} names {met[0]}")
    if got.status != 201 and any(token in sent for token in tokens):
        raise Violated(f"I13 a token is told once: {got} holds one")


def _told(sent: str, book: Book) -> Iterator[str]:
    """The secrets in what was sent, also behind the escapes of HTML."""
    for text in {sent, html.unescape(sent)}:
        for run in runs_in(text):
            yield from _secrets_in(run, book)


@lru_cache(maxsize=65536)  # the same questions are shown again and again
def _secrets_in(run: str, book: Book) -> tuple[str, ...]:
    return tuple(secret for secret in book.secrets if secret in run)


def state(told: Mapping[str, Any], more: Collection[str] = ()) -> None:
    """A state holds what the API names, and its turn what a question needs: neither a key nor a hint of one."""
    if extra := set(told) - STATE - set(more):
        raise Violated(f"I12 no key before the end: the state tells {sorted(extra)}")
    if (told["turn"] is None) == (told["status"] == "active"):
        raise Violated(f"I3 one active turn: status {told['status']} and turn {told['turn']}")
    if told["turn"] is not None:
        turn(told["turn"])


def turn(told: Mapping[str, Any]) -> None:
    """A turn holds the allow-list of its item's type."""
    item = told["item"]
    extra = [*(set(told) - {"seq", "item", "draft"}), *(set(item) - ITEM - OF_TYPE[item["type"]])]
    extra += [name for option in item.get("options", ()) for name in set(option) - OPTION]
    if extra:
        raise Violated(f"I12 no key before the end: the turn tells {sorted(extra)}")


def progress(sitting: Sitting, told: Mapping[str, Any], now: datetime, book: Book) -> None:
    """The numbers of a state that was made just now: time, place, estimate."""
    assert sitting.latest_look is not None
    shown = told["time_remaining_s"]
    if (shown is None) != (sitting.expires_at is None or sitting.is_over):
        raise Violated(f"I6 the deadline stands: {shown} seconds remain, the deadline is {sitting.expires_at}")
    if shown is not None:
        # a look at the clock is no event: when it is set back, it may show more again, but never more than there was
        # at the last answer
        most = remaining_s(sitting, moment(sitting, now))
        least = remaining_s(sitting, moment(sitting, sitting.latest_look))
        assert most is not None
        assert least is not None
        if not least <= shown <= most:
            raise Violated(f"I6 remaining time never grows: {shown} s are shown, between {least} and {most} remain")
    answered = len(sitting.answers)
    if (told["seq"], told["progress"]["answered"]) != (sitting.seq, answered):
        raise Violated(
            f"I3 one active turn: {told['seq']} after {told['progress']['answered']}, not {answered} answers"
        )
    if told["estimate"] is not None and sitting.is_practice:
        raise Violated(f"practice measures nothing: it tells {told['estimate']}")
    if told["estimate"] is not None:
        theta, _ = own_estimate(sitting, told["estimate"]["domain"], answered, book)
        score = min(max(150 + 50 * theta, 0.0), 300.0)
        if abs(told["estimate"]["score"] - score) > 50 * EXACT:
            raise Violated(f"I5 theta follows from the log: score {told['estimate']['score']}, it gives {score}")


def own_estimate(sitting: Sitting, domain: str, answers: int, book: Book) -> tuple[float, float]:
    """Theta of a domain and its standard error after the first `answers` of the sitting."""
    given = [one for one in sitting.answers[:answers] if book.items[one.item_id].domain == domain]
    return estimate.theta([(book.curves[one.item_id], one.score) for one in given])


_COLUMNS = ("seq", "item_id", "answer", "score", "theta", "se", "source", "at", "body")
_ROW = select(attempts.c.status, attempts.c.seq, attempts.c.turn_item_version_id, attempts.c.expires_at)
_LOG = select(*(responses.c[name] for name in _COLUMNS)).order_by(responses.c.seq)
_DRAFT = select(drafts.c.seq, drafts.c.revision, drafts.c.answer)
_SCORES = select(score_events.c.score_version, score_events.c.domains).order_by(score_events.c.score_version)


def rows(connection: Connection, sitting: Sitting, book: Book, from_seq: int = 1) -> None:
    """What is stored of a sitting is what its owner was told; estimates are made again from question `from_seq` on."""
    row = connection.execute(_ROW.where(attempts.c.id == sitting.id)).one()
    log = connection.execute(_LOG.where(responses.c.attempt_id == sitting.id)).all()
    _log(sitting, log)
    _estimates(sitting, log[from_seq - 1 :], book)
    if row.expires_at != sitting.expires_at:
        raise Violated(f"I6 the deadline stands: stored {row.expires_at}, told {sitting.expires_at}")
    if row.status != ("scored" if sitting.is_over else "active"):
        raise Violated(f"I9 status moves forward only: {row.status}, ended by {sitting.ended_by}")
    if (row.seq, row.turn_item_version_id is None) != (len(log) + 1, sitting.is_over):
        raise Violated(f"I3 one active turn: question {row.seq} after {len(log)} answers")
    _drafts(connection, sitting)
    _scores(connection, sitting, book)


def _log(sitting: Sitting, log: Sequence[Row[Any]]) -> None:
    told = [(at, one.item_id, one.source) for at, one in enumerate(sitting.answers, 1)]
    kept = [(row.seq, row.item_id, row.source) for row in log]
    if kept != told:
        raise Violated(f"I1 an acknowledged answer exists exactly once: stored {kept}, told {told}")
    for row, one in zip(log, sitting.answers, strict=True):
        if json.loads(row.answer) != one.canonical:
            raise Violated(f"I1 an acknowledged answer stands: question {row.seq} is {row.answer}, not {one.canonical}")
        if one.body is not None and row.body.encode() != one.body:
            raise Violated(f"I8 a repeat gives the same bytes: question {row.seq} has another body than was sent")
        if row.score != one.score:
            raise Violated(f"I5 theta follows from the log: question {row.seq} scored {row.score}, not {one.score}")
        if row.at != one.at:
            raise Violated(f"I6 the server's clock counts: question {row.seq} is of {row.at}, sent at {one.at}")


def _estimates(sitting: Sitting, log: Sequence[Row[Any]], book: Book) -> None:
    for row in log:
        theta, se = own_estimate(sitting, book.items[row.item_id].domain, row.seq, book)
        if not (abs(row.theta - theta) <= EXACT and abs(row.se - se) <= EXACT):
            stored, due = f"{row.theta:.10f} +- {row.se:.10f}", f"{theta:.10f} +- {se:.10f}"
            raise Violated(f"I5 theta follows from the log: question {row.seq} stored {stored}, due {due}")


def _drafts(connection: Connection, sitting: Sitting) -> None:
    kept = [tuple(row) for row in connection.execute(_DRAFT.where(drafts.c.attempt_id == sitting.id))]
    draft = sitting.draft
    told = [] if draft is None else [(draft.seq, draft.revision, draft.sent.raw)]
    if [(seq, revision, json.loads(answer)) for seq, revision, answer in kept] != told:
        raise Violated(f"I7 the highest revision of a draft wins: stored {kept}, told {told}")


def _scores(connection: Connection, sitting: Sitting, book: Book) -> None:
    events = connection.execute(_SCORES.where(score_events.c.attempt_id == sitting.id)).all()
    if [event.score_version for event in events] != [1] * sitting.is_over:
        raise Violated(f"I10 one score: {len(events)} score events, ended by {sitting.ended_by}")
    for event in events:
        for scored in event.domains:
            theta, se = own_estimate(sitting, scored["domain"], len(sitting.answers), book)
            level = LEVELS[sum(theta >= cut for cut in CUTS)]
            if max(abs(scored["theta"] - theta), abs(scored["se"] - se)) > EXACT or scored["level"] != level:
                due = f"theta {theta:.10f} +- {se:.10f}, {level}"
                raise Violated(f"I5 theta follows from the log: the score event says {scored}, due {due}")


def verified(connection: Connection, sitting: Sitting) -> None:
    """`plumbline db verify` finds nothing: the course of items, the histories and the scores are derived again."""
    if found := [str(fault) for fault in verify.faults(connection, sitting.id)]:
        raise Violated(f"I5 db verify finds no fault: {found}")
