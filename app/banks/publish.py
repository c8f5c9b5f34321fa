"""From files to immutable versions: banks, their judged parameters, profiles and the catalogue of roles.

Publishing the same content twice does nothing; other content under a version that is out already is refused.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select

from app.banks.load import Bank
from app.database.banks import (
    bank_items,
    bank_versions,
    catalogue_versions,
    item_parameters,
    item_secrets,
    item_versions,
    parameter_versions,
    profile_versions,
)
from app.errors import Conflict, FieldError
from app.items import content, registry
from app.items.contract import Item
from app.measurement.irt import ItemParameters, judged_parameters

SHIFT_SD = 0.3  # shared leniency of the judges, until 200 people have answered (MEASUREMENT: cold start)
PUBLISHED = ("live", "pilot")


class VersionReused(Conflict):
    code = "bank.version_reused"
    title = "A published version was edited in place"


@dataclass(frozen=True)
class Published:
    """What became of one bank: its current version, and whether it is new."""

    domain: str
    number: int
    items: int
    is_new: bool


def digest(document: Any) -> str:
    """SHA-256 of the canonical JSON of a document."""
    return hashlib.sha256(
        json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    ).hexdigest()


def parameters_of(item: Item) -> ItemParameters:
    """The item's judged parameters: from its Angoff pair and what its type says of guessing."""
    judgement = item.difficulty
    return judged_parameters(
        judgement.developing,
        judgement.accomplished,
        judges=judgement.judges,
        guessing=registry.type_of(item).guessing(item),
    )


def published_items(bank: Bank) -> list[Item]:
    """The items that publishing takes: live ones, and pilots, which are given unscored."""
    return [item for item in bank.items if item.status in PUBLISHED]


def bank_hash(bank: Bank) -> str:
    """The content hash of what publishing this bank would publish."""
    rows = [(item.id, item.version, item.status, content.content_hash(item)) for item in published_items(bank)]
    return digest([bank.definition.model_dump(mode="json"), rows])


def publish_bank(connection: Connection, bank: Bank, now: datetime) -> Published:
    """Publish the bank's live and pilot items as its next version, unless the current one has the same content.

    Raises:
        VersionReused: an item's content changed and its version did not; every such item is named.
    """
    domain = bank.definition.id
    items = published_items(bank)
    definition = bank.definition.model_dump(mode="json")
    hashes = {item.id: content.content_hash(item) for item in items}
    new_hash = bank_hash(bank)
    latest = _latest(connection, bank_versions, "domain", domain)
    if latest is not None and latest.content_hash == new_hash:
        return Published(domain, latest.number, len(items), is_new=False)

    version_ids = _publish_items(connection, items, hashes, now)
    number = 1 if latest is None else latest.number + 1
    bank_id = connection.execute(
        insert(bank_versions).returning(bank_versions.c.id),
        {
            "domain": domain,
            "number": number,
            "title": bank.definition.title,
            "visibility": bank.definition.visibility,
            "content_hash": new_hash,
            "definition": definition,
            "published_at": now,
        },
    ).scalar_one()
    if items:
        connection.execute(
            insert(bank_items),
            [
                {
                    "bank_version_id": bank_id,
                    "item_version_id": version_ids[item.id],
                    "position": position,
                    "status": item.status,
                    "enemies": sorted(item.enemies),
                }
                for position, item in enumerate(items)
            ],
        )
    _publish_parameters(connection, domain, items, version_ids, now)
    return Published(domain, number, len(items), is_new=True)


