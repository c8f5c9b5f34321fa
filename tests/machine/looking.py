"""Reading an attempt, ending it and asking for its result; what comes back is compared with the model."""

from machine import model, watch
from machine.model import Owner, Sitting, Told, Violated
from machine.table import Table, turn_of


def read(table: Table, sitting: Sitting, cookie: bool) -> None:
    """Read the state: the same turn, byte for byte, and the numbers of this moment."""
    before, etag = sitting.is_over, sitting.etag
    model.close_if_late(sitting, table.now)
    unchanged = {"if-none-match": etag} if etag and sitting.is_over == before else {}
    if unchanged:
        table.expect(table.api(sitting, "GET", cookie=cookie, **unchanged), Told(304))
    reply = table.api(sitting, "GET", cookie=cookie)
    table.expect(reply, model.ACCEPTED)
    sitting.etag = reply.header("etag")
    state, turn = reply.json, turn_of(reply.body)
    watch.state(state)
    watch.progress(sitting, state, table.now, table.book)
    if state["turn"] != model.shown_turn(sitting):
        raise Violated(
            f"I7 the same turn however often it is asked: {state['turn']}, shown first {model.shown_turn(sitting)}"
        )
    if sitting.turn is not None:
        table.tally.looks += 1
        plain = sitting.turn if model.shown_draft(sitting) is None else sitting.turn.removesuffix(b"null}")
        if not turn.startswith(plain):
            raise Violated(f"I7 the same turn however often it is asked: {turn!r}, shown first {sitting.turn!r}")


def look(table: Table, sitting: Sitting, page: str) -> None:
    """Open a page of the attempt: each leads where the state of the attempt belongs."""
    if sitting.owner is None:
        return
    model.close_if_late(sitting, table.now)
    if page == "q" and not sitting.is_over and model.is_at_end(sitting, table.now):
        model.close(sitting)  # who opens the page after the deadline has no answer on its way
    reply = table.page(sitting, "GET", f"/{page}")
    needs_end = page in ("done", "continue")
    if needs_end == sitting.is_over:
        table.expect(reply, model.ACCEPTED)
    else:
        table.goes(reply, f"/a/{sitting.id}/{'done' if sitting.is_over else 'q'}")


def solution(table: Table, sitting: Sitting, which: int) -> None:
    """Open the solution of a question, which only practice shows and only of what was answered."""
    if sitting.owner is None:
        return
    model.close_if_late(sitting, table.now)
    seq = which % (sitting.seq + 1) + 1
    reply = table.page(sitting, "GET", f"/feedback/{seq}")
    if sitting.is_practice and seq <= len(sitting.answers):
        table.expect(reply, model.ACCEPTED)
    else:
        table.goes(reply, f"/a/{sitting.id}/{'done' if sitting.is_over else 'q'}")


def my_tests(table: Table, owner: Owner) -> None:
    """The list of a browser's own attempts holds each of them, and nobody else's."""
    own = frozenset(one.id for one in table.sittings if one.owner is owner)
    reply = table.call("GET", "/me", table.browser(owner), own=own)
    table.expect(reply, model.ACCEPTED)
    if missing := [one for one in own if one not in reply.text]:
        raise Violated(f"I13 one's own attempts are there: {missing} are not in the list of {owner.name}")


def finish(table: Table, sitting: Sitting, by_page: bool) -> None:
    """End early with the score so far; ending again changes nothing."""
    if by_page and sitting.owner is None:
        return
    model.close_if_late(sitting, table.now)
    if not sitting.is_over:
        model.end(sitting, "finished", model.moment(sitting, table.now))
    if by_page:
        table.goes(table.page(sitting, "POST", "/finish"), f"/a/{sitting.id}/done")
        return
    reply = table.api(sitting, "POST", "/finish")
    table.expect(reply, model.ACCEPTED)
    watch.state(reply.json)
    watch.progress(sitting, reply.json, table.now, table.book)


def result(table: Table, sitting: Sitting, by_page: bool) -> None:
    """The result: not before the end, and then always the same."""
    if by_page and sitting.owner is None:
        return
    model.close_if_late(sitting, table.now)
    if by_page:
        page = table.ask(sitting, "GET", f"/r/{sitting.id}", cookie=True)
        if sitting.is_over:
            table.expect(page, model.ACCEPTED)
        else:
            table.goes(page, f"/a/{sitting.id}/q")
        return
    reply = table.api(sitting, "GET", "/result")
    table.expect(reply, model.ACCEPTED if sitting.is_over else model.OPEN)
    if not sitting.is_over:
        return
    table.tally.results += 1
    scores = [(one["seq"], one["item_id"], one["score"]) for one in reply.json["responses"]]
    due = [(seq, one.item_id, one.score) for seq, one in enumerate(sitting.answers, 1)]
    if scores != due:
        raise Violated(f"I5 the score follows from the log: the result says {scores}, the answers are worth {due}")
    for domain in reply.json["domains"]:
        theta, se = watch.own_estimate(sitting, domain["domain"], len(sitting.answers), table.book)
        if max(abs(domain["theta"] - theta), abs(domain["se"] - se)) > watch.EXACT:
            raise Violated(f"I5 theta follows from the log: the result says {domain['theta']}, it gives {theta}")
    if sitting.result is not None and reply.body != sitting.result:
        raise Violated(f"I10 one score: the result was {sitting.result!r} and is {reply.body!r}")
    sitting.result = reply.body


def history(table: Table, sitting: Sitting) -> None:
    """The replay document: not before the end, since its seed would tell what comes next."""
    reply = table.api(sitting, "GET", "/replay")
    table.expect(reply, model.ACCEPTED if sitting.is_over else model.OPEN)
    if sitting.is_over:
        steps = [(one["seq"], one["item_id"], one["answer"], one["score"]) for one in reply.json["steps"]]
        due = [(seq, a.item_id, a.canonical, a.score) for seq, a in enumerate(sitting.answers, 1)]
        if steps != due:
            raise Violated(f"I1 an acknowledged answer exists exactly once: the replay says {steps}, due {due}")
