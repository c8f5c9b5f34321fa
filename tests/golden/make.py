"""Makes a golden database: attempts of every kind as the code of one revision leaves them, and what they came to.

Run it from a checkout of that revision: `python tests/golden/make.py FOLDER` writes FOLDER/<revision>.jsonl.xz, every
table as JSON lines, and FOLDER/<revision>.json. Both are kept for ever: later revisions must find the same in them.
"""

import hashlib
import json
import lzma
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from conftest import publish  # noqa: E402
from factories import Sitting  # noqa: E402
from sqlalchemy import Connection, MetaData, insert, select  # noqa: E402

from app.attempts import delivery, export, idempotency, log, rows, starting  # noqa: E402
from app.attempts.log import Draft  # noqa: E402
from app.attempts.starting import Candidate, Fresh, Order  # noqa: E402
from app.auth import tokens  # noqa: E402
from app.auth.permissions import Actor  # noqa: E402
from app.banks.places import Shelf  # noqa: E402
from app.database import migrate  # noqa: E402
from app.database.engine import Database  # noqa: E402
from app.results import assemble  # noqa: E402
from app.settings import shipped  # noqa: E402

BEGAN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SECRET = b"the secret of the golden server, which never was"
PROFILE = "machine-learning-researcher"
QUICK = f"{PROFILE}-quick"
DOMAINS = ("algorithmic-coding", "deep-learning", "machine-learning", "mathematics")
ALL = (QUICK, PROFILE, *DOMAINS)
STEP = timedelta(seconds=20)


# ---- answers that follow from the number of the attempt and of the question alone


def pick(number: int, seq: int) -> int:
    """A number from 0 to 99 that belongs to a question of an attempt."""
    return hashlib.sha256(f"{number} {seq}".encode()).digest()[0] * 100 // 256


def answer(sitting: Sitting, number: int, right: int = 60) -> dict[str, Any]:
    """The answer to the active turn: right in `right` of 100 cases, else mostly wrong and sometimes skipped."""
    drawn = pick(number, int(sitting.state["seq"]))
    if drawn < right:
        return sitting.key()
    return {"skip": True} if drawn >= 95 else sitting.wrong()


def go_on(sitting: Sitting, number: int, most: int = 1000, right: int = 60, *, confidence: bool = False) -> Sitting:
    """Answer up to `most` questions, one every 20 s, or until the attempt ends."""
    for _ in range(most):
        if sitting.state["turn"] is None:
            break
        sitting.now += STEP
        more = {"confidence": pick(number + 500, sitting.state["seq"]) / 100} if confidence else {}
        sitting.submit(answer(sitting, number, right), **more)
    return sitting


# ---- attempts


@dataclass
class Maker:
    """Starts attempts whose ids, tokens, seeds and times follow from a number that counts up."""

    db: Database
    number: int = 0

    def begin(self, assessment: str, *, browser: str | None = None, key: str | None = None, **order: Any) -> Sitting:
        """Start an attempt; with `key` as a request that may be repeated."""
        parts = self._fresh()
        actor = Actor(browser=tokens.digest(browser) if browser else None)
        call = (starting.start, Order(assessment, **order), actor, parts, self._now())
        if key is None:
            text = self.db.write_now(*call)
        else:
            text = self.db.write_now(idempotency.once, key, assessment, self._now(), parts.token, *call)
        return self._sitting(parts, text)

    def continued(self, quick: Sitting) -> Sitting:
        """Continue a finished quick attempt."""
        parts = self._fresh()
        text = self.db.write_now(starting.continue_, quick.actor, quick.attempt_id, parts, self._now())
        return self._sitting(parts, text)

    def _fresh(self) -> Fresh:
        self.number += 1
        token = tokens.derived(tokens.ATTEMPT, SECRET, str(self.number))
        return Fresh(f"golden{self.number:010d}", token, self.number.to_bytes(16, "big"))

    def _now(self) -> datetime:
        return BEGAN + timedelta(minutes=3) * self.number

    def _sitting(self, parts: Fresh, text: str) -> Sitting:
        owner = Actor(bearer=tokens.digest(parts.token))
        return Sitting(self.db, parts.attempt_id, owner, parts.token, json.loads(text), self._now())


def finish(sitting: Sitting) -> None:
    """End it with the score so far."""
    sitting.state = json.loads(sitting.db.write_now(delivery.finish, sitting.actor, sitting.attempt_id, sitting.now))


def draft(sitting: Sitting, raw: dict[str, Any]) -> None:
    """Leave an unsent answer."""
    kept = Draft(sitting.state["seq"], 3, delivery.draft_text(raw))
    sitting.db.write_now(delivery.keep_draft, sitting.actor, sitting.attempt_id, kept, sitting.now)


