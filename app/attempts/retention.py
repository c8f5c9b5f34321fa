"""What is forgotten, and when: personal data, keys of repeated requests, drafts. The response log stays for ever."""

from calendar import monthrange
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, exists, select, update

from app.attempts.state import Status
from app.database.accounts import people
from app.database.attempts import attempts, drafts, idempotency_keys

KEEP_KEYS = timedelta(hours=48)


def months_before(now: datetime, months: int) -> datetime:
    """The same day and time so many months ago, or the last day of that month where it is shorter."""
    whole = now.year * 12 + now.month - 1 - months
    year, month = divmod(whole, 12)
    return now.replace(year=year, month=month + 1, day=min(now.day, monthrange(year, month + 1)[1]))


def erase_people(connection: Connection, before: datetime, most: int) -> int:
    """Erase up to `most` people all of whose attempts lie before this time; returns how many.

    Name and address go, the attempts stay and belong to nobody. An attempt that was never ended counts by its last
    event, so that leaving one open keeps nobody's data for ever.
    """
    later = exists().where(attempts.c.person_id == people.c.id, attempts.c.last_event_at >= before)
    old = select(people.c.id).where(people.c.created_at < before, ~later).limit(most)
    found = list(connection.execute(old.with_for_update(skip_locked=True)).scalars())
    connection.execute(update(attempts).where(attempts.c.person_id.in_(found)).values(person_id=None))
    connection.execute(delete(people).where(people.c.id.in_(found)))
    return len(found)


def forget_keys(connection: Connection, before: datetime, most: int) -> int:
    """Delete up to `most` idempotency keys from before this time; returns how many."""
    old = select(idempotency_keys.c.key_hash).where(idempotency_keys.c.created_at < before).limit(most)
    return connection.execute(delete(idempotency_keys).where(idempotency_keys.c.key_hash.in_(old))).rowcount


def drop_drafts(connection: Connection, most: int) -> int:
    """Delete up to `most` drafts of attempts that are over; returns how many."""
    over = (
        select(drafts.c.attempt_id)
        .join(attempts, attempts.c.id == drafts.c.attempt_id)
        .where(attempts.c.status.not_in([Status.CREATED, Status.ACTIVE]))
        .limit(most)
    )
    return connection.execute(delete(drafts).where(drafts.c.attempt_id.in_(over))).rowcount
