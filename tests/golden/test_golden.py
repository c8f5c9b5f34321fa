"""Upgrades: a database that an older revision left, brought to the newest, means what it meant.

The stored databases hold attempts of every kind (`make.py`) with the banks they were taken from. Before the checks the
banks on disk are published over them, and then banks in which every item has changed: no attempt may notice.
"""

import json
import re
import shutil
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from conftest import faults_of
from factories import Sitting
from golden import make

from app.attempts import delivery, log, rows
from app.attempts.timing import GRACE
from app.auth import tokens
from app.auth.permissions import Actor
from app.banks import shelf
from app.banks.places import Shelf
from app.database import migrate
from app.database.engine import Database
from app.main import create_app
from app.settings import Settings, shipped

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it would rather have another HTTP client than ours; it works with both
    from starlette.testclient import TestClient

HERE = Path(__file__).parent
REVISIONS = sorted(file.stem for file in HERE.glob("*.json"))
UPGRADED_AT = datetime(2026, 12, 24, tzinfo=UTC)
TOLERANCE = 1e-9


@pytest.fixture(scope="session", params=REVISIONS)
def golden(request: pytest.FixtureRequest) -> Any:
    """A stored revision: `revision`, `attempts` as they were left and went on, `dump` of its database."""
    revision = request.param
    attempts = json.loads((HERE / f"{revision}.json").read_text("utf-8"))
    return SimpleNamespace(revision=revision, attempts=attempts, dump=HERE / f"{revision}.jsonl.xz")


