"""Migrations lead from nothing to exactly the tables in the code, once, and keep a copy before they touch anything."""

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import OperationalError

from app.database import migrate
from app.database.engine import Database
from app.database.tables import metadata
from app.settings import shipped

pytestmark = pytest.mark.quick

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LATER = '''\
"""Add a table, as the next version of the product might."""

from alembic import op

revision = "ffffffffffff"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("create table birds (name text)")
    {more}
'''


@pytest.fixture
def db(tmp_path):
    db = Database(f"sqlite:///{tmp_path / 'plumbline.sqlite3'}")
    yield db
    db.close()


@pytest.fixture
def next_version(tmp_path):
    """next_version() is a folder of migrations with one more than there is; `more` runs in it."""

    def make(more="pass"):
        folder = tmp_path / "migrations"
        shutil.copytree(shipped("migrations"), folder, ignore=shutil.ignore_patterns("__pycache__"))
        before = migrate.newest(folder)
        (folder / "versions" / "2099_01_01_0000_add_birds.py").write_text(LATER.format(before=before, more=more))
        return folder

    return make


def test_migrations_from_nothing_give_exactly_the_tables_of_the_code(db):
    assert migrate.upgrade(db, shipped("migrations"), NOW) == migrate.newest(shipped("migrations"))
    with db.writer.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        assert compare_metadata(context, metadata) == []


def test_keys_that_guard_the_log_are_really_in_the_database(db, tmp_path):
    migrate.upgrade(db, shipped("migrations"), NOW)
    with closing(sqlite3.connect(tmp_path / "plumbline.sqlite3")) as raw:
        indexes = raw.execute("select name from pragma_index_list('responses') where \"unique\"").fetchall()
        columns = sorted(
            [row[0] for row in raw.execute("select name from pragma_index_info(?) order by seqno", index)]
            for index in indexes
        )
    assert columns == [["attempt_id", "item_id"], ["attempt_id", "seq"]]


def test_a_second_upgrade_does_nothing(db, tmp_path):
    migrate.upgrade(db, shipped("migrations"), NOW)
    before = (tmp_path / "plumbline.sqlite3").read_bytes()
    assert migrate.upgrade(db, shipped("migrations"), NOW) is None
    assert migrate.is_current(db, shipped("migrations"))
    assert (tmp_path / "plumbline.sqlite3").read_bytes() == before
    assert not list(tmp_path.glob("*.before-*"))


def test_an_empty_database_has_no_revision(db):
    assert migrate.current(db) is None
    assert not migrate.is_current(db, shipped("migrations"))


def test_a_copy_is_made_before_an_upgrade_touches_a_database(db, tmp_path, next_version):
    old = migrate.upgrade(db, shipped("migrations"), NOW)
    assert migrate.upgrade(db, next_version(), NOW) == "ffffffffffff"
    (copy,) = tmp_path.glob("*.before-*")
    assert copy.name == "plumbline.sqlite3.before-20261123T090000"
    assert _tables(tmp_path / "plumbline.sqlite3") - _tables(copy) == {"birds"}
    kept = Database(f"sqlite:///{copy}")
    assert migrate.current(kept) == old
    kept.close()


def test_an_upgrade_that_fails_leaves_the_database_and_its_copy(db, tmp_path, next_version):
    old = migrate.upgrade(db, shipped("migrations"), NOW)
    with pytest.raises(OperationalError):
        migrate.upgrade(db, next_version('op.execute("this is no SQL")'), NOW)
    (copy,) = tmp_path.glob("*.before-*")
    assert "birds" not in _tables(copy)
    assert migrate.current(db) == old
    assert "birds" not in _tables(tmp_path / "plumbline.sqlite3"), "half a migration stayed"


def test_a_copy_is_never_written_over_another_file(tmp_path, db):
    migrate.upgrade(db, shipped("migrations"), NOW)
    target = tmp_path / "precious"
    target.write_text("precious")
    with pytest.raises(FileExistsError, match="choose another name"):
        migrate.copy_sqlite(tmp_path / "plumbline.sqlite3", target)
    assert target.read_text() == "precious"


def _tables(file):
    with closing(sqlite3.connect(file)) as raw:
        return {row[0] for row in raw.execute("select name from sqlite_master where type = 'table'")}
