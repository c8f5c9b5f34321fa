"""Candidates answer while the server is killed again and again; in the end every acknowledged answer is in the log.

In the suite with a few kills (test_kill_loop.py), and as a command: `python tests/faults/kill_loop.py --kills 50`.
"""

import argparse
import json
import random
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # as a command only its own folder is on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from faults.server import Server, Unreachable, call, plumbline, wait_until_ready

ASSESSMENTS = (
    "mathematics",
    "machine-learning",
    "deep-learning",
    "algorithmic-coding",
    "machine-learning-researcher-quick",
)
REPEATS = 0.1  # of the answers are sent once more although they were acknowledged


@dataclass(frozen=True)
class Ack:
    """What the server acknowledged: the answer as sent, the body as received."""

    attempt: str
    seq: int
    item_id: str
    answer: dict[str, Any]
    body: bytes


@dataclass
class Ledger:
    """What the clients know. Each has its own; nothing is shared but the wish to stop."""

    acks: list[Ack] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    interrupted: int = 0  # answers over which the server died
    stored_unheard: int = 0  # of those, the ones that were in the log all the same
    repeats: int = 0
    complaints: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Outcome:
    """The figures of a run. `complaints`, `lost`, `doubled`, `differing` must be empty or 0, `verify` 0."""

    kills: int
    acks: int
    attempts: int
    interrupted: int
    stored_unheard: int
    repeats: int
    lost: int
    doubled: int
    differing: int
    verify: int
    seconds: float
    complaints: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        return not (self.lost or self.doubled or self.differing or self.verify or self.complaints)


class Candidate(threading.Thread):
    """One client: starts attempts and answers them as fast as it can, whatever happens to the server."""

    def __init__(self, port: int, seed: int, stop: threading.Event) -> None:
        super().__init__(name=f"candidate-{seed}", daemon=True)
        self.port = port
        self.rng = random.Random(seed)
        self.stopping = stop
        self.ledger = Ledger()

    def run(self) -> None:
        try:
            while not self.stopping.is_set():
                self._attempt()
        except Exception as error:  # a thread's traceback would be lost; the run must fail with it
            self.ledger.complaints.append(f"{self.name}: {error!r}")

    def _attempt(self) -> None:
        order = {"assessment": self.rng.choice(ASSESSMENTS)}
        key = f"{self.name}-{self.rng.getrandbits(64):x}"
        started = self._until_heard("POST", "/api/v1/attempts", order, None, Idempotency_Key=key)
        state = started.json
        attempt, token = state["id"], state["token"]
        while state["turn"] is not None and not self.stopping.is_set():
            state = self._answer(attempt, token, state)
        if state["turn"] is None:
            self.ledger.ended.append(attempt)

    def _answer(self, attempt: str, token: str, state: dict[str, Any]) -> dict[str, Any]:
        path = f"/api/v1/attempts/{attempt}"
        seq, item = state["seq"], state["turn"]["item"]
        sent = {"seq": seq, "item_id": item["id"], "answer": choose(item, self.rng), "confidence": None}
        try:
            heard = call(self.port, "POST", f"{path}/responses", sent, token=token)
        except Unreachable:
            self.ledger.interrupted += 1
            now = self._until_heard("GET", path, None, token).json
            self.ledger.stored_unheard += now["seq"] > seq
            if now["seq"] == seq and now["turn"] != state["turn"]:
                self.ledger.complaints.append(f"{attempt} {seq}: another turn after the restart")
            heard = self._until_heard("POST", f"{path}/responses", sent, token)
        if heard.status != 200:
            self.ledger.complaints.append(f"{attempt} {seq}: {heard.status} {heard.body[:300]!r}")
            self.stopping.set()
            return {"turn": None}
        self.ledger.acks.append(Ack(attempt, seq, item["id"], sent["answer"], heard.body))
        if self.rng.random() < REPEATS:
            self.ledger.repeats += 1
            again = self._until_heard("POST", f"{path}/responses", sent, token)
            if again.body != heard.body:
                self.ledger.complaints.append(f"{attempt} {seq}: the repeat has other bytes")
        after: dict[str, Any] = heard.json
        return after

    def _until_heard(self, method: str, path: str, body: Any, token: str | None, **headers: str) -> Any:
        while True:
            try:
                return call(self.port, method, path, body, token=token, **headers)
            except Unreachable:
                wait_until_ready(self.port)


def choose(item: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """A well-formed answer, knowing only the view; in the one spelling that the log keeps."""
    if rng.random() < 0.15:
        return {"skip": True}
    if item["type"] == "single":
        return {"option": rng.choice(item["options"])["id"]}
    if item["type"] == "multiple":
        chosen = rng.sample([option["id"] for option in item["options"]], k=rng.randint(1, len(item["options"]) - 1))
        return {"options": sorted(chosen)}
    unit = {"unit": item["units"][0]} if item["units"] else {}
    return {"value": str(rng.randint(1, 999)), **unit}


def run(data: Path, kills: int, seed: int = 1, clients: int = 4, pause_s: tuple[float, float] = (0.1, 1.5)) -> Outcome:
    """Kill the server `kills` times at random moments under `clients` candidates, then compare log and clients."""
    began = time.monotonic()
    rng = random.Random(seed)
    stop = threading.Event()
    with Server(data) as server:
        candidates = [Candidate(server.port, seed * 1000 + number, stop) for number in range(clients)]
        for candidate in candidates:
            candidate.start()
        for _ in range(kills):
            stop.wait(rng.uniform(*pause_s))
            server.kill()
            server.start()
        stop.wait(0.5)
        stop.set()
        for candidate in candidates:
            candidate.join(60)
        stuck = [f"{candidate.name} is stuck" for candidate in candidates if candidate.is_alive()]
        server.kill()
    ledgers = [candidate.ledger for candidate in candidates]
    acks = [ack for ledger in ledgers for ack in ledger.acks]
    lost, doubled, differing = compare(data / "plumbline.sqlite3", acks)
    return Outcome(
        kills=kills,
        acks=len(acks),
        attempts=len({ack.attempt for ack in acks}),
        interrupted=sum(ledger.interrupted for ledger in ledgers),
        stored_unheard=sum(ledger.stored_unheard for ledger in ledgers),
        repeats=sum(ledger.repeats for ledger in ledgers),
        lost=lost,
        doubled=doubled,
        differing=differing,
        verify=plumbline(data, "db", "verify").returncode,
        seconds=round(time.monotonic() - began, 1),
        complaints=(*stuck, *(complaint for ledger in ledgers for complaint in ledger.complaints)),
    )


def compare(file: Path, acks: list[Ack]) -> tuple[int, int, int]:
    """(lost, doubled, differing) acknowledged answers, by the log as SQLite alone reads it."""
    lost = doubled = differing = 0
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as log:
        for ack in acks:
            rows = list(_rows(log, ack))
            lost += not rows
            doubled += len(rows) > 1
            differing += any(
                (item_id, json.loads(answer), body.encode()) != (ack.item_id, ack.answer, ack.body)
                for item_id, answer, body in rows
            )
    return lost, doubled, differing


def _rows(log: sqlite3.Connection, ack: Ack) -> Iterator[tuple[str, str, str]]:
    yield from log.execute(
        "select item_id, answer, body from responses where attempt_id = ? and (seq = ? or item_id = ?)",
        (ack.attempt, ack.seq, ack.item_id),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcome = run(Path(folder) / "data", arguments.kills, arguments.seed, arguments.clients)
    print(json.dumps(asdict(outcome)))  # noqa: T201
    return 0 if outcome.is_sound else 1


if __name__ == "__main__":
    sys.exit(main())
