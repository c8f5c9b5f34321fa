"""What pages say beside the state of an attempt or the list of tests, and how they put the state into words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup
from sqlalchemy import Connection

from app.attempts import delivery, example, rows, starting, steps, strip
from app.attempts.assessments import Assessment
from app.auth.permissions import Actor
from app.banks import catalogue, pool
from app.banks.pool import DomainPool
from app.errors import Invalid
from app.items.contract import AnswerShape


@dataclass(frozen=True)
class About:
    """What pages say of an attempt beside its state: its domains' titles, whether it is quick, why it ended."""

    titles: dict[str, str]
    is_quick: bool
    end_reason: str | None


def peek(connection: Connection, actor: Actor, attempt_id: str, now: datetime) -> tuple[str | None, About]:
    """`delivery.peek`, and what its page says beside the state."""
    text = delivery.peek(connection, actor, attempt_id, now)
    attempt = rows.find(connection, attempt_id)
    titles = {domain: known.title for domain, known in steps.pools_of(connection, attempt.plan).items()}
    return text, About(titles, attempt.plan.is_quick, attempt.end_reason)


def descriptions(connection: Connection) -> dict[str, str]:
    """What each domain's bank measures, in its own words."""
    return {bank.domain: bank.definition["description"] for bank in catalogue.banks(connection)}


def front(connection: Connection) -> tuple[tuple[Assessment, ...], DomainPool | None]:
    """What is offered, and the largest bank for the home page's example."""
    banks = [bank for bank in catalogue.banks(connection) if bank.is_adaptive]
    largest = max(banks, key=lambda bank: bank.live_items, default=None)
    if largest is None:
        return starting.offered(connection), None
    known = pool.load(connection, largest.bank_version_id, largest.parameter_version_id)
    return starting.offered(connection), known


def narrowing(known: DomainPool | None) -> Markup | None:
    """The home page's picture: how the range of one simulated candidate narrows on a real bank."""
    return None if known is None else Markup(strip.narrowing(example.candidate(known), chart_id="example"))  # noqa: S704


def explained(error: Invalid, raw: dict[str, Any]) -> str:
    """What is wrong with an answer, for somebody who sees options and not their ids."""
    if isinstance(error, AnswerShape):
        both = "Choose an answer or “I haven’t learned this yet”, but not both."
        return both if raw.get("skip") else "Choose an answer, or “I haven’t learned this yet”."
    return f"{error.detail[:1].upper()}{error.detail[1:]}."


def clock(state: dict[str, Any], now: datetime) -> dict[str, Any] | None:
    """For the page's clock: server time and deadline in milliseconds, the deadline to read; None without one."""
    if state["expires_at"] is None:
        return None
    ends = datetime.fromisoformat(state["expires_at"])
    return {"now_ms": int(now.timestamp() * 1000), "ends_ms": int(ends.timestamp() * 1000), "ends": ends}


def estimate(state: dict[str, Any]) -> Markup | None:
    """The estimate so far as a small chart; None where estimates are not shown."""
    known = state["estimate"]
    if known is None:
        return None
    lo, hi = known["interval_90"]
    return Markup(strip.interval_strip(known["score"], (lo, hi), chart_id="estimate"))  # noqa: S704  (our own SVG)
