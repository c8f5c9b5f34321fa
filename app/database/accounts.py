"""Tables of people. Personal data lives in `people` and nowhere else."""

from sqlalchemy import Column, String, Table

from app.database.base import UtcDateTime, metadata

people = Table(
    "people",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("email", String(320), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)
