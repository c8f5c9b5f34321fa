"""Publishing: immutable versions, nothing twice, nothing edited in place."""

import shutil

import pytest
from conftest import START
from factories import begin
from sqlalchemy import func, select

from app.banks import catalogue, load, shelf
from app.banks.places import Shelf
from app.database.banks import bank_versions, item_secrets, item_versions

ITEM = "items/math.calculus/softplus-quadratic.yaml"


@pytest.fixture
def copy(tmp_path, content):
    """The shipped mathematics bank and profiles, to be edited."""
    for name in ("mathematics", "profiles"):
        shutil.copytree(content.shipped / name, tmp_path / "banks" / name)
    return Shelf(tmp_path / "banks")


def edit(content: Shelf, old: str, new: str) -> None:
    file = content.shipped / "mathematics" / ITEM
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def numbers(db):
    return db.read_now(lambda c: {bank.domain: bank.number for bank in catalogue.banks(c)})


def count(db, table):
    return db.read_now(lambda c: c.execute(select(func.count()).select_from(table)).scalar_one())


def test_the_same_content_again_publishes_nothing(db, content):
    before = [count(db, table) for table in (bank_versions, item_versions, item_secrets)]
    outcome = db.write_now(shelf.publish_all, content, START)
    assert not any(bank.is_new for bank in outcome.published)
    assert [count(db, table) for table in (bank_versions, item_versions, item_secrets)] == before


def test_an_item_edited_in_place_is_refused_and_nothing_is_published(db, copy):
    edit(copy, "the softplus function", "called softplus")
    outcome = db.write_now(shelf.publish_all, copy, START)
    assert outcome.published == ()
    (problem,) = outcome.problems
    assert (problem.code, problem.item_id, problem.key) == (
        "bank.version_reused",
        "math.calculus.softplus-quadratic",
        "version",
    )
    assert problem.file.endswith(ITEM)
    assert numbers(db)["mathematics"] == 1


def test_a_raised_version_is_published_beside_the_old_one(db, copy):
    begun = begin(db)
    edit(copy, "the softplus function", "called softplus")
    edit(copy, "version: 1", "version: 2")
    db.write_now(shelf.publish_all, copy, START)
    assert numbers(db)["mathematics"] == 2
    versions = db.read_now(
        lambda c: (
            c.execute(
                select(item_versions.c.version).where(item_versions.c.item_id == "math.calculus.softplus-quadratic")
            )
            .scalars()
            .all()
        )
    )
    assert sorted(versions) == [1, 2]
    begun.answer_all()  # it keeps the versions that it pinned; the end of the test recomputes it from them


def test_a_bank_with_an_error_stays_as_it_was(db, copy):
    edit(copy, "correct: true", "correct: maybe")
    outcome = db.write_now(shelf.publish_all, copy, START)
    assert outcome.published == ()
    assert any("softplus-quadratic" in problem.file for problem in outcome.problems)
    assert numbers(db)["mathematics"] == 1


def test_drafts_are_not_published(db, copy):
    edit(copy, "status: live", "status: draft")
    db.write_now(shelf.publish_all, copy, START)
    current = next(bank for bank in db.read_now(catalogue.banks) if bank.domain == "mathematics")
    assert current.live_items == len(load.load_bank(copy.shipped / "mathematics").items) - 1


def test_no_key_lies_in_the_table_that_presentation_reads(db):
    for shown in db.read_now(lambda c: c.execute(select(item_versions.c.content)).scalars().all()):
        text = str(shown)
        assert "correct" not in shown
        assert not any(word in text for word in ("'why'", "'rationale'", "'misconception'", "'derive'", "'answer'"))