def _publish_items(
    connection: Connection, items: Sequence[Item], hashes: Mapping[str, str], now: datetime
) -> dict[str, int]:
    """Item versions for all items; those that are out already are kept. Returns item id -> item version id."""
    out = {
        (row.item_id, row.version): row
        for row in connection.execute(
            select(
                item_versions.c.id, item_versions.c.item_id, item_versions.c.version, item_versions.c.content_hash
            ).where(item_versions.c.item_id.in_([item.id for item in items]))
        )
    }
    reused = [
        item
        for item in items
        if (item.id, item.version) in out and out[item.id, item.version].content_hash != hashes[item.id]
    ]
    if reused:
        raise VersionReused(
            "; ".join(
                f"{i.id} v{i.version} is already published with other content; raise the version" for i in reused
            ),
            errors=[FieldError(i.id, "raise the version") for i in reused],
        )
    ids: dict[str, int] = {}
    for item in items:
        known = out.get((item.id, item.version))
        ids[item.id] = known.id if known is not None else _insert_item(connection, item, hashes[item.id], now)
    return ids


def _insert_item(connection: Connection, item: Item, content_hash: str, now: datetime) -> int:
    public, secret = content.split(item)
    version_id: int = connection.execute(
        insert(item_versions).returning(item_versions.c.id),
        {
            "item_id": item.id,
            "version": item.version,
            "domain": item.domain,
            "type": item.type,
            "skill": item.skill,
            "content_hash": content_hash,
            "time_seconds": item.time_seconds,
            "content": public,
            "published_at": now,
        },
    ).scalar_one()
    connection.execute(insert(item_secrets), {"item_version_id": version_id, "content": secret})
    return version_id


def _publish_parameters(
    connection: Connection, domain: str, items: Sequence[Item], version_ids: Mapping[str, int], now: datetime
) -> None:
    judged = {item.id: parameters_of(item) for item in items}
    content_hash = parameter_hash({(item.id, item.version): judged[item.id] for item in items})
    latest = _latest(connection, parameter_versions, "domain", domain)
    if latest is not None and latest.content_hash == content_hash:
        return
    parameter_id = connection.execute(
        insert(parameter_versions).returning(parameter_versions.c.id),
        {
            "domain": domain,
            "number": 1 if latest is None else latest.number + 1,
            "basis": "judged",
            "shift_sd": SHIFT_SD,
            "content_hash": content_hash,
            "created_at": now,
        },
    ).scalar_one()
    if items:
        connection.execute(
            insert(item_parameters),
            [
                {
                    "parameter_version_id": parameter_id,
                    "item_version_id": version_ids[item.id],
                    **asdict(judged[item.id]),
                }
                for item in items
            ],
        )


def parameter_hash(parameters: Mapping[tuple[str, int], ItemParameters]) -> str:
    """The content hash of a parameter version."""
    rows = sorted((item_id, version, asdict(p)) for (item_id, version), p in parameters.items())
    return digest([SHIFT_SD, rows])


def publish_profiles(connection: Connection, profiles: Sequence[Mapping[str, Any]], now: datetime) -> int:
    """Publish each profile whose content changed as its next version; returns how many did."""
    return sum(
        _publish_document(connection, profile_versions, profile, now, profile_id=profile["id"]) for profile in profiles
    )


def publish_catalogue(connection: Connection, catalogue: Mapping[str, Any], now: datetime) -> bool:
    """Publish the roles, tasks and tools as the next version if they changed."""
    return _publish_document(connection, catalogue_versions, catalogue, now)


def _publish_document(
    connection: Connection, table: Table, document: Mapping[str, Any], now: datetime, **key: str
) -> bool:
    content_hash = digest(document)
    (column, value), *_ = key.items() or [(None, None)]
    latest = _latest(connection, table, column, value)
    if latest is not None and latest.content_hash == content_hash:
        return False
    connection.execute(
        insert(table),
        {
            **key,
            "number": 1 if latest is None else latest.number + 1,
            "content_hash": content_hash,
            "content": dict(document),
            "published_at": now,
        },
    )
    return True


def _latest(connection: Connection, table: Table, column: str | None, value: str | None) -> Any:
    newest = select(func.max(table.c.number))
    query = select(table)
    if column is not None:
        newest = newest.where(table.c[column] == value)
        query = query.where(table.c[column] == value)
    return connection.execute(query.where(table.c.number == newest.scalar_subquery())).first()
