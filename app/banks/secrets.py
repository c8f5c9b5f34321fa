"""Items with their keys. Only scoring, replay and review may import this module: an import contract says so."""

from collections.abc import Hashable, Sequence

from sqlalchemy import Connection, bindparam, select

from app.database.banks import item_secrets, item_versions
from app.database.engine import address
from app.items import content
from app.items.contract import Item

_ITEMS = (
    select(item_versions.c.id, item_versions.c.content_hash, item_versions.c.content, item_secrets.c.content)
    .join(item_secrets, item_secrets.c.item_version_id == item_versions.c.id)
    .where(item_versions.c.id.in_(bindparam("ids", expanding=True)))
)
# A published version never changes, so its content hash is all the key a cache needs.
_known: dict[str, Item] = {}
_hashes: dict[tuple[Hashable, ...], str] = {}


def item(content_hash: str) -> Item:
    """An item that `items` has read before."""
    return _known[content_hash]


def content_hash(connection: Connection, item_version_id: int) -> str:
    """What names an item version's content, whichever database it came from; reads the item when it is new here."""
    key = (*address(connection), item_version_id)
    if key not in _hashes:
        items(connection, [item_version_id])
    return _hashes[key]


def items(connection: Connection, item_version_ids: Sequence[int]) -> dict[int, Item]:
    """The whole items, key and all, by item version id."""
    database = address(connection)
    found: dict[int, Item] = {}
    missing = []
    for version_id in item_version_ids:
        content_hash = _hashes.get((*database, version_id))
        if content_hash is None:
            missing.append(version_id)
        else:
            found[version_id] = _known[content_hash]
    if missing:
        for version_id, content_hash, public, secret in connection.execute(_ITEMS, {"ids": missing}):
            item = _known.setdefault(content_hash, content.join(public, secret))
            _hashes[(*database, version_id)] = content_hash
            found[version_id] = item
    return found
