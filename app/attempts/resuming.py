"""Hand an attempt to another browser, by the code that its owner was shown."""

from sqlalchemy import Connection, update

from app.attempts import rows
from app.database.attempts import attempts


def hand_over(connection: Connection, attempt_id: str, browser_hash: str) -> None:
    """From now on this browser owns the attempt, and the one before does not: one live session an attempt.

    Raises:
        NoSuchAttempt: the code was ours, but its attempt is gone.
    """
    rows.lock(connection, attempt_id)
    connection.execute(update(attempts).where(attempts.c.id == attempt_id).values(browser_hash=browser_hash))
