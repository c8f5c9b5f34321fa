"""Candidates answer while servers and database are killed again and again; no acknowledged answer may be missing.

In the suite with a few kills (test_kill_loop.py), and as a command:
`python tests/faults/kill_loop.py --database postgresql --kill both --kills 50`.
"""

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

if __name__ == "__main__":  # as a command only its own folder is on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from faults import history, stand
from faults.candidates import Load, Tally
from faults.history import Findings
from faults.server import Server, Unreachable, call
from faults.stand import Stand

SERVER, DATABASE, BOTH = "server", "database", "both"
RECOVERY_S = 5.0  # TRUST: within this time a server is ready again once its database is there


@dataclass(frozen=True)
class Outcome:
    """The figures of a run."""

    database: str
    kills: dict[str, int]
    load: Tally
    history: Findings
    told: int  # of the servers that outlived their database, how many said on /readyz that it was gone
    outlived: int
    slowest_recovery_s: float  # from the database taking connections until all of them were ready by themselves
    seconds: float
    complaints: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        honest = self.told == self.outlived and self.slowest_recovery_s <= RECOVERY_S
        return self.history.is_sound and honest and not self.complaints


class Reaper:
    """Kills and starts again; knows how the servers took it."""

    def __init__(self, victims: Stand, rng: random.Random) -> None:
        self.kills: Counter[str] = Counter()
        self.told = self.outlived = 0
        self.slowest_recovery_s = 0.0
        self._stand = victims
        self._rng = rng

    def kill(self, what: str) -> None:
        """Kill -9 one server, the whole of PostgreSQL, or both in the same moment; return when all are up again."""
        self.kills[what] += 1
        server = self._rng.choice(self._stand.servers)
        if what == SERVER:
            server.kill()
            server.start()
            return
        cluster = self._stand.cluster
        assert cluster is not None, "SQLite is killed with its server"
        if what == BOTH:
            server.kill()
        cluster.kill()
        survivors = [one for one in self._stand.servers if what == DATABASE or one is not server]
        self.outlived += len(survivors)
        self.told += sum(_says_it_is_gone(one) for one in survivors)
        cluster.start()
        self._recover(survivors)
        if what == BOTH:
            server.start()

    def _recover(self, servers: Sequence[Server]) -> None:
        began = time.monotonic()
        for one in servers:
            one.wait()
        self.slowest_recovery_s = max(self.slowest_recovery_s, time.monotonic() - began)


def _says_it_is_gone(server: Server) -> bool:
    try:
        said = call(server.port, "GET", "/readyz")
    except Unreachable:
        return False
    return said.status == 503 and said.json["code"] == "storage.unavailable" and "retry-after" in said.headers


def run(
    victims: Stand,
    kills: Sequence[str],
    seed: int = 1,
    clients: int = 4,
    pause_s: tuple[float, float] = (0.1, 1.5),
    think_s: float = 0.0,
) -> Outcome:
    """Kill at random moments under `clients` candidates, then compare what they know with what is there."""
    began = time.monotonic()
    rng = random.Random(seed)
    reaper = Reaper(victims, rng)
    before = history.attempts(victims.place)
    with Load(victims.ports, clients, seed, think_s) as load:
        for what in kills:
            if not load.goes_on(rng.uniform(*pause_s)):
                break
            reaper.kill(what)
        load.goes_on(0.5)
    return Outcome(
        database=victims.database,
        kills=dict(reaper.kills),
        load=load.tally(),
        history=history.examine(victims, before, load.started, load.ended, load.acks),
        told=reaper.told,
        outlived=reaper.outlived,
        slowest_recovery_s=round(reaper.slowest_recovery_s, 2),
        seconds=round(time.monotonic() - began, 1),
        complaints=victims.complaints(load.complaints),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=(stand.SQLITE, stand.POSTGRESQL), default=stand.SQLITE)
    parser.add_argument("--kill", choices=(SERVER, DATABASE, BOTH), default=SERVER, help="both: each, and both at once")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.database == stand.SQLITE and arguments.kill != SERVER:
        parser.error("SQLite lives in its server: --kill server")
    choices = (SERVER, DATABASE, BOTH) if arguments.kill == BOTH else (arguments.kill,)
    kills = random.Random(arguments.seed).choices(choices, k=arguments.kills)
    with stand.new(arguments.database) as victims:
        outcome = run(victims, kills, arguments.seed, arguments.clients)
    print(json.dumps({**asdict(outcome), "sound": outcome.is_sound}))  # noqa: T201
    return 0 if outcome.is_sound else 1


if __name__ == "__main__":
    sys.exit(main())
