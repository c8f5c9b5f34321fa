"""Small plain functions that build what tests need; every argument is optional."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from conftest import START

from app.attempts import delivery, rows, scoring, starting
from app.attempts.starting import Candidate, Fresh, Order
from app.auth import tokens
from app.auth.permissions import Actor
from app.database.engine import Database
from app.items import registry

Answering = Callable[[Mapping[str, Any]], dict[str, Any]]  # the item's view -> an answer
SKIP = {"skip": True}


@dataclass
class Sitting:
    """A candidate in an attempt, by the services; `state` is what the last call returned."""

    db: Database
    attempt_id: str
    actor: Actor
    token: str
    state: dict[str, Any]
    now: datetime

    def submit(self, answer: Mapping[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
        """Answer the active turn (skip by default); `changes` overwrite seq, item_id, now, actor."""
        turn = self.state["turn"]
        call = {
            "actor": self.actor,
            "attempt_id": self.attempt_id,
            "seq": self.state["seq"],
            "item_id": turn["item"]["id"] if turn else "none",
            "raw": SKIP if answer is None else answer,
            "confidence": None,
            "now": self.now,
            **changes,
        }
        self.state = json.loads(self.db.write_now(delivery.submit, **call))
        return self.state

    def answer_all(self, answering: Answering = lambda _item: dict(SKIP), most: int = 1000) -> dict[str, Any]:
        """Answer until the attempt ends, or `most` times."""
        for _ in range(most):
            if self.state["turn"] is None:
                break
            self.submit(answering(self.state["turn"]["item"]))
        return self.state

    def key(self) -> dict[str, Any]:
        """The right answer to the active turn."""
        return self.db.read_now(_key, self.attempt_id)

    def wrong(self) -> dict[str, Any]:
        """An answer to the active turn that is well formed and not the key."""
        key, item = self.key(), self.state["turn"]["item"]
        if "option" in key:
            return {"option": next(o["id"] for o in item["options"] if o["id"] != key["option"])}
        if "options" in key:
            others = [o["id"] for o in item["options"] if o["id"] not in key["options"]]
            return {"options": others}
        return {"value": str(1000 + 3 * abs(float(key["value"]))), **({"unit": key["unit"]} if "unit" in key else {})}


def _key(connection: Any, attempt_id: str) -> dict[str, Any]:
    attempt = rows.find(connection, attempt_id)
    assert attempt.turn_item_version_id is not None
    concrete = scoring.variant(connection, attempt.seed, attempt.turn_item_version_id)
    return registry.type_of(concrete.item).key(concrete)


def fresh(number: int = 1) -> Fresh:
    """Ids, tokens and a seed for an attempt; the same number gives the same seed."""
    return Fresh(tokens.new_id(), tokens.mint(tokens.ATTEMPT), number.to_bytes(16, "big"))


def begin(
    db: Database,
    assessment: str = "mathematics",
    *,
    number: int = 1,
    now: datetime = START,
    browser: str | None = None,
    candidate: Candidate | None = None,
    profile: str | None = None,
    time_factor: float | None = 1.0,
    mode: str = "assess",
) -> Sitting:
    """Start an attempt."""
    parts = fresh(number)
    order = Order(assessment, mode, candidate, profile, time_factor)
    owner = Actor(browser=tokens.digest(browser) if browser else None)
    state = json.loads(db.write_now(starting.start, order, owner, parts, now))
    return Sitting(db, parts.attempt_id, Actor(bearer=tokens.digest(parts.token)), parts.token, state, now)
