"""Starting and continuing attempts, by the API and by the pages; what comes back is compared with the model."""

from dataclasses import replace
from datetime import datetime, timedelta

from machine import model
from machine.model import Owner, Raw, Sitting, Told, Violated
from machine.table import Table

TIMES = {"standard": 1.0, "1.5": 1.5, "none": None}  # what the start page offers, as factors of the usual time


def start(table: Table, owner: Owner | None, assessment: str, mode: str, key: str | None) -> Sitting:
    """Start by the API, from a browser or from nowhere; with an Idempotency-Key twice, which must be once."""
    browser = table.browser(owner) if owner is not None and owner.cookie else {}
    headers = {**browser, **({"idempotency-key": key} if key else {})}
    order = {"assessment": assessment, "mode": mode}
    reply = table.call("POST", "/api/v1/attempts", headers, order)
    table.expect(reply, Told(201))
    state = reply.json
    factor = None if mode == "practice" else 1.0
    sitting = table.seat(state, owner if browser else None, state["token"], _deadline(table, assessment, factor))
    if key and table.call("POST", "/api/v1/attempts", headers, order, own=frozenset({sitting.id})).body != reply.body:
        raise Violated("I8 a repeat gives the same bytes: starting again with the same Idempotency-Key")
    table.follow(sitting, state, reply.body)
    return sitting


def start_by_page(table: Table, owner: Owner, assessment: str, mode: str, time: str) -> Sitting:
    """Start by the form; the attempt belongs to the browser, which may get its cookie here."""
    before = table.browser(owner)
    reply = table.call("POST", f"/tests/{assessment}/start", before, {"time": time, "mode": mode})
    table.remember(owner, reply)
    attempt = (reply.header("location") or "").removeprefix("/a/").removesuffix("/q")
    table.goes(reply, f"/a/{attempt}/q")
    first = table.call("GET", f"/api/v1/attempts/{attempt}", table.browser(owner))
    table.expect(first, model.ACCEPTED)
    sitting = table.seat(first.json, owner, None, _deadline(table, assessment, TIMES[time]))
    table.follow(sitting, first.json, first.body)
    return sitting


def _deadline(table: Table, assessment: str, factor: float | None) -> datetime | None:
    return None if factor is None else table.now + timedelta(minutes=table.offered[assessment].minutes * factor)


def go_on(table: Table, sitting: Sitting, cookie: bool) -> Sitting | None:
    """Continue a finished quick test; a second time it must be the same attempt."""
    reply = table.api(sitting, "POST", "/continue", cookie=cookie)
    if not model.can_continue(sitting, table.now):
        table.expect(reply, model.NOT_QUICK)
        return None
    model.close_if_late(sitting, table.now)
    table.expect(reply, Told(201))
    return _continued(table, sitting, reply.json, reply.body)


def go_on_by_page(table: Table, sitting: Sitting) -> Sitting | None:
    """The same by the page's button."""
    if sitting.owner is None:
        return None
    reply = table.page(sitting, "POST", "/continue")
    if not model.can_continue(sitting, table.now):
        table.expect(reply, Told(409))
        return None
    model.close_if_late(sitting, table.now)
    attempt = (reply.header("location") or "").removeprefix("/a/").removesuffix("/q")
    table.goes(reply, f"/a/{attempt}/q")
    if sitting.continuation is not None:
        return _continued(table, sitting, {"id": attempt}, b"")
    first = table.call("GET", f"/api/v1/attempts/{attempt}", table.browser(sitting.owner), own=frozenset({attempt}))
    table.expect(first, model.ACCEPTED)
    return _continued(table, sitting, first.json, first.body)


def _continued(table: Table, quick: Sitting, state: Raw, body: bytes) -> Sitting | None:
    known = quick.continuation
    if known is not None:
        if state["id"] != known.id:
            raise Violated(f"I10 an attempt is continued once: {quick.id} as {known.id} and as {state['id']}")
        known.latest_look = max(table.now, known.latest_look or table.now)
        known.token = state.get("token", known.token)  # told again to whoever owns the quick one
        return None
    sitting = table.seat(state, quick.owner, state.get("token"), None)
    sitting.answers = [replace(one, source="carried", at=table.now, body=None) for one in quick.answers]
    sitting.seq = len(sitting.answers) + 1
    quick.continuation = sitting
    table.follow(sitting, state, body)
    return sitting
