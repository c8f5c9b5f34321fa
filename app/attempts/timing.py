"""The rules of the clock. Only the server's clock counts; `now` is always an argument. Pure."""

from datetime import datetime, timedelta

GRACE = timedelta(seconds=5)  # for the network: an answer sent in time may arrive this late


def forward(now: datetime, last_event_at: datetime) -> datetime:
    """The time of an event: never before the one before it, even when the server's clock is set back."""
    return max(now, last_event_at)


def deadline(started_at: datetime, minutes: float | None) -> datetime | None:
    """When an attempt ends; None for one without a limit."""
    return None if minutes is None else started_at + timedelta(minutes=minutes)


def is_open(now: datetime, expires_at: datetime | None) -> bool:
    """Whether an answer that arrives now is still taken (inside the grace it is)."""
    return expires_at is None or now <= expires_at + GRACE


def remaining_s(now: datetime, expires_at: datetime | None) -> float | None:
    """Seconds until the deadline, never negative; None without a limit."""
    return None if expires_at is None else max(0.0, (expires_at - now).total_seconds())
