"""Tables of published content. A published version never changes; what must stay secret has a table of its own."""

from sqlalchemy import JSON, Column, Float, ForeignKey, Integer, String, Table, UniqueConstraint

from app.database.base import UtcDateTime, metadata

item_versions = Table(
    "item_versions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("item_id", String(200), nullable=False),
    Column("version", Integer, nullable=False),
    Column("domain", String(60), nullable=False),
    Column("type", String(40), nullable=False),
    Column("skill", String(80), nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("time_seconds", Integer, nullable=False),
    Column("content", JSON, nullable=False),  # what presentation needs, and no more
    Column("published_at", UtcDateTime, nullable=False),
    UniqueConstraint("item_id", "version"),
)

# Read by scoring and review alone (app/banks/secrets.py; an import contract holds everyone else off).
item_secrets = Table(
    "item_secrets",
    metadata,
    Column("item_version_id", ForeignKey("item_versions.id"), primary_key=True),
    Column("content", JSON, nullable=False),
)

bank_versions = Table(
    "bank_versions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("domain", String(60), nullable=False),
    Column("number", Integer, nullable=False),
    Column("title", String(200), nullable=False),
    Column("visibility", String(20), nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("definition", JSON, nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
    UniqueConstraint("domain", "number"),
)

bank_items = Table(
    "bank_items",
    metadata,
    Column("bank_version_id", ForeignKey("bank_versions.id"), primary_key=True),
    Column("item_version_id", ForeignKey("item_versions.id"), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("status", String(20), nullable=False),
    Column("enemies", JSON, nullable=False),
)

parameter_versions = Table(
    "parameter_versions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("domain", String(60), nullable=False),
    Column("number", Integer, nullable=False),
    Column("basis", String(20), nullable=False),  # judged | calibrated
    Column("shift_sd", Float, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("domain", "number"),
)

item_parameters = Table(
    "item_parameters",
    metadata,
    Column("parameter_version_id", ForeignKey("parameter_versions.id"), primary_key=True),
    Column("item_version_id", ForeignKey("item_versions.id"), primary_key=True),
    Column("discrimination", Float, nullable=False),
    Column("difficulty", Float, nullable=False),
    Column("guessing", Float, nullable=False),
    Column("difficulty_sd", Float, nullable=False),
)

profile_versions = Table(
    "profile_versions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("profile_id", String(100), nullable=False),
    Column("number", Integer, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("content", JSON, nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
    UniqueConstraint("profile_id", "number"),
)

# Roles, tasks and tools: one document a version.
catalogue_versions = Table(
    "catalogue_versions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("content_hash", String(64), nullable=False),
    Column("content", JSON, nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
)

# Which files have been published, so that a start with nothing new reads no bank.
publications = Table(
    "publications",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
)
