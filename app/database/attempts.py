"""Tables of attempts. `responses` is the truth: everything else here is derived from it or guards it."""

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from app.database.base import UtcDateTime, metadata

attempts = Table(
    "attempts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("assessment", String(100), nullable=False),
    Column("mode", String(20), nullable=False),
    Column("status", String(20), nullable=False),
    Column("person_id", ForeignKey("people.id")),
    Column("token_hash", String(64), nullable=False),
    Column("browser_hash", String(64)),  # the anonymous browser that owns it, for pages
    Column("seed", String(64), nullable=False),
    Column("plan", JSON, nullable=False),  # pinned versions, rules, barred items: what a replay needs
    Column("created_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("expires_at", UtcDateTime),
    Column("last_event_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("end_reason", String(20)),
    Column("seq", Integer, nullable=False),  # the active turn's number: count of responses + 1
    Column("section_index", Integer, nullable=False),
    Column("section_started_at", UtcDateTime),
    Column("turn_item_version_id", ForeignKey("item_versions.id")),  # the active item
    # [[section, place in the pool, score], ...]: the log as the engine takes it, so that a step reads one row
    Column("history", Text, nullable=False),
    Column("continues", ForeignKey("attempts.id")),
    CheckConstraint("status in ('created','active','completed','expired','scored','rescored')", name="status_known"),
    Index("ix_attempts_browser_hash", "browser_hash"),
    Index("ix_attempts_status_expires_at", "status", "expires_at"),
    Index("ix_attempts_continues", "continues"),
    Index("ix_attempts_person_id", "person_id"),
)

responses = Table(
    "responses",
    metadata,
    Column("attempt_id", ForeignKey("attempts.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("item_version_id", ForeignKey("item_versions.id"), nullable=False),
    Column("item_id", String(200), nullable=False),
    Column("domain", String(60), nullable=False),
    Column("answer", Text, nullable=False),  # canonical JSON
    Column("score", Float, nullable=False),
    Column("theta", Float, nullable=False),  # of the item's domain, after this answer
    Column("se", Float, nullable=False),
    Column("confidence", Float),
    Column("source", String(10), nullable=False),  # answer | draft | carried
    Column("at", UtcDateTime, nullable=False),
    Column("body", Text, nullable=False),  # what was acknowledged: a repeat gets the same bytes
    UniqueConstraint("attempt_id", "item_id"),
    CheckConstraint("score >= 0 and score <= 1", name="score_fraction"),
)

# The first turn as shown; every later one stands in the body of the response before it.
first_turns = Table(
    "first_turns",
    metadata,
    Column("attempt_id", ForeignKey("attempts.id"), primary_key=True),
    Column("turn", Text, nullable=False),
)

drafts = Table(
    "drafts",
    metadata,
    Column("attempt_id", ForeignKey("attempts.id"), primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("answer", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

# Append-only: a rescore adds a row, the old score stays.
score_events = Table(
    "score_events",
    metadata,
    Column("attempt_id", ForeignKey("attempts.id"), primary_key=True),
    Column("score_version", Integer, primary_key=True),
    Column("engine_version", String(20), nullable=False),
    Column("domains", JSON, nullable=False),
    Column("scored_at", UtcDateTime, nullable=False),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("key_hash", String(64), primary_key=True),
    Column("request_hash", String(64), nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)
