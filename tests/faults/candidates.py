"""Candidates: clients that answer as fast as they can and, as good clients do, repeat whatever was not acknowledged.

They use the API alone, and any server of those that they know.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any
from uuid import uuid4

from faults.history import Ack
from faults.server import Line, NotConnected, Reply, Unreachable

ASSESSMENTS = (
    "mathematics",
    "machine-learning",
    "deep-learning",
    "algorithmic-coding",
    "machine-learning-researcher-quick",
)
REPEATS = 0.1  # of the answers are sent once more although they were acknowledged
PATIENCE_S = 30.0  # of a client, over one request with all its repeats
RETRY_S = 0.05  # between repeats; Retry-After is respected, but in a clock that runs faster
HURRY = 20


class Complaint(Exception):
    """The service did what it must not do."""


@dataclass
class Ledger:
    """What a client knows. Each has its own; nothing is shared but the wish to stop."""

    acks: list[Ack] = field(default_factory=list)
    started: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    interrupted: int = 0  # requests that were sent and got no reply
    not_connected: int = 0
    refused: Counter[str] = field(default_factory=Counter)  # "503 storage.unavailable": how often
    stored_unheard: int = 0  # answers that got no reply and were in the log all the same
    stored_refused: int = 0  # answers that got 503 and were in the log all the same
    repeats: int = 0
    longest_wait_s: float = 0.0  # from the first sending of a request until its reply
    complaints: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Tally:
    """The ledgers of a load, added up."""

    clients: int
    acks: int
    attempts: int
    interrupted: int
    not_connected: int
    refused: dict[str, int]
    stored_unheard: int
    stored_refused: int
    repeats: int
    longest_wait_s: float


class Candidate(threading.Thread):
    """One client: starts attempts and answers them, whatever happens to the servers."""

    def __init__(self, ports: Sequence[int], seed: int, stop: threading.Event, think_s: float) -> None:
        super().__init__(name=f"candidate-{seed}", daemon=True)
        self.rng = random.Random(seed)
        self.stopping = stop
        self.think_s = think_s
        self.ledger = Ledger()
        self._lines = [Line(port) for port in ports]
        self._down: dict[Line, float] = {}

    def run(self) -> None:
        try:
            while not self.stopping.is_set():
                self._attempt()
        except Exception as error:  # a thread's traceback would be lost; the run must fail with it
            self.ledger.complaints.append(f"{self.name}: {error!r}")
            self.stopping.set()
        finally:
            for line in self._lines:
                line.close()

    def _attempt(self) -> None:
        order = {"assessment": self.rng.choice(ASSESSMENTS)}
        key = uuid4().hex  # another run over the same database may have the same seed
        state = self._until_heard("POST", "/api/v1/attempts", order, expected=201, Idempotency_Key=key).json
        attempt, token = state["id"], state["token"]
        self.ledger.started.append(attempt)
        while state["turn"] is not None and not self.stopping.is_set():
            state = self._answer(attempt, token, state)
            time.sleep(self.think_s)
        if state["turn"] is None:
            self.ledger.ended.append(attempt)

    def _answer(self, attempt: str, token: str, state: dict[str, Any]) -> dict[str, Any]:
        path = f"/api/v1/attempts/{attempt}"
        seq, item = state["seq"], state["turn"]["item"]
        sent = {"seq": seq, "item_id": item["id"], "answer": choose(item, self.rng), "confidence": None}
        began = time.monotonic()
        heard = self._once("POST", f"{path}/responses", sent, token)
        if heard is None or heard.status == 503:
            now = self._until_heard("GET", path, token=token).json
            self.ledger.stored_unheard += heard is None and now["seq"] > seq
            if heard is not None and now["seq"] > seq:
                self.ledger.stored_refused += 1
                if "not known" not in heard.json["detail"]:
                    raise Complaint(f"{attempt} {seq}: stored, although it was told {heard.body[:300]!r}")
            if now["seq"] == seq and now["turn"] != state["turn"]:
                raise Complaint(f"{attempt} {seq}: another turn than before")
            heard = self._until_heard("POST", f"{path}/responses", sent, token)
        if heard.status != 200:
            raise Complaint(f"{attempt} {seq}: {heard.status} {heard.body[:300]!r}")
        self._waited(began)
        self.ledger.acks.append(Ack(attempt, seq, item["id"], sent["answer"], heard.body, time.monotonic()))
        if self.rng.random() < REPEATS:
            self.ledger.repeats += 1
            again = self._until_heard("POST", f"{path}/responses", sent, token)
            if again.body != heard.body:
                raise Complaint(f"{attempt} {seq}: the repeat has other bytes")
        after: dict[str, Any] = heard.json
        return after

    def _until_heard(
        self, method: str, path: str, body: Any = None, token: str | None = None, expected: int = 200, **headers: str
    ) -> Reply:
        """The reply to a request that is repeated until it is carried out."""
        began = time.monotonic()
        while True:
            heard = self._once(method, path, body, token, **headers)
            if heard is not None and heard.status != 503:
                self._waited(began)
                if heard.status != expected:
                    raise Complaint(f"{method} {path}: {heard.status} {heard.body[:300]!r}")
                return heard
            if time.monotonic() > began + PATIENCE_S:
                raise Complaint(f"{method} {path}: gave up after {PATIENCE_S} s")
            pause = RETRY_S if heard is None else int(heard.headers["retry-after"]) / HURRY
            time.sleep(pause * self.rng.uniform(0.5, 1.5))

    def _once(self, method: str, path: str, body: Any, token: str | None, **headers: str) -> Reply | None:
        """Send a request to any server; None when nothing came back."""
        now = time.monotonic()
        usual = [line for line in self._lines if self._down.get(line, 0.0) < now]
        line = self.rng.choice(usual or self._lines)
        try:
            heard = line.call(method, path, body, token=token, **headers)
        except Unreachable as error:
            self._down[line] = now + 10 * RETRY_S  # as a proxy leaves it out for a while
            self.ledger.not_connected += isinstance(error, NotConnected)
            self.ledger.interrupted += not isinstance(error, NotConnected)
            return None
        if heard.status == 503:
            self.ledger.refused[f"{heard.status} {heard.json['code']}"] += 1
            if "retry-after" not in heard.headers or heard.json["code"] != "storage.unavailable":
                raise Complaint(f"{method} {path}: {heard.headers} {heard.body[:300]!r}")
        return heard

    def _waited(self, began: float) -> None:
        self.ledger.longest_wait_s = max(self.ledger.longest_wait_s, time.monotonic() - began)


class Load:
    """Several candidates at once; leaving the `with` lets them finish what they are at and stops them."""

    def __init__(self, ports: Sequence[int], clients: int, seed: int, think_s: float = 0.0) -> None:
        """think_s: how long each of them thinks about a question."""
        self.stopping = threading.Event()
        seeds = range(seed * 1000, seed * 1000 + clients)
        self._candidates = [Candidate(ports, one, self.stopping, think_s) for one in seeds]

    @property
    def ledgers(self) -> list[Ledger]:
        return [candidate.ledger for candidate in self._candidates]

    @property
    def acks(self) -> list[Ack]:
        return [ack for ledger in self.ledgers for ack in ledger.acks]

    @property
    def started(self) -> list[str]:
        return [attempt for ledger in self.ledgers for attempt in ledger.started]

    @property
    def ended(self) -> list[str]:
        return [attempt for ledger in self.ledgers for attempt in ledger.ended]

    @property
    def complaints(self) -> tuple[str, ...]:
        stuck = [f"{candidate.name} is stuck" for candidate in self._candidates if candidate.is_alive()]
        return (*stuck, *(complaint for ledger in self.ledgers for complaint in ledger.complaints))

    def goes_on(self, seconds: float) -> bool:
        """Let the candidates work for a while; False when one of them has a complaint."""
        return not self.stopping.wait(seconds)

    def seconds_until_everybody_is_served(self, since: float, patience_s: float = PATIENCE_S) -> float:
        """How long after `since` (monotonic clock) the last of the candidates had an answer acknowledged again."""
        while time.monotonic() < since + patience_s and not self.stopping.is_set():
            last = [ledger.acks[-1].at if ledger.acks else 0.0 for ledger in self.ledgers]
            if min(last) > since:
                firsts = [next(ack.at for ack in ledger.acks if ack.at > since) for ledger in self.ledgers]
                return max(firsts) - since
            time.sleep(0.01)
        return patience_s

    def tally(self) -> Tally:
        ledgers = self.ledgers
        return Tally(
            clients=len(ledgers),
            acks=len(self.acks),
            attempts=len(self.started),
            interrupted=sum(ledger.interrupted for ledger in ledgers),
            not_connected=sum(ledger.not_connected for ledger in ledgers),
            refused=dict(sum((ledger.refused for ledger in ledgers), Counter[str]())),
            stored_unheard=sum(ledger.stored_unheard for ledger in ledgers),
            stored_refused=sum(ledger.stored_refused for ledger in ledgers),
            repeats=sum(ledger.repeats for ledger in ledgers),
            longest_wait_s=round(max(ledger.longest_wait_s for ledger in ledgers), 2),
        )

    def __enter__(self) -> "Load":
        for candidate in self._candidates:
            candidate.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        for candidate in self._candidates:
            candidate.join(2 * PATIENCE_S)


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