def too_late(sitting: Sitting) -> None:
    """Let its time pass without a look at it."""
    sitting.now = datetime.fromisoformat(sitting.state["expires_at"]) + timedelta(minutes=5)


def look(sitting: Sitting) -> None:
    """Ask for its state, which closes it if its time is over."""
    sitting.state = json.loads(sitting.db.write_now(delivery.show, sitting.actor, sitting.attempt_id, sitting.now))


def attempts(make: Maker) -> Iterator[tuple[str, Sitting]]:
    """(what it is an example of, the attempt as it was left)."""
    for name in ALL:
        yield f"{name}, to its end", go_on(make.begin(name), make.number)
    for name in ALL:
        yield f"{name}, open after 5 answers", go_on(make.begin(name), make.number, 5)
    for right in (100, 0):
        yield f"{right} % right", go_on(make.begin("mathematics"), make.number, right=right)
    yield "with confidence", go_on(make.begin("machine-learning"), make.number, confidence=True)
    yield "open, not one answer", make.begin("mathematics")
    one = go_on(make.begin("mathematics"), make.number, 3)
    draft(one, one.key())
    yield "open, with a draft", one
    yield from _ended_early(make)
    yield from _expired(make)
    yield from _continued(make)
    yield from _of_people(make)


def _ended_early(make: Maker) -> Iterator[tuple[str, Sitting]]:
    for name, count in (("deep-learning", 3), (QUICK, 6), ("mathematics", 0)):
        one = go_on(make.begin(name), make.number, count)
        finish(one)
        yield f"finished after {count} answers", one


def _expired(make: Maker) -> Iterator[tuple[str, Sitting]]:
    for seen in (True, False):
        for kind in ("no draft", "a draft", "half a draft"):
            one = go_on(make.begin("algorithmic-coding"), make.number, 4)
            if kind != "no draft":
                draft(one, one.key() if kind == "a draft" else {"opt": ""})
            too_late(one)
            if seen:
                look(one)
            yield f"time over, {kind}, {'closed' if seen else 'not noticed yet'}", one


def _continued(make: Maker) -> Iterator[tuple[str, Sitting]]:
    for most in (4, 1000):
        quick = go_on(make.begin(QUICK), make.number)
        yield "quick, continued", quick
        yield (
            f"the continuation, {'open' if most == 4 else 'to its end'}",
            go_on(make.continued(quick), make.number, most),
        )


def _of_people(make: Maker) -> Iterator[tuple[str, Sitting]]:
    person = Candidate("Łucja O’Neill-Ωmega \N{SNOWMAN}", "lucja@example.org")
    yield "of a named candidate", go_on(make.begin("mathematics", candidate=person), make.number)
    other = replace(person, name="李雷")
    yield "of a named candidate, open", go_on(make.begin(PROFILE, candidate=other), make.number, 7)
    yield "another profile", go_on(make.begin("machine-learning", profile="data-scientist@workera-2020"), make.number)
    yield "half as much time again", go_on(make.begin("deep-learning", time_factor=1.5), make.number, 2)
    yield "no time limit", go_on(make.begin("deep-learning", time_factor=None), make.number, 2)
    yield "of a browser", go_on(make.begin("mathematics", browser="plb_golden"), make.number, 9)
    yield "begun under an idempotency key", go_on(make.begin("mathematics", key="golden key"), make.number, 1)


# ---- what they came to


def stored(connection: Connection, one: Sitting) -> dict[str, Any]:
    """What is stored of an attempt, as hashes: the acknowledged bodies, the active turn, the replay document."""
    attempt = rows.find(connection, one.attempt_id)
    bodies = [log.acknowledged(connection, one.attempt_id, seq) for seq in range(1, attempt.seq)]
    found: dict[str, Any] = {
        "status": str(attempt.status),
        "end_reason": attempt.end_reason,
        "seq": attempt.seq,
        "bodies": sha256("\n".join(body[2] for body in bodies if body)),
        "turn": None,
    }
    if (turn := log.turn_of(connection, attempt)) is not None:
        found["turn"] = {"item": json.loads(turn)["item"]["id"], "sha256": sha256(turn)}
    if attempt.end_reason is not None:
        document = export.replay(connection, one.actor, one.attempt_id)
        found["replay"] = {key: sha256(json.dumps(value, sort_keys=True)) for key, value in document.items()}
    return found


