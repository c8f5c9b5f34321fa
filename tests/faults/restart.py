"""The database is restarted, or the servers one after another, while candidates answer: nobody may lose anything by it.

In the suite with a few restarts (test_restart.py), and as a command:
`python tests/faults/restart.py --what servers --database postgresql --times 20`.
"""

import argparse
import json
import random
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

if __name__ == "__main__":  # as a command only its own folder is on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from faults import history, stand
from faults.candidates import Load, Tally
from faults.history import Findings
from faults.stand import Stand

DATABASE, SERVERS = "database", "servers"
RECOVERY_S = 5.0
DRAIN_S = 10.0
DOWN_S = (0.0, 1.0)  # how long the database stays away


@dataclass(frozen=True)
class Outcome:
    """The figures of a run."""

    database: str
    restarted: str
    times: int
    load: Tally
    history: Findings
    slowest_recovery_s: float  # of the database: until every candidate had an answer acknowledged again
    slowest_drain_s: float  # of a server: from SIGTERM to its end
    exit_codes: tuple[int, ...]
    cut: int  # answers that a server stored and did not acknowledge although it ended in an orderly way
    seconds: float
    complaints: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        in_time = self.slowest_recovery_s <= RECOVERY_S and self.slowest_drain_s <= DRAIN_S
        orderly = not any(self.exit_codes) and not self.cut
        return self.history.is_sound and in_time and orderly and not self.complaints


def run(
    service: Stand,
    what: str,
    times: int,
    seed: int = 1,
    clients: int = 4,
    pause_s: tuple[float, float] = (0.1, 1.0),
    think_s: float = 0.0,
) -> Outcome:
    """Restart `times` times at random moments under `clients` candidates, then compare what they know with what is."""
    began = time.monotonic()
    rng = random.Random(seed)
    before = history.attempts(service.place)
    recoveries, drains, codes = [0.0], [0.0], []
    with Load(service.ports, clients, seed, think_s) as load:
        for number in range(times):
            if not load.goes_on(rng.uniform(*pause_s)):
                break
            if what == DATABASE:
                recoveries.append(_restart_database(service, load, rng))
            else:
                server = service.servers[number % len(service.servers)]
                asked = time.monotonic()
                codes.append(server.stop())
                drains.append(time.monotonic() - asked)
                server.start()
        load.goes_on(0.3)
    tally = load.tally()
    return Outcome(
        database=service.database,
        restarted=what,
        times=len(recoveries) + len(drains) - 2,
        load=tally,
        history=history.examine(service, before, load.started, load.ended, load.acks),
        slowest_recovery_s=round(max(recoveries), 2),
        slowest_drain_s=round(max(drains), 2),
        exit_codes=tuple(codes),
        cut=tally.stored_unheard,
        seconds=round(time.monotonic() - began, 1),
        complaints=service.complaints(load.complaints),
    )


def _restart_database(service: Stand, load: Load, rng: random.Random) -> float:
    """A fast shutdown, and a start after a while; seconds from then until all candidates went on."""
    assert service.cluster is not None, "SQLite has no process of its own to restart"
    service.cluster.stop()
    load.goes_on(rng.uniform(*DOWN_S))
    service.cluster.start()
    return load.seconds_until_everybody_is_served(time.monotonic())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--what", choices=(DATABASE, SERVERS), default=SERVERS)
    parser.add_argument("--database", choices=(stand.SQLITE, stand.POSTGRESQL), default=stand.POSTGRESQL)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.what == DATABASE and arguments.database == stand.SQLITE:
        parser.error("SQLite has no process of its own to restart: --what servers")
    with stand.new(arguments.database) as service:
        outcome = run(service, arguments.what, arguments.times, arguments.seed, arguments.clients)
    print(json.dumps({**asdict(outcome), "sound": outcome.is_sound}))  # noqa: T201
    return 0 if outcome.is_sound else 1


if __name__ == "__main__":
    sys.exit(main())
