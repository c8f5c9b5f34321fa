"""Fixtures for everybody: a migrated database with published banks, copied for each test and verified at its end."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.attempts import verify
from app.banks import shelf
from app.banks.places import Shelf
from app.database import migrate
from app.database.engine import Database
from app.settings import shipped

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def faults_of(db: Database) -> list[str]:
    """Everything that `db verify` would say about this database."""
    with db.reader.connect() as connection, connection.begin():
        return [str(fault) for one in verify.attempt_ids(connection) for fault in verify.faults(connection, one)]


@pytest.fixture(scope="session")
def content() -> Shelf:
    """The shipped banks."""
    return Shelf(shipped("question_banks"))


@pytest.fixture(scope="session")
def published_file(tmp_path_factory: pytest.TempPathFactory, content: Shelf) -> Path:
    """A SQLite file at the newest revision with the shipped banks published; copied, never used itself."""
    folder = tmp_path_factory.mktemp("published")
    file = folder / "plumbline.sqlite3"
    db = Database(f"sqlite:///{file}")
    migrate.upgrade(db, shipped("migrations"), START)
    outcome = db.write_now(shelf.publish_all, content, START)
    assert not outcome.problems
    db.close()
    copy = folder / "template.sqlite3"
    migrate.copy_sqlite(file, copy)
    return copy


@pytest.fixture
def data_folder(tmp_path: Path, published_file: Path) -> Path:
    """A data folder with a database of its own."""
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(published_file, folder / "plumbline.sqlite3")
    return folder


@pytest.fixture
def open_db(data_folder: Path) -> Iterator[Callable[[], Database]]:
    """Opens the test's database; every attempt left in it is recomputed from its log at the end of the test."""
    opened: list[Database] = []

    def open_() -> Database:
        db = Database(f"sqlite:///{data_folder / 'plumbline.sqlite3'}")
        opened.append(db)
        return db

    yield open_
    for db in opened:
        db.close()
    last = Database(f"sqlite:///{data_folder / 'plumbline.sqlite3'}")
    found = faults_of(last)
    last.close()
    assert found == [], "db verify at the end of the test"


@pytest.fixture
def db(open_db: Callable[[], Database]) -> Database:
    """A database with the shipped banks published, this test's own."""
    return open_db()
