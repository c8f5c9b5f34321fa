"""Answers and drafts, right and wrong ones, in and out of turn; what comes back is compared with the model."""

import json
from datetime import datetime

from machine import model
from machine.book import Raw, Sent
from machine.model import NO_ITEM, SKIP, Draft, Sitting, Told, Violated
from machine.table import Table
from machine.wire import Reply


def send(
    table: Table, sitting: Sitting, seq: int, item_id: str, raw: Raw, canonical: Raw | None, cookie: bool
) -> Reply:
    """An answer to any turn, compared with what it must get; the reply."""
    told = model.answer_gets(sitting, seq, item_id, canonical, table.now)
    body = {"seq": seq, "item_id": item_id, "answer": raw, "confidence": None}
    reply = table.api(sitting, "POST", "/responses", body, cookie=cookie)
    table.expect(reply, told)
    if told == model.EXPIRED:
        table.tally.late += 1
        model.close_if_late(sitting, table.now)
    if told == model.STALE and reply.json["turn"] != model.shown_turn(sitting):
        raise Violated(
            f"I3 one active turn: the refusal tells {reply.json['turn']}, active is {model.shown_turn(sitting)}"
        )
    return reply


def answer(table: Table, sitting: Sitting, kind: str, dice: int, cookie: bool) -> None:
    """Answer the active turn, or try to when there is none any more."""
    if sitting.view is None:
        send(table, sitting, sitting.seq, NO_ITEM, SKIP, SKIP, cookie)
        return
    sent = table.book.answer(kind, sitting.view, sitting.seed, dice)
    at = model.moment(sitting, table.now)
    reply = send(table, sitting, sitting.seq, sitting.view["id"], sent.raw, sent.canonical, cookie)
    if reply.status == 200:
        _taken(table, sitting, sent, at, reply.body)


def _taken(table: Table, sitting: Sitting, sent: Sent, at: datetime, body: bytes) -> None:
    state = json.loads(body)
    assert sitting.view is not None
    if sitting.is_practice:
        told, due = state["feedback"], {"score": sent.score, "key": table.book.key(sitting.view["id"], sitting.seed)}
        if {name: told[name] for name in due} != due:
            raise Violated(f"practice shows the solution: {told}, due {due}")
    model.take(sitting, sent, "answer", at, body)
    table.follow(sitting, state, body)
    table.tally.answers += 1


def answer_by_page(table: Table, sitting: Sitting, kind: str, dice: int, behind: int, is_other_item: bool) -> None:
    """Send the form of the question page: of the active turn, or of one that lies `behind` in another tab."""
    if sitting.owner is None:
        return
    model.close_if_late(sitting, table.now)
    sent = table.book.answer(kind, sitting.view, sitting.seed, dice) if sitting.view is not None else None
    item = NO_ITEM if sitting.view is None or is_other_item else sitting.view["id"]
    seq, at = max(sitting.seq - behind, 1), model.moment(sitting, table.now)
    form = [("seq", str(seq)), ("item", item), ("revision", "0"), *(sent.fields if sent else ())]
    reply = table.page(sitting, "POST", "/q", form)
    base = f"/a/{sitting.id}"
    if sitting.is_over or sent is None:
        table.goes(reply, f"{base}/done")
    elif seq != sitting.seq or is_other_item:
        table.goes(reply, f"{base}/feedback/{seq}" if sitting.is_practice else f"{base}/q?already=1")
    elif sent.canonical is None:
        table.expect(reply, Told(422))
    else:
        # the page keeps what was acknowledged to itself; asking the API with the same answer shows it
        again = table.api(sitting, "POST", "/responses", {"seq": seq, "item_id": item, "answer": sent.raw}, cookie=True)
        table.expect(again, model.ACCEPTED)
        _taken(table, sitting, sent, at, again.body)
        following = f"{base}/feedback/{seq}" if sitting.is_practice else f"{base}/{'done' if sitting.is_over else 'q'}"
        table.goes(reply, following)


def repeat(table: Table, sitting: Sitting, which: int, respelled: bool, cookie: bool) -> None:
    """Send an acknowledged answer again; it must get the bytes that it got."""
    if not sitting.answers:
        return
    seq = which % len(sitting.answers) + 1
    known = sitting.answers[seq - 1]
    raw = known.again if respelled else known.canonical
    reply = send(table, sitting, seq, known.item_id, raw, known.canonical, cookie)
    if reply.status == 200:
        table.tally.repeats += 1
        if known.body is not None and reply.body != known.body:
            raise Violated(f"I8 a repeat gives the same bytes: question {seq} got {reply.body!r}, first {known.body!r}")


def change(table: Table, sitting: Sitting, which: int, kind: str, dice: int, cookie: bool) -> None:
    """Send another answer to a turn that has one."""
    if not sitting.answers:
        return
    seq = which % len(sitting.answers) + 1
    known = sitting.answers[seq - 1]
    view = table.book.view(known.item_id, sitting.seed)
    other = table.book.answer(kind, view, sitting.seed, dice)
    send(table, sitting, seq, known.item_id, other.raw, other.canonical, cookie)


def astray(table: Table, sitting: Sitting, other: Sitting, ahead: int, dice: int, cookie: bool) -> None:
    """Send an answer to a turn that is not there: a later or an earlier one, or with an item that is not its own."""
    known = [sitting.view, other.view]
    items = [NO_ITEM, *(view["id"] for view in known if view is not None)]
    items += [one.item_id for one in sitting.answers[-1:]]
    item = items[dice % len(items)]
    seq = max(sitting.seq + ahead, 1)
    if seq == sitting.seq and sitting.view is not None and item == sitting.view["id"]:
        return  # that would be no error
    send(table, sitting, seq, item, SKIP, SKIP, cookie)


def draft(table: Table, sitting: Sitting, revision: int, kind: str, dice: int, behind: int, cookie: bool) -> None:
    """Keep an unsent answer, by the API."""
    seq = max(sitting.seq - behind, 1)
    sent = _unsent(table, sitting, kind, dice)
    told = model.draft_gets(sitting, seq, table.now)
    body = {"seq": seq, "revision": revision, "answer": sent.raw}
    table.expect(table.api(sitting, "PUT", "/draft", body, cookie=cookie), told)
    _after_draft(table, sitting, told, Draft(seq, revision, sent))


def draft_by_page(table: Table, sitting: Sitting, revision: int, kind: str, dice: int) -> None:
    """Keep what stands in the form, as the page's script does."""
    if sitting.owner is None:
        return
    model.close_if_late(sitting, table.now)
    sent = _unsent(table, sitting, kind, dice)
    told = model.draft_gets(sitting, sitting.seq, table.now)
    if told.status != 204:
        told = Told(409)  # the script stops at any
    elif revision == 0:
        told = Told(422)
    form = [("seq", str(sitting.seq)), ("revision", str(revision)), *sent.fields]
    table.expect(table.page(sitting, "POST", "/draft", form), told)
    _after_draft(table, sitting, told, Draft(sitting.seq, revision, sent))


def _unsent(table: Table, sitting: Sitting, kind: str, dice: int) -> Sent:
    if sitting.view is None:
        return Sent("skip", SKIP, SKIP, 0.0, (("skip", "1"),), SKIP)
    return table.book.answer(kind, sitting.view, sitting.seed, dice)


def _after_draft(table: Table, sitting: Sitting, told: Told, kept: Draft) -> None:
    if told == model.KEPT:
        model.keep_draft(sitting, kept)
        table.tally.drafts += 1
    model.close_if_late(sitting, table.now)
