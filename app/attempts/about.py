"""What pages say beside the state of an attempt or the list of tests; each function is one read."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.attempts import delivery, rows, starting, steps
from app.attempts.assessments import Assessment
from app.auth.permissions import Actor
from app.banks import catalogue, pool
from app.banks.pool import DomainPool


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
