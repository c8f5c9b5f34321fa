"""Tasks are carried out while every process is killed in the middle of one, again and again: each has its effect once.

In the suite in a short form (test_task_loop.py), and as a command:
`python tests/faults/task_loop.py --tasks 500 --kills 5`.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

if __name__ == "__main__":  # as a command only its own folder is on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from conftest import publish
from faults.server import REPOSITORY, environment
from postgres import Postgres
from sqlalchemy import func, select, text

from app.banks.places import Shelf
from app.database.engine import Database
from app.database.tasks import tasks
from app.jobs import queue
from app.settings import shipped

LAUNCHER = str(Path(__file__).with_name("counting.py"))
SERVE, WORK = ("serve", "--port", "0"), ("work",)
READY = {"serve": "Plumbline: http", "work": "at work"}
AHEAD = 12  # tasks that wait while processes are killed, so that each has something to die over
PATIENCE_S = 120.0
STUCK_S = 60.0


class Process:
    """One process of the service; dies at will."""

    def __init__(self, name, arguments, data, url, lease_s):
        more = {} if lease_s is None else {"COUNTING_LEASE_S": str(lease_s)}
        self.name, self.arguments = name, arguments
        self.log = data.with_name(f"{data.name}.{name}.log")
        self._begun = 0
        self._environment = {**environment(data, url, more), "PYTHONPATH": str(REPOSITORY)}
        self._process = None

    @property
    def pid(self):
        return self._process.pid

    def begin(self):
        self._begun += 1
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, LAUNCHER, *self.arguments],
                cwd=REPOSITORY,
                env=self._environment,
                stdout=log,
                stderr=log,
            )

    def is_ready(self):
        """Whether it has said so, as often as it was begun."""
        said = self.log.read_text("utf-8", errors="replace")
        return said.count(READY[self.arguments[0]]) >= self._begun

    def is_alive(self):
        return self._process is not None and self._process.poll() is None

    def kill(self):
        self._process.kill()
        self._process.wait()

    def stop(self):
        """SIGTERM, and the exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(30)


@dataclass
class Outcome:
    """The figures of a run. `effects_once` and `done` must be all tasks, everything from `lost` on nothing."""

    database: str
    processes: int
    tasks: int
    kills: dict[str, int]  # of processes that were carrying out at least one task
    interrupted: int  # tasks over which a process died
    done: int = 0
    effects_once: int = 0
    calls: int = 0  # what the other service saw, repeats included
    most_tries: int = 0
    slowest_takeover_s: float = 0.0  # from the kill until the task was done after all
    seconds: float = 0.0
    lost: int = 0
    doubled: int = 0
    uncalled: int = 0
    exit_codes: tuple[int, ...] = ()
    complaints: list[str] = field(default_factory=list)

    @property
    def is_sound(self):
        whole = self.done == self.effects_once == self.tasks
        clean = not (self.lost or self.doubled or self.uncalled or any(self.exit_codes) or self.complaints)
        return whole and clean and self.slowest_takeover_s <= STUCK_S


def run(data, url, count=500, kills=5, seed=1, pause_s=(0.2, 0.5), lease_s=None, kinds=None):
    """Carry out `count` tasks while each process is killed `kills` times in the middle of one."""
    began, rng = time.monotonic(), random.Random(seed)
    if kinds is None:
        kinds = [SERVE] if url.startswith("sqlite") else [SERVE, SERVE, WORK]
    processes = [
        Process(f"{arguments[0]}-{number}", arguments, data, url, lease_s) for number, arguments in enumerate(kinds)
    ]
    interrupted: dict[int, datetime] = {}
    killed: Counter[str] = Counter()
    outcome = Outcome(url.split(":")[0], len(processes), count, {}, 0)
    with closing(Database(url)) as db, _ended(processes):
        db.write_now(lambda connection: connection.execute(text("create table effects (n integer, worker integer)")))
        waiting = _orders(count, rng, pause_s)
        for process in processes:
            process.begin()
        for victim in _victims(len(processes), kills, rng):
            process = processes[victim]
            held = _until_busy(db, process, waiting)
            if not held:
                outcome.complaints.append(f"{process.name} took no task\n{process.log.read_text()[-2000:]}")
                break
            time.sleep(rng.uniform(0, pause_s[0]))
            held |= _held(db, process.pid)
            process.kill()
            moment = datetime.now(UTC)
            # what it had ended before it died was not interrupted, what it took since may have been
            interrupted |= dict.fromkeys(held & _open(db), moment)
            killed[process.name] += 1
            process.begin()
        _top_up(db, waiting, 2 * count)  # all that is left, however many wait
        _until_done(db, count, outcome)
        outcome.kills, outcome.interrupted = dict(killed), len(interrupted)
        _count(db, data, count, interrupted, outcome)
        if outcome.complaints:
            outcome.complaints += [f"{one.name}: {one.log.read_text(errors='replace')[-2000:]}" for one in processes]
        outcome.exit_codes = tuple(process.stop() for process in processes)
    outcome.seconds = round(time.monotonic() - began, 1)
    return outcome


