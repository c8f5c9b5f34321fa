"""Candidates answer while the power fails again and again; what the disk had by then holds every acknowledged answer.

The disk is a model (disk_model.py) under our own `Database`.
In the suite with a few cuts (test_power.py), and as a command: `python tests/faults/power.py --cuts 1000 --seed 1`.
"""

import argparse
import asyncio
import functools
import json
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # as a command only its own folder is on the path
    sys.path[:0] = [str(Path(__file__).resolve().parents[number]) for number in (1, 2)]

import apsw
from conftest import START, faults_of, publish
from faults import candidates, history
from faults.apsw_dbapi import Driver
from faults.disk_model import Disk, survivors
from faults.history import Ack
from sqlalchemy import Connection, create_engine, event, func, select
from sqlalchemy.exc import DatabaseError

from app.attempts import delivery, log, rows, starting
from app.attempts.log import Draft
from app.attempts.starting import Fresh, Order
from app.attempts.state import Status
from app.auth import tokens
from app.auth.permissions import Actor
from app.banks.places import Shelf
from app.database import connect
from app.database.attempts import attempts, responses
from app.database.engine import Database
from app.settings import shipped

FILE = "plumbline.sqlite3"
CANDIDATES = 6
CUTS_A_RUN = 20  # so that the log which every cut is checked against stays short
APART = 50  # steps of the disk between two cuts on average: about five answers
# with the product's 10,000 pages a checkpoint comes at closing alone; with few, all the time
CHECKPOINT_PAGES = (6, 30, 10_000)


@dataclass
class Heard:
    """What candidates were told, in the order in which they heard it."""

    started: list[str] = field(default_factory=list)
    answers: list[Ack] = field(default_factory=list)
    drafts: list[tuple[str, int, int]] = field(default_factory=list)  # attempt, seq, revision
    finished: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.started) + len(self.answers) + len(self.drafts) + len(self.finished)

    def so_far(self) -> "Heard":
        return Heard(self.started[:], self.answers[:], self.drafts[:], self.finished[:])


@dataclass(frozen=True)
class Cut:
    """A moment without power: what was left on the disk, what had been promised before."""

    folder: Path
    heard: Heard
    is_torn: bool
    in_checkpoint: bool
    in_folder: bool


@dataclass
class Figures:
    """What cuts did. `lost`, `corrupt`, `verify` and `differing` must be 0."""

    cuts: int = 0
    torn: int = 0
    in_checkpoint: int = 0  # of the cuts: the database file itself had writes that were not synced
    in_folder: int = 0  # of the cuts: a file was created or deleted, and the folder was not synced
    acks: int = 0  # answers acknowledged in all runs
    promises: int = 0  # acknowledged answers, starts, drafts and ends that were looked for after the cuts
    syncs: int = 0
    lost: int = 0
    worst: int = 0  # lost in one cut
    differing: int = 0
    corrupt: int = 0
    verify: int = 0
    unheard: int = 0  # answers found that nobody had been told of yet
    seconds: float = 0.0
    sqlite: str = apsw.sqlite_lib_version()
    notes: list[str] = field(default_factory=list)  # what a corrupt file or `db verify` said

    @property
    def is_sound(self) -> bool:
        return not (self.lost or self.differing or self.corrupt or self.verify)


class Outages:
    """Cuts the power at random steps of the disk and keeps what survives."""

    def __init__(self, folder: Path, heard: Heard, count: int, rng: random.Random) -> None:
        self.cuts: list[Cut] = []
        self._folder, self._heard, self._count, self._rng = folder, heard, count, rng
        self._left = rng.randint(1, 2 * APART)

    @property
    def is_over(self) -> bool:
        return len(self.cuts) >= self._count

    def hasten(self) -> None:
        """Let the next cut come soon: opening and closing a database are short."""
        self._left = min(self._left, self._rng.randint(1, 8))

    def step(self, disk: Disk) -> None:
        self._left -= 1
        if self._left or self.is_over:
            return
        self._left = self._rng.randint(1, 2 * APART)
        heard = self._heard.so_far()  # before anything else: what is heard from now on was not promised by then
        is_torn = self._rng.random() < 0.7
        folder = self._folder / f"cut-{len(self.cuts)}"
        folder.mkdir()
        for name, content in survivors(disk, self._rng, is_torn).items():
            (folder / Path(name).name).write_bytes(content)
        if is_torn:  # the index of the log is never synced: anything may stand there
            (folder / f"{FILE}-shm").write_bytes(self._rng.randbytes(self._rng.choice((0, 1000, 32768))))
        file = next(inode for name, inode in disk.seen.items() if name.endswith(FILE))
        self.cuts.append(Cut(folder, heard, is_torn, bool(file.pending), bool(disk.moves)))