@pytest.fixture(scope="session")
def changed_banks(content: Shelf, tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """The shipped banks with every item's version, stem and difficulty changed."""
    folder = tmp_path_factory.mktemp("changed") / "banks"
    shutil.copytree(content.shipped, folder)
    for file in folder.glob("*/items/*/*.yaml"):
        text = file.read_text("utf-8")
        text = re.sub(r"^version: (\d+)", lambda found: f"version: {int(found[1]) + 100}", text, flags=re.MULTILINE)
        text = text.replace("stem: |\n  ", "stem: |\n  Asked anew. ", 1)
        text = re.sub(r"accomplished: (0\.\d+)", lambda found: f"accomplished: {float(found[1]) - 0.01:.3f}", text)
        file.write_text(text, "utf-8")
    return Shelf(folder)


@pytest.fixture(scope="session")
def upgraded(
    database: str,
    golden: Any,
    content: Shelf,
    changed_banks: Shelf,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Callable[[], str]:
    """Makes copies of the stored database, upgraded and with newer banks published; returns the URL."""
    if database == "sqlite":
        file = tmp_path_factory.mktemp("golden") / "plumbline.sqlite3"
        url = f"sqlite:///{file}"
    else:
        cluster = request.getfixturevalue("cluster")
        name = cluster.create()
        url = cluster.url(name)
    fill(url, golden)
    with closing(Database(url)) as db:
        migrate.upgrade(db, shipped("migrations"), UPGRADED_AT)
        for banks in (content, changed_banks):
            assert db.write_now(shelf.publish_all, banks, UPGRADED_AT).problems == ()
    if database == "sqlite":
        template = file.with_name("template.sqlite3")
        migrate.copy_sqlite(file, template)

        def copied() -> str:
            copy = tmp_path_factory.mktemp("golden") / "plumbline.sqlite3"
            shutil.copy(template, copy)
            return f"sqlite:///{copy}"

        return copied
    return lambda: cluster.url(cluster.create(name))


def fill(url: str, golden: Any) -> None:
    """Make the database as it was: its own revision, and its rows."""
    with closing(Database(url)) as db, db.writer.connect() as connection:
        config = Config()
        config.set_main_option("script_location", str(shipped("migrations")))
        config.attributes["connection"] = connection
        command.upgrade(config, golden.revision)
        connection.commit()
    with closing(Database(url)) as db:
        assert migrate.current(db) == golden.revision
        db.write_now(make.fill, golden.dump)


@pytest.fixture(scope="session")
def shared_db(upgraded: Callable[[], str]) -> Iterator[Database]:
    """The upgraded database, for tests that only read."""
    with closing(Database(upgraded())) as db:
        yield db


@pytest.fixture
def db(upgraded: Callable[[], str]) -> Iterator[Database]:
    """The upgraded database, this test's own; verified at its end."""
    with closing(Database(upgraded())) as db:
        yield db
        assert faults_of(db) == [], "db verify at the end of the test"


def sitting(db: Database, about: dict[str, Any]) -> Sitting:
    """The owner of a stored attempt, who comes back."""
    token = tokens.derived(tokens.ATTEMPT, make.SECRET, str(about["number"]))
    actor, now = Actor(bearer=tokens.digest(token)), datetime.fromisoformat(about["now"])
    return Sitting(db, about["id"], actor, token, {}, now)


def differences(old: Any, new: Any, where: str = "") -> list[str]:
    """Where what was has become something else; numbers may differ by 1e-9, and new keys may have come."""
    if isinstance(old, dict) and isinstance(new, dict):
        gone = [f"{where}.{key} is gone" for key in old.keys() - new.keys()]
        return gone + [
            line for key in old.keys() & new.keys() for line in differences(old[key], new[key], f"{where}.{key}")
        ]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [
            line for n, pair in enumerate(zip(old, new, strict=True)) for line in differences(*pair, f"{where}[{n}]")
        ]
    if isinstance(old, float) and isinstance(new, float):
        return [] if abs(old - new) <= TOLERANCE else [f"{where}: {old!r} -> {new!r}"]
    return [] if old == new else [f"{where}: {old!r} -> {new!r}"]


def test_there_is_a_stored_database_of_every_revision_but_the_newest() -> None:
    scripts = [file.read_text("utf-8") for file in shipped("migrations").glob("versions/*.py")]
    earlier = {found[1] for text in scripts if (found := re.search(r'^down_revision = "(\w+)"', text, re.MULTILINE))}
    assert earlier <= set(REVISIONS), (
        "tests/golden/make.py, run from a checkout of that revision, makes the missing one"
    )


def test_every_stored_attempt_still_follows_from_its_log(shared_db: Database) -> None:
    assert faults_of(shared_db) == []


def test_the_database_is_at_the_newest_revision(shared_db: Database) -> None:
    assert migrate.is_current(shared_db, shipped("migrations"))


def test_every_attempt_is_as_it_was_and_every_result_equals_the_old_one(shared_db: Database, golden: Any) -> None:
    assert len(golden.attempts) >= 30
    for about in golden.attempts:
        found = make.outcome(shared_db, sitting(shared_db, about))
        wanted = {key: about[key] for key in found}
        assert differences(wanted, found, about["kind"]) == []


def test_the_comparison_finds_a_changed_number_and_a_missing_one() -> None:
    old = {"a": [{"theta": 0.5, "level": "developing"}]}
    assert differences(old, {"a": [{"theta": 0.5 + 1e-12, "level": "developing", "new": 1}]}) == []
    assert differences(old, {"a": [{"theta": 0.5 + 1e-6, "level": "developing"}]}) == [".a[0].theta: 0.5 -> 0.500001"]
    assert differences(old, {"a": [{"theta": 0.5, "level": "beginning"}]})
    assert differences(old, {"a": [{"theta": 0.5}]}) == [".a[0].level is gone"]
    assert differences(old, {"a": []})


def test_an_open_attempt_goes_on_as_it_would_have(db: Database, golden: Any) -> None:
    open_ones = [about for about in golden.attempts if "future" in about]
    assert len(open_ones) >= 10
    for about in open_ones:
        went = make.future(db, sitting(db, about), about["number"])
        assert differences(about["future"], went, about["kind"]) == []


def test_every_acknowledged_answer_sent_again_gets_the_same_bytes(db: Database, golden: Any) -> None:
    repeats = 0
    for about in golden.attempts:
        one = sitting(db, about)
        for response in db.read_now(log.responses_of, one.attempt_id):
            if response.source != "answer":
                continue
            call = (one.actor, one.attempt_id, response.seq, response.item_id, json.loads(response.answer), None)
            again = db.write_now(delivery.submit, *call, one.now)
            assert again == db.read_now(log.acknowledged, one.attempt_id, response.seq)[2]
            repeats += 1
    assert repeats > 500


def test_codes_and_tokens_that_were_given_out_still_open_their_attempts(shared_db: Database, golden: Any) -> None:
    for about in golden.attempts:
        assert tokens.attempt_of_resume_code((make.SECRET,), about["resume_code"]) == about["id"]
        attempt = shared_db.read_now(rows.find, about["id"])
        assert attempt.token_hash == sitting(shared_db, about).actor.bearer


def test_the_new_server_takes_an_answer_of_an_old_attempt_and_shows_its_result(
    upgraded: Callable[[], str], golden: Any, tmp_path: Path
) -> None:
    about = next(one for one in golden.attempts if one["kind"] == "open, with a draft")
    url, now = upgraded(), datetime.fromisoformat(about["now"]) + GRACE
    settings = Settings(data=tmp_path, database_url=url, secret=make.SECRET.decode())
    with TestClient(create_app(settings, lambda: now)) as client:
        head = {"Authorization": f"Bearer {sitting(None, about).token}"}
        at = f"/api/v1/attempts/{about['id']}"
        state = client.get(at, headers=head).json()
        assert state["turn"]["item"]["id"] == about["turn"]["item"]
        assert state["turn"]["draft"] is not None
        body = {"seq": state["seq"], "item_id": about["turn"]["item"], "answer": {"skip": True}}
        first, again = (client.post(f"{at}/responses", json=body, headers=head) for _ in range(2))
        assert (first.status_code, again.content) == (200, first.content)
        assert client.post(f"{at}/finish", headers=head).status_code == 200
        assert client.get(f"{at}/result", headers=head).json()["domains"][0]["items"] == about["seq"]
        fresh = client.post("/api/v1/attempts", json={"assessment": "mathematics"})
        assert fresh.status_code == 201
        assert "Asked anew." not in json.dumps(state)
