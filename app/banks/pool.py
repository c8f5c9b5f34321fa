"""A published bank version as arrays for the engine, with the row that each item came from. No keys here."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from app.database.banks import bank_items, bank_versions, item_parameters, item_versions, parameter_versions
from app.database.engine import address
from app.measurement.irt import ItemParameters
from app.measurement.selection import Pool, PoolItem, build_pool


@dataclass(frozen=True)
class Entry:
    """One item of the pool, in the order of the engine's arrays."""

    item_version_id: int
    item_id: str
    version: int
    skill: str


@dataclass(frozen=True, eq=False)
class DomainPool:
    """One domain: the engine's pool, its entries, and where to find each."""

    domain: str
    title: str
    pool: Pool
    entries: tuple[Entry, ...]
    position: Mapping[str, int]  # item id -> index into entries and arrays
    place: Mapping[int, int]  # item version id -> the same index
    skill_titles: Mapping[str, str]


# Versions never change; the row ids are a database's own, so its address is part of the key.
_known: dict[tuple[Hashable, ...], DomainPool] = {}


def load(connection: Connection, bank_version_id: int, parameter_version_id: int) -> DomainPool:
    """The pool of a bank version under a parameter version."""
    key = (*address(connection), bank_version_id, parameter_version_id)
    if key not in _known:
        _known[key] = _read(connection, bank_version_id, parameter_version_id)
    return _known[key]


def _read(connection: Connection, bank_version_id: int, parameter_version_id: int) -> DomainPool:
    bank = connection.execute(
        select(bank_versions.c.domain, bank_versions.c.title, bank_versions.c.definition).where(
            bank_versions.c.id == bank_version_id
        )
    ).one()
    shift_sd = connection.execute(
        select(parameter_versions.c.shift_sd).where(parameter_versions.c.id == parameter_version_id)
    ).scalar_one()
    rows = connection.execute(
        select(
            item_versions.c.id,
            item_versions.c.item_id,
            item_versions.c.version,
            item_versions.c.skill,
            item_versions.c.time_seconds,
            bank_items.c.enemies,
            item_parameters.c.discrimination,
            item_parameters.c.difficulty,
            item_parameters.c.guessing,
            item_parameters.c.difficulty_sd,
        )
        .join(bank_items, bank_items.c.item_version_id == item_versions.c.id)
        .join(item_parameters, item_parameters.c.item_version_id == item_versions.c.id)
        .where(
            bank_items.c.bank_version_id == bank_version_id,
            bank_items.c.status == "live",
            item_parameters.c.parameter_version_id == parameter_version_id,
        )
        .order_by(bank_items.c.position)
    ).all()
    skills = bank.definition["blueprint"]["skills"]
    return assemble(
        bank.domain,
        bank.title,
        [(Entry(row.id, row.item_id, row.version, row.skill), _pool_item(row)) for row in rows],
        {skill["id"]: skill["weight"] for skill in skills},
        {skill["id"]: skill["title"] for skill in skills},
        shift_sd,
    )


def _pool_item(row: object) -> PoolItem:
    r: Any = row
    return PoolItem(
        item_id=r.item_id,
        skill=r.skill,
        parameters=ItemParameters(r.discrimination, r.difficulty, r.guessing, r.difficulty_sd),
        family=None,  # no bank names families yet; enemies keep like items apart
        enemies=frozenset(r.enemies),
        seconds=float(r.time_seconds),
    )


def assemble(
    domain: str,
    title: str,
    items: list[tuple[Entry, PoolItem]],
    skill_weights: Mapping[str, float],
    skill_titles: Mapping[str, str],
    shift_sd: float,
) -> DomainPool:
    """A DomainPool from its parts; also the way of an offline replay, which has files instead of rows."""
    entries = tuple(entry for entry, _ in items)
    return DomainPool(
        domain=domain,
        title=title,
        pool=build_pool([item for _, item in items], skill_weights, shift_sd=shift_sd),
        entries=entries,
        position={entry.item_id: index for index, entry in enumerate(entries)},
        place={entry.item_version_id: index for index, entry in enumerate(entries)},
        skill_titles=skill_titles,
    )
