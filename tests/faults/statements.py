"""Every route meets a storage fault at every one of its statements: it says so and leaves nothing half-written.

The same request repeated then gives what it would have given. The cases are checked against the application's routes.

In the suite with a part of the faults (test_statements.py), and with all of them as a command:
`python tests/faults/statements.py --database sqlite`.
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path

if __name__ == "__main__":  # as a command only its own folder is on the path
    sys.path[:0] = [str(Path(__file__).resolve().parents[number]) for number in (1, 2)]
import postgres
from conftest import START, faults_of, publish
from faults import drivers
from faults.cases import UNSAFE_CASES, Case, reading_cases
from faults.drivers import Fault
from faults.world import Call, Reply, Rows, World, world

from app.banks.places import Shelf
from app.database.engine import Database
from app.settings import shipped

LATE = timedelta(hours=3)  # every deadline has passed


@dataclass
class Figures:
    """What a trial did. There may be no `problems`."""

    cases: int = 0
    writing: int = 0  # of the cases: their rows changed
    statements: int = 0
    faults: int = 0
    unavailable: int = 0  # 503, and nothing was stored
    unheard: int = 0  # 503, and all was stored
    unnoticed: int = 0  # the server repeated it by itself, and it went well
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)


def try_case(world: World, case: Case, faults: Sequence[Fault], figures: Figures, every: int = 1) -> None:
    """Send the request once without a fault, then with every fault at every statement; each time repeat it.

    `every` n: of what could be tried every n-th, but a lost acknowledgement of each commit.
    """
    world.put({})
    world.clock.now = START
    call = case.make(world)
    world.clock.now = START + LATE if case.is_late else START
    before = world.rows()
    world.send(call)  # what is read once and kept, such as items, is read now
    world.put(before)
    stages = {0: before}
    world.gate.arm(after_commit=lambda at: stages.__setitem__(at, world.rows()))
    clean = world.send(call)
    statements = list(world.gate.passed)
    world.gate.arm()
    after = world.rows()
    figures.cases += 1
    figures.statements += len(statements)
    figures.writing += after != before
    told = figures.problems
    if case.status and (clean.status, after != before) != (case.status, case.writes):
        told.append(
            f"{case.name}: {clean.status}, rows {'changed' if after != before else 'as before'} {clean.body[:300]!r}"
        )
        return
    if any(rows not in (before, after) for rows in stages.values()):
        told.append(f"{case.name}: it is stored in pieces")
    told += [f"{case.name}: {fault}" for fault in faults_of(world.db)]
    trial = _Trial(world, case, call, stages, after, clean, figures)
    sooner = [(fault, at) for at in range(1, len(statements) + 1) for fault in faults if not fault.takes_effect]
    unheard = [(fault, at) for at in stages if at for fault in faults if fault.takes_effect]
    for fault, at in (*sooner[figures.cases % every :: every], *unheard):
        trial.run(fault, at)


@dataclass(frozen=True)
class _Trial:
    world: World
    case: Case
    call: Call
    stages: Mapping[int, Rows]  # by the number of a COMMIT: the rows after it in a clean run
    after: Rows
    clean: Reply
    figures: Figures

    def run(self, fault: Fault, at: int) -> None:
        """The fault at this statement, the reply to it, and the repeat."""
        gate, before = self.world.gate, self.stages[0]
        if self.world.rows() != before:
            self.world.put(before)
        gate.arm(fault, at)
        reply = self.world.send(self.call)
        failed = gate.failed
        gate.arm()
        rows = self.world.rows()
        self.figures.faults += 1
        wrong = [] if failed else ["the statement never came"]
        if reply == self.clean and rows == self.after:
            self.figures.unnoticed += 1
            # a dead connection is replaced before anything was committed; after a commit or to undo, nothing is needed
            wrong += [] if fault.leaves == "lost" or failed == "ROLLBACK" else ["it was not noticed"]
        else:
            sooner = self.stages[max(n for n in self.stages if n < at)]
            committed = self.stages[at] if fault.takes_effect else sooner
            is_stored = rows == self.after != before
            self.figures.unavailable += not is_stored
            self.figures.unheard += is_stored
            wrong += not_unavailable(reply, is_page=not self.call.path.startswith(("/api/", "/readyz")))
            wrong += [] if rows == committed else ["something else is stored than what was committed before the fault"]
            if committed != sooner and b"Nothing was stored" in reply.body:
                wrong.append("it was stored, and the reply says that nothing was")
            if fault.name == "disk full" and b"Nothing was stored" not in reply.body:
                wrong.append("nothing was stored, and the reply does not say so")
        wrong += self._repeated(rows)
        where = f"{self.case.name}, {fault.name} at {at} ({failed and failed[:60]!r})"
        self.figures.problems += [f"{where}: {one}" for one in wrong]

    def _repeated(self, rows: Rows) -> list[str]:
        """What is wrong when the request is sent once more; `rows`: what is stored before that."""
        is_stored = rows == self.after != self.stages[0]
        if is_stored and self.case.again == "another":
            again = self.world.send(self.call, number=2)
            found = faults_of(self.world.db)
            return found if again.status == self.clean.status else [f"the repeat got {again.status}", *found]
        again = self.world.send(self.call)
        wrong = [] if self.world.rows() == self.after else ["after the repeat the rows are not those of a clean run"]
        if is_stored and self.case.again == "elsewhere":
            return wrong if again.status == self.clean.status else [f"the repeat got {again.status}", *wrong]
        return wrong if again == self.clean else [f"the repeat differs: {again} instead of {self.clean}"[:600], *wrong]


def not_unavailable(reply: Reply, *, is_page: bool) -> list[str]:
    """What is missing for a 503 that tells to repeat."""
    headers = dict(reply.headers)
    wrong = []
    if reply.status != 503:
        wrong.append(f"got {reply.status} {reply.body[:200]!r}")
    if not headers.get("retry-after", "").isdigit():
        wrong.append("no Retry-After")
    if is_page:
        if "text/html" not in headers.get("content-type", ""):
            wrong.append(f"not a page: {headers.get('content-type')}")
    elif b'"code": "storage.unavailable"' not in reply.body:
        wrong.append(f"not storage.unavailable: {reply.body[:200]!r}")
    return wrong


@contextmanager
def fresh_database(kind: str, folder: Path) -> Iterator[str]:
    """A database with the shipped banks published."""
    content = Shelf(shipped("question_banks"))
    if kind == "sqlite":
        url = f"sqlite:///{folder / 'plumbline.sqlite3'}"
        publish(url, content)
        yield url
        return
    with postgres.Postgres() as cluster:
        url = cluster.url(cluster.create())
        publish(url, content)
        yield url


def faults_on(db: Database) -> Sequence[Fault]:
    return drivers.SQLITE if db.is_sqlite else drivers.POSTGRESQL


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    arguments = parser.parse_args()
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp())
    figures = Figures()
    try:
        with fresh_database(arguments.database, folder) as url, world(url, folder) as one:
            for case in (*UNSAFE_CASES, *reading_cases(one.app)):
                try_case(one, case, faults_on(one.db), figures)
    finally:
        shutil.rmtree(folder)
    figures.seconds = round(time.monotonic() - began, 1)
    print(json.dumps({"database": arguments.database, **asdict(figures)}, indent=1))  # noqa: T201
    return 1 if figures.problems else 0


if __name__ == "__main__":
    sys.exit(main())
