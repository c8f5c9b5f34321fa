"""Banks as they lie on disk, as pools for the engine: for simulations and for replays without a database."""

from pathlib import Path

from app.banks import load, publish
from app.banks.load import Bank
from app.banks.pool import DomainPool, Entry, assemble
from app.items.contract import Item
from app.measurement.selection import PoolItem


def pool(bank: Bank) -> DomainPool:
    """The pool that publishing this bank would give. Entries have no rows, so their item_version_id is 0."""
    skills = bank.definition.blueprint.skills
    return assemble(
        bank.definition.id,
        bank.definition.title,
        [(Entry(0, i.id, i.version, i.skill), _pool_item(i)) for i in bank.items if i.status == "live"],
        {skill.id: skill.weight for skill in skills},
        {skill.id: skill.title for skill in skills},
        publish.SHIFT_SD,
    )


def _pool_item(item: Item) -> PoolItem:
    parameters = publish.parameters_of(item)
    return PoolItem(item.id, item.skill, parameters, None, frozenset(item.enemies), float(item.time_seconds))


def banks(folders: tuple[Path, ...]) -> list[Bank]:
    """The banks in these folders.

    Raises:
        BankUnreadable: a bank.yaml is missing or has an error.
    """
    loaded = [load.load_bank(folder) for folder in folders]
    for bank in loaded:
        _ = bank.definition
    return loaded
