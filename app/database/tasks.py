"""The table of background tasks: what is to be done, by when, who does it now, and what became of it."""

from sqlalchemy import CheckConstraint, Column, Index, Integer, String, Table, Text

from app.database.base import UtcDateTime, metadata

tasks = Table(
    "tasks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(100), nullable=False),
    Column("key", String(200), unique=True),  # the same key twice is one task
    Column("payload", Text, nullable=False),  # JSON
    Column("state", String(10), nullable=False),
    # when it may be taken next: its time while it waits, the end of its lease while it runs, never once it is over
    Column("due_at", UtcDateTime),
    Column("tries", Integer, nullable=False),
    Column("worker", String(100)),  # who holds it: this names one try and no other
    Column("last_error", String(500)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    CheckConstraint("state in ('waiting','running','done','dead')", name="state_known"),
    Index("ix_tasks_state_due_at", "state", "due_at"),
    Index("ix_tasks_state_changed_at", "state", "changed_at"),
    sqlite_autoincrement=True,  # a number that was used is not used again
)
