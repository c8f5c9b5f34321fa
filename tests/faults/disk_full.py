"""Candidates answer while the disk of the server fills up, and is cleared again; nothing is lost and nothing is added.

In the suite with one round (test_disk_full.py), and as a command: `python tests/faults/disk_full.py --rounds 20`.
"""

import argparse
import json
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

if __name__ == "__main__":  # as a command only its own folder is on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from faults import history
from faults.candidates import Load, Tally
from faults.history import Findings
from faults.server import UNLIMITED, Server, call
from faults.stand import Stand

FILE = "plumbline.sqlite3"
LOG_MB = 64  # more than SQLite's log takes before it is emptied (40 MB, app/database/connect.py)
ROUND_MB = 8  # for the answers of a round
FULL_S = 0.7  # how long the disk stays full
RECOVERY_S = 5.0  # TRUST: within this time everybody is served again


class Disk(Protocol):
    """A disk that can be filled to its last byte, and cleared."""

    how: str

    def fill(self, server: Server) -> None: ...

    def clear(self, server: Server) -> None: ...


class Tmpfs:
    """A small disk of its own under the data folder; what lies beside it, such as the log, is on it too."""

    how = "tmpfs"

    def __init__(self, folder: Path) -> None:
        self._ballast = folder / "ballast"

    def fill(self, server: Server) -> None:
        with self._ballast.open("ab", buffering=0) as ballast:
            for size in (1 << 16, 1 << 12, 1):  # until not even one more byte fits
                try:
                    while ballast.write(bytes(size)) == size:
                        pass
                except OSError:
                    continue

    def clear(self, server: Server) -> None:
        self._ballast.unlink()


class Limit:
    """Where nothing may be mounted: the server's files may not grow any more (RLIMIT_FSIZE), which ends in EFBIG."""

    how = "file size limit"

    def __init__(self, folder: Path) -> None:
        self._wal = folder / "data" / f"{FILE}-wal"

    def fill(self, server: Server) -> None:
        _, hard = resource.prlimit(_process(server).pid, resource.RLIMIT_FSIZE)
        resource.prlimit(_process(server).pid, resource.RLIMIT_FSIZE, (self._wal.stat().st_size, hard))

    def clear(self, server: Server) -> None:
        _, hard = resource.prlimit(_process(server).pid, resource.RLIMIT_FSIZE)
        resource.prlimit(_process(server).pid, resource.RLIMIT_FSIZE, (hard, hard))


def _process(server: Server) -> "subprocess.Popen[bytes]":
    assert server._process is not None
    return server._process


@contextmanager
def disk(folder: Path, megabytes: int, how: str | None = None) -> Iterator[Disk]:
    """A disk that can be filled: a real one if mounting is permitted here, unless `how` names one."""
    folder.mkdir(exist_ok=True)
    if how != Limit.how:
        command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "plumbline-test", str(folder)]
        mounted = shutil.which("mount") and subprocess.run(command, capture_output=True, check=False).returncode == 0
        if mounted:
            try:
                yield Tmpfs(folder)
            finally:
                subprocess.run(["umount", str(folder)], check=True)
            return
        if how is not None:
            raise AssertionError("mounting is not permitted here")
    yield Limit(folder)


@dataclass(frozen=True)
class Outcome:
    """The figures of a run."""

    disk: str
    rounds: int
    refused: int  # requests that got 503 storage.unavailable with Retry-After
    acks_while_full: int  # answers that fitted all the same
    read_while_full: int  # of the rounds: /readyz said 200 meanwhile
    slowest_recovery_s: float  # until everybody had an answer acknowledged again
    load: Tally
    history: Findings
    integrity: str
    is_alive: bool  # the same process from the first to the last moment
    seconds: float
    complaints: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        served = self.read_while_full == self.rounds and self.slowest_recovery_s <= RECOVERY_S
        return self.history.is_sound and self.integrity == "ok" and self.is_alive and served and not self.complaints


def run(template: Path | None, folder: Path, rounds: int = 1, clients: int = 4, how: str | None = None) -> Outcome:
    """Fill and clear the disk `rounds` times under candidates; then compare what they know with what is there."""
    began = time.monotonic()
    refused = acks_while_full = read_while_full = 0
    slowest = 0.0
    with ExitStack() as stack:
        small = stack.enter_context(disk(folder, LOG_MB + ROUND_MB * rounds, how))
        data = folder / "data"
        data.mkdir()
        if template is not None:
            shutil.copy(template, data / FILE)
        server = stack.enter_context(Server(data, more=UNLIMITED))
        stand = Stand(data, [server], data / FILE)
        before = history.attempts(stand.place)
        with Load(stand.ports, clients, seed=1) as load:
            for _ in range(rounds):
                if not load.goes_on(FULL_S):
                    break
                small.fill(server)
                at_first = len(load.acks)
                load.goes_on(FULL_S)
                acks_while_full += len(load.acks) - at_first
                read_while_full += call(server.port, "GET", "/readyz").status == 200
                small.clear(server)
                slowest = max(slowest, load.seconds_until_everybody_is_served(time.monotonic()))
        is_alive = _process(server).poll() is None
        tally = load.tally()
        refused = tally.refused.get("503 storage.unavailable", 0)
        found = history.examine(stand, before, load.started, load.ended, load.acks)
        with closing(sqlite3.connect(data / FILE)) as file:
            integrity = "; ".join(row[0] for row in file.execute("pragma integrity_check"))
        complaints = stand.complaints(load.complaints)
    return Outcome(
        disk=small.how,
        rounds=rounds,
        refused=refused,
        acks_while_full=acks_while_full,
        read_while_full=read_while_full,
        slowest_recovery_s=round(slowest, 2),
        load=tally,
        history=found,
        integrity=integrity,
        is_alive=is_alive,
        seconds=round(time.monotonic() - began, 1),
        complaints=complaints,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--how", choices=(Tmpfs.how, Limit.how), default=None)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcome = run(None, Path(folder) / "disk", arguments.rounds, arguments.clients, arguments.how)
    print(json.dumps({**asdict(outcome), "sound": outcome.is_sound}))  # noqa: T201
    return 0 if outcome.is_sound else 1


if __name__ == "__main__":
    sys.exit(main())