@contextmanager
def on_disk(disk: Disk, synchronous: str, checkpoint_pages: int) -> Iterator[Callable[[Path], Database]]:
    """Within it, `open(file)` gives our `Database` on the disk; `synchronous` is the setting that is on trial."""
    real = connect.create_engine
    connect.create_engine = functools.partial(create_engine, module=Driver(disk.name))

    def open_(file: Path) -> Database:
        db = Database(f"sqlite:///{file}")

        @event.listens_for(db.writer, "connect")
        def _on_connect(connection: Any, _record: Any) -> None:  # after our own, which sets what the product needs
            connection.execute(f"PRAGMA wal_autocheckpoint={checkpoint_pages}")
            if synchronous != "FULL":  # what the product sets is what is proved
                connection.execute(f"PRAGMA synchronous={synchronous}")

        return db

    try:
        yield open_
    finally:
        connect.create_engine = real


@dataclass(frozen=True)
class Run:
    """One workload: its cuts, what was heard in the end, how often the disk was made to sync."""

    cuts: list[Cut]
    heard: Heard
    syncs: int


def workload(template: Path, folder: Path, cuts: int, rng: random.Random, synchronous: str, pages: int) -> Run:
    """Let candidates answer through `Database` until the power was cut so often; half-way the database is reopened."""
    file = folder / "live" / FILE
    file.parent.mkdir(parents=True)
    shutil.copy(template, file)
    heard = Heard()
    outages = Outages(folder, heard, cuts, random.Random(rng.getrandbits(64)))
    disk = Disk(outages.step)
    disk.add(file)
    with on_disk(disk, synchronous, pages) as open_:
        for goal in (cuts // 2, cuts):
            outages.hasten()
            with closing(open_(file)) as db:
                asyncio.run(_answering(db, rng, heard, outages, goal))
                outages.hasten()
    disk.unregister()
    shutil.rmtree(file.parent)
    return Run(outages.cuts, heard, disk.syncs)


async def _answering(db: Database, rng: random.Random, heard: Heard, outages: Outages, goal: int) -> None:
    """Candidates at once, each attempt after attempt, until there have been `goal` cuts."""

    async def candidate(own: random.Random) -> None:
        while len(outages.cuts) < goal:
            await _attempt(db, own, heard, lambda: len(outages.cuts) >= goal)

    await asyncio.gather(*(candidate(random.Random(rng.getrandbits(64))) for _ in range(CANDIDATES)))


async def _attempt(db: Database, rng: random.Random, heard: Heard, is_over: Callable[[], bool]) -> None:
    token = tokens.mint(tokens.ATTEMPT)
    fresh, actor = Fresh(tokens.new_id(), token, rng.randbytes(16)), Actor(bearer=tokens.digest(token))
    attempt = fresh.attempt_id
    order = Order(rng.choice(candidates.ASSESSMENTS))
    state = json.loads(await db.write(starting.start, order, actor, fresh, START))
    heard.started.append(attempt)
    while state["turn"] is not None and not is_over():
        item, seq = state["turn"]["item"], state["seq"]
        answer = candidates.choose(item, rng)
        if rng.random() < 0.1:
            await db.write(delivery.keep_draft, actor, attempt, Draft(seq, 1, delivery.draft_text(answer)), START)
            heard.drafts.append((attempt, seq, 1))
        if rng.random() < 0.1:  # a reader holds a part of the log, so that a checkpoint stops before it
            await delivery.settle(db, actor, attempt, START)
        text = await db.write(delivery.submit, actor, attempt, seq, item["id"], answer, None, START)
        heard.answers.append(Ack(attempt, seq, item["id"], answer, text.encode()))
        state = json.loads(text)
        if rng.random() < 0.05:
            await db.write(delivery.finish, actor, attempt, START)
            heard.finished.append(attempt)
            return


def examine(cut: Cut, file: Path, figures: Figures) -> None:
    """Open what a cut left, as `file`, with Python's own SQLite, and add to the figures what is missing or wrong."""
    shutil.rmtree(file.parent, ignore_errors=True)
    cut.folder.rename(file.parent)
    figures.cuts += 1
    figures.torn += cut.is_torn
    figures.in_checkpoint += cut.in_checkpoint
    figures.in_folder += cut.in_folder
    figures.promises += cut.heard.count
    try:
        found = _found(cut.heard, file)
    except (DatabaseError, sqlite3.DatabaseError) as error:
        figures.corrupt += 1
        figures.notes.append(f"cut {figures.cuts}: {' '.join(str(error).split())[:160]}")
        return
    figures.lost += found.lost
    figures.worst = max(figures.worst, found.lost)
    figures.differing += found.differing
    figures.unheard += found.unheard
    figures.verify += len(found.faults)
    figures.notes += [f"cut {figures.cuts}: {fault}" for fault in found.faults[:3]]


@dataclass(frozen=True)
class Found:
    """What a database says after a cut."""

    lost: int
    differing: int
    unheard: int
    faults: list[str]


def _found(heard: Heard, file: Path) -> Found:
    """Raises DatabaseError where the file cannot be read or written, or is not sound."""
    with closing(Database(f"sqlite:///{file}")) as db:
        said = db.read_now(lambda connection: connection.exec_driver_sql("PRAGMA integrity_check").scalars().all())
        if said != ["ok"]:
            raise sqlite3.DatabaseError("; ".join(said))
        lost, doubled, differing = history.compare(file, heard.answers)
        unheard = db.read_now(_answers) - len(heard.answers) + lost
        lost += db.read_now(_missing, heard)
        if heard.answers and not lost:  # the attempt goes on: a repeat gets the same bytes
            last = heard.answers[-1]
            differing += db.write_now(_repeated, last) != last.body.decode()
        return Found(lost, doubled + differing, unheard, faults_of(db))


def _answers(connection: Connection) -> int:
    return connection.execute(
        select(func.count()).select_from(responses).where(responses.c.source == "answer")
    ).scalar_one()


def _missing(connection: Connection, heard: Heard) -> int:
    """How many acknowledged starts, ends and drafts are not there."""
    known = {row.id: row for row in connection.execute(select(attempts.c.id, attempts.c.seq, attempts.c.status))}
    missing = sum(attempt not in known for attempt in heard.started)
    missing += sum(attempt not in known or known[attempt].status == Status.ACTIVE for attempt in heard.finished)
    for attempt, seq, revision in heard.drafts:
        draft = log.draft_of(connection, attempt)
        is_past = attempt in known and (known[attempt].seq > seq or known[attempt].status != Status.ACTIVE)
        missing += not is_past and (draft is None or (draft.seq, draft.revision) != (seq, revision))
    return missing


def _repeated(connection: Connection, ack: Ack) -> str:
    actor = Actor(bearer=rows.find(connection, ack.attempt).token_hash)
    return delivery.submit(connection, actor, ack.attempt, ack.seq, ack.item_id, ack.answer, None, START)


def run(
    template: Path,
    folder: Path,
    cuts: int,
    seed: int = 1,
    synchronous: str = "FULL",
    checkpoint_pages: Sequence[int] = CHECKPOINT_PAGES,
) -> Figures:
    """Cut the power `cuts` times, in workloads of CUTS_A_RUN cuts each, and examine what every cut left.

    The seed draws the answers and what survives; which steps meet which cut depends on the threads as well.
    """
    began = time.monotonic()
    rng = random.Random(seed)
    figures = Figures()
    for number, first in enumerate(range(0, cuts, CUTS_A_RUN)):
        pages = checkpoint_pages[number % len(checkpoint_pages)]
        made = workload(template, folder / "run", min(CUTS_A_RUN, cuts - first), rng, synchronous, pages)
        figures.acks += len(made.heard.answers)
        figures.syncs += made.syncs
        for cut in made.cuts:
            examine(cut, folder / "found" / FILE, figures)
        shutil.rmtree(folder / "run")
    figures.seconds = round(time.monotonic() - began, 1)
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cuts", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--synchronous", choices=("FULL", "NORMAL", "OFF"), default="FULL", help="what the trial tries")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "template.sqlite3"
        publish(f"sqlite:///{template}", Shelf(shipped("question_banks")))
        figures = run(template, Path(folder), arguments.cuts, arguments.seed, arguments.synchronous)
    print(json.dumps({**asdict(figures), "notes": figures.notes[:20]}))  # noqa: T201
    return 0 if figures.is_sound else 1


if __name__ == "__main__":
    sys.exit(main())
