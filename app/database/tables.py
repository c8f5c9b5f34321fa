"""Every table in one place, for migrations and for the check that they agree."""

from app.database import accounts, attempts, banks, tasks
from app.database.base import metadata

__all__ = ["accounts", "attempts", "banks", "metadata", "tasks"]