def _orders(count, rng, pause_s):
    """(name, payload, key) of every task to come; every third is an errand."""
    return [
        ("call" if n % 3 == 0 else "count", {"n": n, "seconds": rng.uniform(*pause_s)}, f"task-{n}")
        for n in range(count)
    ]


def _victims(processes, kills, rng):
    """Which process dies next: each as often, none before all others were."""
    for _ in range(kills):
        yield from rng.sample(range(processes), processes)


def _top_up(db, waiting, most):
    """Enqueue tasks until so many are waiting or none is left; each twice, as a client that repeats would."""
    there = db.read_now(queue.standing, datetime.now(UTC)).waiting
    for _ in range(min(most - there, len(waiting))):
        name, payload, key = waiting.pop()
        for _ in range(2):
            db.write_now(queue.enqueue, name, payload, datetime.now(UTC), key=key)


def _held(db, pid):
    statement = select(tasks.c.id).where(
        tasks.c.state == "running", tasks.c.worker.like(f"%-{pid}-%"), tasks.c.name.in_(["count", "call"])
    )
    return set(db.read_now(lambda connection: connection.execute(statement).scalars().all()))


def _open(db):
    statement = select(tasks.c.id).where(tasks.c.state == "running")
    return set(db.read_now(lambda connection: connection.execute(statement).scalars().all()))


def _until_busy(db, process, waiting):
    """What the process holds, once it holds something. New tasks come when it is ready, or the others had them all."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and process.is_alive():
        if process.is_ready():
            _top_up(db, waiting, AHEAD)
        if held := _held(db, process.pid):
            return held
        time.sleep(0.02)
    return set()


def _until_done(db, count, outcome):
    """Wait for the last task, but no longer than one may be stuck after another was done."""
    statement = select(func.count(), func.max(tasks.c.changed_at)).where(
        tasks.c.state == "done", tasks.c.key.like("task-%")
    )
    while outcome.done < count:
        time.sleep(0.2)
        done, newest = db.read_now(lambda connection: connection.execute(statement).one())
        if newest is not None and datetime.now(UTC) - newest > timedelta(seconds=STUCK_S):
            outcome.complaints.append(f"nothing was done for {STUCK_S:.0f} s; {done} of {count} tasks are done")
            return
        outcome.done = done


def _count(db, data, count, interrupted, outcome):
    def effects(connection):
        return {row[0]: row[1] for row in connection.execute(text("select n, count(*) from effects group by n"))}

    def kept(connection):
        return connection.execute(select(tasks).where(tasks.c.key.like("task-%"))).all()

    found, rows = db.read_now(effects), db.read_now(kept)
    file = data / "calls"
    called = [line.split()[0] for line in file.read_text().splitlines()] if file.exists() else []
    outcome.effects_once = sum(found.get(n) == 2 for n in range(count))  # each leaves two rows
    outcome.lost = sum(found.get(n, 0) < 2 for n in range(count))
    outcome.doubled = sum(number > 2 for number in found.values())
    outcome.calls = len(called)
    outcome.uncalled = len({f"task-{n}" for n in range(0, count, 3)} - set(called))
    outcome.most_tries = max((row.tries for row in rows), default=0)
    takeovers = [
        (row.changed_at - interrupted[row.id]).total_seconds()
        for row in rows
        if row.state == "done" and row.id in interrupted
    ]
    outcome.slowest_takeover_s = round(max(takeovers, default=0.0), 1)
    outcome.complaints += [f"{row.key} is {row.state}: {row.last_error}" for row in rows if row.state != "done"][:20]


@contextmanager
def _ended(processes):
    try:
        yield
    finally:
        for process in processes:
            if process.is_alive():
                process.kill()


@contextmanager
def new(database):
    """(data folder, URL) of a new database with the shipped banks published."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        data = Path(folder) / "data"
        data.mkdir()
        if database == "sqlite":
            url = f"sqlite:///{data / 'plumbline.sqlite3'}"
        else:
            cluster = stack.enter_context(Postgres(durable=True))
            url = cluster.url(cluster.create())
        publish(url, Shelf(shipped("question_banks")))
        yield data, url


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["postgresql", "sqlite"], default="postgresql")
    parser.add_argument("--tasks", type=int, default=500)
    parser.add_argument("--kills", type=int, default=5, help="of each process")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lease", type=float, help="seconds; as in production when not given")
    given = parser.parse_args()
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    with new(given.database) as (data, url):
        outcome = run(data, url, given.tasks, given.kills, given.seed, lease_s=given.lease)
    print(json.dumps({**asdict(outcome), "is_sound": outcome.is_sound}, indent=2))  # noqa: T201
    return 0 if outcome.is_sound else 1


if __name__ == "__main__":
    sys.exit(main())
