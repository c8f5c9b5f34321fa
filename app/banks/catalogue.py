"""What is published now: the current version of every bank, profile and of the roles."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, Table, func, select

from app.database.banks import (
    bank_items,
    bank_versions,
    catalogue_versions,
    parameter_versions,
    profile_versions,
)
from app.errors import NotFound

ADAPTIVE_FROM = 10  # live items; fewer cannot carry the shortest adaptive test


class NoSuchProfile(NotFound):
    code = "profile.not_found"
    title = "No such profile"


@dataclass(frozen=True)
class CurrentBank:
    """The current version of one domain's bank, with the newest parameters for it."""

    bank_version_id: int
    domain: str
    title: str
    number: int
    content_hash: str
    visibility: str
    definition: Mapping[str, Any]
    live_items: int
    parameter_version_id: int
    parameter_number: int
    parameter_hash: str
    parameter_basis: str

    @property
    def is_adaptive(self) -> bool:
        return self.live_items >= ADAPTIVE_FROM


def _newest(table: Table, key: str) -> Select[Any]:
    newest = select(table.c[key], func.max(table.c.number).label("number")).group_by(table.c[key]).subquery()
    return select(table).join(newest, (newest.c[key] == table.c[key]) & (newest.c.number == table.c.number))


def banks(connection: Connection) -> tuple[CurrentBank, ...]:
    """Every domain that has a published bank with live items, by title."""
    counts = {
        row[0]: row[1]
        for row in connection.execute(
            select(bank_items.c.bank_version_id, func.count())
            .where(bank_items.c.status == "live")
            .group_by(bank_items.c.bank_version_id)
        )
    }
    parameters = {row.domain: row for row in connection.execute(_newest(parameter_versions, "domain"))}
    found = [
        CurrentBank(
            bank_version_id=row.id,
            domain=row.domain,
            title=row.title,
            number=row.number,
            content_hash=row.content_hash,
            visibility=row.visibility,
            definition=row.definition,
            live_items=counts.get(row.id, 0),
            parameter_version_id=parameters[row.domain].id,
            parameter_number=parameters[row.domain].number,
            parameter_hash=parameters[row.domain].content_hash,
            parameter_basis=parameters[row.domain].basis,
        )
        for row in connection.execute(_newest(bank_versions, "domain"))
    ]
    return tuple(sorted((bank for bank in found if bank.live_items), key=lambda bank: bank.title))


@dataclass(frozen=True)
class StoredProfile:
    """A published version of a profile: its row, its number, its content as written by `roles`."""

    version_id: int
    profile_id: str
    number: int
    content: Mapping[str, Any]


def profiles(connection: Connection) -> tuple[StoredProfile, ...]:
    """The current version of every profile, in the order of their ids."""
    rows = connection.execute(_newest(profile_versions, "profile_id").order_by(profile_versions.c.profile_id))
    return tuple(StoredProfile(row.id, row.profile_id, row.number, row.content) for row in rows)


def profile(connection: Connection, profile_id: str) -> StoredProfile:
    """The current version of one profile.

    Raises:
        NoSuchProfile: there is none with this id.
    """
    for found in profiles(connection):
        if found.profile_id == profile_id:
            return found
    raise NoSuchProfile("There is no such profile; GET /api/v1/profiles lists them.")


def profile_version(connection: Connection, version_id: int) -> StoredProfile:
    """The version of a profile that an attempt pinned."""
    row = connection.execute(select(profile_versions).where(profile_versions.c.id == version_id)).one()
    return StoredProfile(row.id, row.profile_id, row.number, row.content)


def roles(connection: Connection) -> Mapping[str, Any]:
    """The current catalogue of roles, tasks, tools and teams; empty before the first publication."""
    row = connection.execute(
        select(catalogue_versions.c.content).order_by(catalogue_versions.c.number.desc()).limit(1)
    ).first()
    content: Mapping[str, Any] = row[0] if row else {}
    return content