def result(connection: Connection, one: Sitting) -> dict[str, Any]:
    """The numbers and words of a result."""
    full = assemble.result(connection, one.actor, one.attempt_id, lambda _name, _review: "").result
    return {
        "domains": [
            {
                **{key: domain[key] for key in ("domain", "theta", "se", "score", "level", "interval_90")},  # type: ignore[literal-required]
                "verdict": domain["target"] and domain["target"]["verdict"],
                "signals": {skill["skill"]: skill["signal"] for skill in domain["skills"]},
            }
            for domain in full["domains"]
        ],
        "meets_profile": full["meets_profile"],
        "coverage": full["coverage"] and full["coverage"]["index"],
    }


def outcome(db: Database, one: Sitting) -> dict[str, Any]:
    """What is stored of an attempt, and its result where it has one."""
    found = db.read_now(stored, one)
    if "replay" in found:
        found["result"] = db.read_now(result, one)
    return found


def future(db: Database, one: Sitting, number: int) -> dict[str, Any]:
    """Answer an open attempt to its end (or find its time over) and say what it came to."""
    ahead = replace(one, db=db)
    look(ahead)
    first = int(ahead.state["seq"])
    go_on(ahead, number)
    responses = db.read_now(log.responses_of, one.attempt_id)
    return {"items": [r.item_id for r in responses if r.seq >= first], **outcome(db, ahead)}


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


# ---- the dump


def dump(db: Database, file: Path) -> None:
    """Every table as JSON lines: {"table", "columns"}, then a list for each row. Times are UTC."""
    known = MetaData()
    with db.reader.connect() as connection, connection.begin():
        known.reflect(connection)
        lines = []
        for table in known.sorted_tables:
            if table.name == "alembic_version":
                continue
            lines.append(json.dumps({"table": table.name, "columns": [column.name for column in table.columns]}))
            order = table.c.created_at if table.name == "attempts" else next(iter(table.primary_key.columns))
            found = connection.execute(select(table).order_by(order))
            lines += [json.dumps(list(row), default=datetime.isoformat, separators=(",", ":")) for row in found]
    file.write_bytes(lzma.compress("\n".join(lines).encode(), preset=9 | lzma.PRESET_EXTREME))


def fill(connection: Connection, file: Path) -> None:
    """Put a dump into a database of its revision, SQLite or PostgreSQL."""
    known = MetaData()
    known.reflect(connection)
    held: dict[str, list[list[Any]]] = {}
    columns: dict[str, list[str]] = {}
    for line in lzma.decompress(file.read_bytes()).decode().splitlines():
        part = json.loads(line)
        if isinstance(part, dict):
            held[part["table"]] = rows_of = []
            columns[part["table"]] = part["columns"]
        else:
            rows_of.append(part)
    for table in known.sorted_tables:
        readers = [_reader(table.c[name].type) for name in columns.get(table.name, ())]
        values = [
            dict(zip(columns[table.name], (read(value) for read, value in zip(readers, row, strict=True)), strict=True))
            for row in held.get(table.name, ())
        ]
        if values:
            connection.execute(insert(table), values)
    if connection.dialect.name == "postgresql":
        for table in known.sorted_tables:
            if table.name in held and "id" in table.c and table.c.id.type.python_type is int:
                connection.exec_driver_sql(
                    f"select setval(pg_get_serial_sequence('{table.name}', 'id'), max(id)) from {table.name}"  # noqa: S608
                )


def _reader(kind: Any) -> Callable[[Any], Any]:
    if not hasattr(kind, "timezone"):
        return lambda value: value
    zone = UTC if kind.timezone else None
    return lambda value: value and datetime.fromisoformat(value).replace(tzinfo=zone)


def main(folder: Path) -> None:
    """Make the attempts, dump them, then find out on a copy how the open ones go on."""
    with tempfile.TemporaryDirectory() as scratch:
        file, copy = Path(scratch) / "golden.sqlite3", Path(scratch) / "copy.sqlite3"
        publish(f"sqlite:///{file}", Shelf(shipped("question_banks")))
        found: list[dict[str, Any]] = []
        with closing(Database(f"sqlite:///{file}")) as db:
            revision = migrate.current(db)
            make, kept = Maker(db), []
            for kind, one in attempts(make):
                number = int(one.attempt_id.removeprefix("golden"))
                kept.append((one, number))
                found.append({"kind": kind, "id": one.attempt_id, "number": number, "now": one.now.isoformat()})
            for (one, _), about in zip(kept, found, strict=True):
                about.update(outcome(db, one), resume_code=tokens.resume_code(SECRET, one.attempt_id))
            dump(db, folder / f"{revision}.jsonl.xz")
        shutil.copy(file, copy)
        with closing(Database(f"sqlite:///{copy}")) as db:
            for (one, number), about in zip(kept, found, strict=True):
                if about["end_reason"] is None:
                    about["future"] = future(db, one, number)
    lines = ",\n".join(json.dumps(about, ensure_ascii=False) for about in found)  # an attempt a line
    (folder / f"{revision}.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
