"""Let the machine run: `campaign` in the suite, and as a command for as long as one likes.

`python tests/machine/run.py --examples 25000 --steps 40 --database postgresql` prints running totals as JSON lines.
"""

import argparse
import itertools
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

if __name__ == "__main__":  # as a command only its own folder is on the path
    sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2])]

import postgres
from conftest import publish
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from machine.book import Book, open_book
from machine.candidates import Candidates
from machine.model import Violated
from machine.table import Tally
from machine.wire import Application

from app.attempts import starting
from app.banks.places import Shelf
from app.database import migrate
from app.settings import shipped

SHRINKING = (Phase.generate, Phase.shrink)
FINDING = (Phase.generate,)
TOGETHER = 250  # examples over one database; Hypothesis remembers each of them, so many would slow it down


def campaign(
    application: Application,
    book: Book,
    *,
    examples: int,
    steps: int,
    number: int = 1,
    phases: Sequence[Phase] = SHRINKING,
    tally: Tally | None = None,
) -> Tally:
    """Run the machine over an application; the same number does the same things. Returns `tally`, counted on.

    Raises:
        Violated: something was not as it must be; Hypothesis has added what led there.
    """
    tally = Tally() if tally is None else tally
    offered = {one.id: one for one in application.database.read_now(starting.offered)}
    parts = {"application": application, "book": book, "offered": offered, "tally": tally}
    machine = seed(number)(type("Candidates", (Candidates,), parts))
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            phases=phases,
            database=None,  # what failed is repeated by its number; nothing is written into the checkout
            deadline=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1, help=f"of the first {TOGETHER} examples; then counted on")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    asked = parser.parse_args()
    began, tally, violation = time.monotonic(), Tally(), None
    content = Shelf(shipped("question_banks"))
    book = open_book(content)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        databases = stack.enter_context(_databases(asked.database, folder, content))
        for number, done in enumerate(range(0, asked.examples, TOGETHER), asked.seed):
            with closing(Application(next(databases), folder)) as application:
                size = {"examples": min(TOGETHER, asked.examples - done), "steps": asked.steps, "number": number}
                try:
                    campaign(application, book, tally=tally, **size)
                except Violated as error:
                    violation = "\n".join([str(error), *getattr(error, "__notes__", ())])
            seconds = round(time.monotonic() - began, 1)
            line = {"database": asked.database, "seed": number, "examples": done + size["examples"], **vars(tally)}
            print(json.dumps({**line, "seconds": seconds, "violation": violation}), flush=True)  # noqa: T201
            if violation is not None:
                return 1
    return 0


@contextmanager
def _databases(kind: str, folder: Path, content: Shelf) -> Iterator[Iterator[str]]:
    """URLs of databases with the banks published, one after the other; a new one does not slow down with its size."""
    if kind == "sqlite":
        template = folder / "template.sqlite3"
        publish(f"sqlite:///{template}", content)

        def files() -> Iterator[str]:
            for count in itertools.count():
                file = folder / f"{count}.sqlite3"
                migrate.copy_sqlite(template, file)
                yield f"sqlite:///{file}"
                file.unlink()

        yield files()
        return
    with postgres.Postgres() as cluster:
        template_name = cluster.create()
        publish(cluster.url(template_name), content)

        def copies() -> Iterator[str]:
            while True:
                name = cluster.create(template_name)
                yield cluster.url(name)
                cluster.drop(name)

        yield copies()


if __name__ == "__main__":
    sys.exit(main())
