"""The folders of content on disk, and bringing all of them to the database when anything changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select

from app.banks import load, publish, yaml_events
from app.banks.places import Shelf
from app.banks.problems import Problem
from app.banks.publish import Published
from app.database.banks import publications
from app.database.engine import alone
from app.items.contract import Finding
from app.profiles import catalogue, roles


@dataclass(frozen=True)
class Outcome:
    """What publishing did: the banks, and the problems because of which a bank was left as it was."""

    published: tuple[Published, ...]
    problems: tuple[Problem, ...]


def is_published(connection: Connection, fingerprint: str) -> bool:
    """Whether exactly these files were published last."""
    newest = connection.execute(
        select(publications.c.fingerprint).order_by(publications.c.id.desc()).limit(1)
    ).scalar_one_or_none()
    return newest == fingerprint


def publish_all(connection: Connection, shelf: Shelf, now: datetime, only: Sequence[str] = ()) -> Outcome:
    """Publish every bank that loads without errors, and the profiles and roles.

    A bank with errors, or with an item edited in place, stays at its published version; the outcome has the problems.

    Raises:
        ProfileError: the profiles or roles cannot be used.
    """
    alone(connection, "publish")  # the numbers of versions are counted on
    published: list[Published] = []
    problems: list[Problem] = []
    for folder in shelf.banks():
        if only and folder.name not in only:
            continue
        bank = load.load_bank(folder)
        problems += bank.errors
        if bank.errors:
            continue
        try:
            published.append(publish.publish_bank(connection, bank, now))
        except publish.VersionReused as error:  # raised before anything of this bank is written
            problems += [_edited_in_place(bank, field.path) for field in error.errors]
    publish_people_data(connection, shelf.shipped / "profiles", now)
    if not problems and not only:
        connection.execute(insert(publications), {"fingerprint": shelf.fingerprint(), "published_at": now})
    return Outcome(tuple(published), tuple(problems))


def _edited_in_place(bank: load.Bank, item_id: str) -> Problem:
    message = "already published with other content; raise the version"
    return bank.sources[item_id].problem(item_id, Finding(publish.VersionReused.code, ("version",), message))


def read_data(file: Path) -> dict[str, Any]:
    """A data file under the same strict YAML rules as items.

    Raises:
        BankUnreadable: naming file, line and column of every problem.
    """
    document = yaml_events.read(file.read_bytes())
    if document.faults:
        raise load.BankUnreadable(
            "\n".join(f"{file}:{f.place.line}:{f.place.column}: {f.code}: {f.message}" for f in document.faults)
        )
    return document.content


def publish_people_data(connection: Connection, folder: Path, now: datetime) -> None:
    """Publish the reference profiles and the catalogue of roles, tasks and tools."""
    profiles = roles.parse_profiles(read_data(folder / "profiles.yaml"))
    publish.publish_profiles(connection, [profile.model_dump(mode="json") for profile in profiles], now)
    known = catalogue.parse_catalogue(read_data(folder / "roles.yaml"), read_data(folder / "tools.yaml"))
    publish.publish_catalogue(connection, catalogue.catalogue_json(known), now)
