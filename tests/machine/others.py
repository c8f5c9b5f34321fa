"""What others do to an attempt: strangers who try it, a browser that it is handed to, the task that closes it."""

import re
from typing import Any

from machine import model
from machine.model import NO_ITEM, SKIP, Owner, Sitting
from machine.table import Table
from sqlalchemy import func, select

from app.attempts import tasks
from app.auth import tokens
from app.database.attempts import attempts

CODE = "{id}-[0-9A-Za-z]{{20}}"  # a resume code in a page
AT_ONCE = 6  # addresses that a stranger tries in a row


def intrude(table: Table, sitting: Sitting, stranger: dict[str, str], dice: int) -> None:
    """Somebody who does not own the attempt tries its addresses; `stranger` is what they send of themselves."""
    base, page = f"/api/v1/attempts/{sitting.id}", f"/a/{sitting.id}"
    item = sitting.view["id"] if sitting.view is not None else NO_ITEM
    raw = table.book.key(item, sitting.seed) if sitting.view is not None else SKIP
    form = [("seq", str(sitting.seq)), ("item", item), ("revision", "999"), ("skip", "1")]
    tries: list[tuple[str, str, Any]] = [
        ("GET", base, None),
        ("PUT", f"{base}/draft", {"seq": sitting.seq, "revision": 999, "answer": raw}),
        ("POST", f"{base}/responses", {"seq": sitting.seq, "item_id": item, "answer": raw}),
        ("POST", f"{base}/finish", None),
        ("POST", f"{base}/continue", None),
        ("GET", f"{base}/result", None),
        ("GET", f"{base}/replay", None),
        *(("GET", f"{page}/{name}", None) for name in ("q", "stop", "saved", "done", "continue", "feedback/1")),
        ("GET", f"/r/{sitting.id}", None),
        ("POST", f"{page}/q", form),
        ("POST", f"{page}/draft", form),
        ("POST", f"{page}/finish", []),
        ("POST", f"{page}/continue", []),
    ]
    table.touched.append(sitting)
    is_nobody = "cookie" not in stranger and "authorization" not in stranger
    for place in range(dice, dice + AT_ONCE):
        method, target, body = tries[place % len(tries)]
        reply = table.call(method, target, stranger, body)
        table.expect(reply, model.NOBODY if is_nobody and target.startswith("/api/") else model.STRANGER)


def strangers(table: Table, sitting: Sitting) -> list[dict[str, str]]:
    """Everybody there is who must not see this attempt: another browser, another attempt's token, nobody."""
    browsers = [table.browser(one) for one in table.owners if one is not sitting.owner and one.cookie]
    bearers = [{"authorization": f"Bearer {one.token}"} for one in table.sittings if one is not sitting and one.token]
    made_up = {"authorization": f"Bearer {tokens.mint(tokens.ATTEMPT)}"}
    return [*browsers, *bearers, made_up, {}]


def hand_over(table: Table, sitting: Sitting, to: Owner) -> None:
    """Take the attempt along to another browser by its code; the browser before loses it."""
    if sitting.owner is None:
        return
    model.close_if_late(sitting, table.now)
    saved = table.page(sitting, "GET", "/saved")
    if sitting.is_over:
        table.goes(saved, f"/a/{sitting.id}/done")
        return
    table.expect(saved, model.ACCEPTED)
    found = re.search(CODE.format(id=sitting.id), saved.text)
    assert found is not None
    reply = table.call("POST", "/resume", table.browser(to), {"code": found[0]}, own=frozenset({sitting.id}))
    table.goes(reply, f"/a/{sitting.id}/q")
    table.remember(to, reply)
    sitting.owner = to
    table.touched.append(sitting)


def sweep(table: Table) -> None:
    """The background task that closes whatever is late, whoever it belongs to."""
    db = table.application.database
    late = select(func.count()).where(attempts.c.status == "active", attempts.c.expires_at < table.now - model.GRACE)
    while db.read_now(lambda connection: connection.execute(late).scalar_one()):
        db.write_now(tasks.close, {}, table.now)
    for sitting in table.sittings:
        if sitting.expires_at is not None and table.now > sitting.expires_at + model.GRACE:
            model.close_if_late(sitting, table.now)
            table.touched.append(sitting)
