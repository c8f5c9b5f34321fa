"""Sixteen clients do the same thing at the same moment, to one server or to two: one of them wins, none gets an error.

In the suite with a few races (test_race.py), and as a command:
`python tests/faults/race.py --database postgresql --races 1000`.
"""

import argparse
import http.client
import json
import random
import socket
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from types import TracebackType
from typing import Any
from uuid import uuid4

if __name__ == "__main__":  # as a command only its own folder is on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from faults import history, stand
from faults.candidates import Complaint
from faults.history import Ack, Findings
from faults.server import Reply
from faults.stand import Stand, asking

CLIENTS = 16
MOST_TURNS = 8  # raced in one attempt
ASSESSMENTS = ("mathematics", "machine-learning", "deep-learning", "algorithmic-coding")
GRACE = timedelta(seconds=5)  # after the deadline, for the network
START, DIFFERENT, FEW, FINISH, LATE, EXPIRY = (
    "16 starts with one key",
    "16 different answers",
    "16 answers, some the same",
    "16 finishes",
    "8 answers, 8 finishes",
    "8 answers, 8 looks at the deadline",
)
ENDINGS = (FINISH, LATE, EXPIRY)


@dataclass(frozen=True)
class Outcome:
    """The figures of a run: how many races of each kind, and what the clients were told."""

    database: str
    servers: int
    races: dict[str, int]
    statuses: dict[str, dict[str, int]]
    acks: int
    history: Findings
    seconds: float
    complaints: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        return self.history.is_sound and not self.complaints


class Crowd:
    """Open connections, spread over the servers in turn. Every request but its last byte is sent beforehand."""

    def __init__(self, ports: Sequence[int], size: int = CLIENTS) -> None:
        self.ports = ports
        self._lines = [
            socket.create_connection(("127.0.0.1", ports[number % len(ports)]), timeout=30) for number in range(size)
        ]
        for line in self._lines:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, requests: Sequence[bytes], rng: random.Random, at: float = 0.0) -> list[Reply]:
        """Send as many requests as there are connections at once, no sooner than `at` (time.time()); their replies."""
        asking = list(zip(self._lines, requests, strict=True))
        for line, request in asking:
            line.sendall(request[:-1])
        time.sleep(max(0.003, at - time.time()))  # the servers have read all that there is
        for line, request in rng.sample(asking, k=len(asking)):
            line.sendall(request[-1:])
        return [_reply(line) for line in self._lines]

    def ask_one(self, request: bytes, server: int = 0) -> Reply:
        """One request to one of the servers, by its number."""
        line = self._lines[server]
        line.sendall(request)
        return _reply(line)

    def __enter__(self) -> "Crowd":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for line in self._lines:
            line.close()


def _reply(line: socket.socket) -> Reply:
    answer = http.client.HTTPResponse(line)
    try:
        answer.begin()
        return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
    finally:
        answer.close()


def message(method: str, path: str, body: Any = None, token: str | None = None, **headers: str) -> bytes:
    """A request as it goes over the line."""
    payload = b"" if body is None else json.dumps(body).encode()
    sent = {"Host": "127.0.0.1", "Content-Length": str(len(payload))} | {
        k.replace("_", "-"): v for k, v in headers.items()
    }
    if body is not None:
        sent["Content-Type"] = "application/json"
    if token is not None:
        sent["Authorization"] = f"Bearer {token}"
    head = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + payload


def answers_to(item: Mapping[str, Any], rng: random.Random) -> list[dict[str, Any]]:
    """Well-formed answers that all differ, as many as there are clients if the item allows so many."""
    if item["type"] == "numeric":
        unit = {"unit": item["units"][0]} if item["units"] else {}
        return [{"value": str(number), **unit} for number in rng.sample(range(1, 1000), k=CLIENTS)]
    options = [option["id"] for option in item["options"]]
    if item["type"] == "single":
        found: list[dict[str, Any]] = [{"option": option} for option in options]
    else:
        several = [sorted(chosen) for size in range(1, len(options)) for chosen in combinations(options, size)]
        found = [{"options": chosen} for chosen in several]
    found.append({"skip": True})
    return rng.sample(found, k=min(CLIENTS, len(found)))


class Story:
    """One attempt in which everything that can be raced is: its start, its answers, its end."""

    def __init__(self, crowd: Crowd, place: Path | str, rng: random.Random) -> None:
        self.races: Counter[str] = Counter()
        self.statuses: dict[str, Counter[str]] = {}
        self.acks: list[Ack] = []
        self.started: list[str] = []
        self._crowd = crowd
        self._place = place
        self._rng = rng

    def tell(self, ending: str) -> None:
        """Start, answer up to MOST_TURNS questions, end in the way that is named."""
        state = self._start()
        attempt, token = state["id"], state["token"]
        self.started.append(attempt)
        for _ in range(MOST_TURNS):
            if state["turn"] is None:
                return
            state = self._answer(attempt, token, state)
        if state["turn"] is not None:
            self._end(attempt, token, state, ending)

    def _start(self) -> Any:
        order = {"assessment": self._rng.choice(ASSESSMENTS)}
        replies = self._race(START, [message("POST", "/api/v1/attempts", order, Idempotency_Key=uuid4().hex)] * CLIENTS)
        _expect(START, {reply.status for reply in replies} == {201}, replies)
        _expect(START, len({reply.body for reply in replies}) == 1, replies)
        return replies[0].json

    def _answer(self, attempt: str, token: str, state: Mapping[str, Any]) -> Any:
        seq, item = state["seq"], state["turn"]["item"]
        different = answers_to(item, self._rng)
        given = [different[number % len(different)] for number in range(CLIENTS)]
        kind = DIFFERENT if len(different) == CLIENTS else FEW
        requests = [self._post(attempt, token, seq, item["id"], answer) for answer in given]
        replies = self._race(kind, requests)
        winners = [number for number, reply in enumerate(replies) if reply.status == 200]
        _expect(kind, bool(winners), replies)
        winner, body = given[winners[0]], replies[winners[0]].body
        for answer, reply in zip(given, replies, strict=True):
            fair = reply.body == body if answer == winner else _code(reply) == "409 answer.conflict"
            _expect(kind, fair, replies)
        self.acks.append(Ack(attempt, seq, item["id"], winner, body))
        loser = next(number for number, answer in enumerate(given) if answer != winner)
        for server, _ in enumerate(self._crowd.ports):
            again = self._crowd.ask_one(requests[winners[0]], server)
            _expect("repeat of the winner", (again.status, again.body) == (200, body), [again])
            late = self._crowd.ask_one(requests[loser], server)
            _expect("repeat of a loser", _code(late) == "409 answer.conflict", [late])
        return json.loads(body)

    def _end(self, attempt: str, token: str, state: Mapping[str, Any], ending: str) -> None:
        path, seq, item = f"/api/v1/attempts/{attempt}", state["seq"], state["turn"]["item"]
        finish, look = message("POST", f"{path}/finish", token=token), message("GET", path, token=token)
        answer = answers_to(item, self._rng)[0]
        post = self._post(attempt, token, seq, item["id"], answer)
        if ending == FINISH:
            _expect(ending, {reply.status for reply in self._race(ending, [finish] * CLIENTS)} == {200}, [])
            return
        moment, allowed = 0.0, {"200", "409 answer.stale"}
        if ending == EXPIRY:
            over = datetime.now(UTC) + timedelta(seconds=0.1)
            self._set_deadline(attempt, over - GRACE)
            moment, allowed = over.timestamp() + self._rng.uniform(-0.004, 0.001), {"200", "410 attempt.expired"}
        other = look if ending == EXPIRY else finish
        replies = self._race(ending, [post, other] * (CLIENTS // 2), moment)
        answered, others = replies[::2], replies[1::2]
        told = {_code(reply) for reply in answered}
        # the same answer for all eight: whichever came first, the attempt was over for all of them or for none
        _expect(ending, len(told) == 1 and told <= allowed and len({r.body for r in answered}) == 1, answered)
        _expect(ending, {reply.status for reply in others} == {200}, others)
        if told == {"200"}:
            self.acks.append(Ack(attempt, seq, item["id"], answer, answered[0].body))
        if ending == EXPIRY:
            time.sleep(max(0.0, over.timestamp() - time.time()))
            _expect(ending, self._crowd.ask_one(look).json["status"] == "scored", [])

    def _post(self, attempt: str, token: str, seq: int, item_id: str, answer: Any) -> bytes:
        body = {"seq": seq, "item_id": item_id, "answer": answer}
        return message("POST", f"/api/v1/attempts/{attempt}/responses", body, token)

    def _race(self, kind: str, requests: Sequence[bytes], at: float = 0.0) -> list[Reply]:
        replies = self._crowd.ask(requests, self._rng, at)
        self.races[kind] += 1
        self.statuses.setdefault(kind, Counter()).update(_code(reply) for reply in replies)
        return replies

    def _set_deadline(self, attempt: str, moment: datetime) -> None:
        """No test is shorter than minutes: the deadline is moved where it is kept."""
        kept = moment.strftime("%Y-%m-%d %H:%M:%S.%f") if isinstance(self._place, Path) else moment
        with asking(self._place) as ask:
            ask("update attempts set expires_at = ? where id = ?", kept, attempt)

    def wrong_logs(self) -> list[str]:
        """Attempts whose log holds another number of answers than were acknowledged."""
        told = Counter(ack.attempt for ack in self.acks)
        with asking(self._place) as ask:
            stored = {
                one: ask("select count(*) from responses where attempt_id = ?", one)[0][0] for one in self.started
            }
        return [f"{one}: {stored[one]} stored, {told[one]} acknowledged" for one in stored if stored[one] != told[one]]


def _code(reply: Reply) -> str:
    return str(reply.status) if reply.status < 400 else f"{reply.status} {reply.json['code']}"


def _expect(kind: str, holds: bool, replies: Sequence[Reply]) -> None:
    if not holds:
        raise Complaint(f"{kind}: {[(reply.status, reply.body[:200]) for reply in replies]}")


def run(racers: Stand, races: int, seed: int = 1) -> Outcome:
    """Race until as many questions had 16 different answers at once, with all that is raced on the way."""
    began = time.monotonic()
    rng = random.Random(seed)
    before = history.attempts(racers.place)
    complaints: list[str] = []
    with Crowd(racers.ports) as crowd:
        story = Story(crowd, racers.place, rng)
        try:
            while story.races[DIFFERENT] < races or not all(story.races[ending] for ending in ENDINGS):
                story.tell(ENDINGS[len(story.started) % len(ENDINGS)])
        except (Complaint, OSError, http.client.HTTPException) as error:
            complaints.append(repr(error))
    findings = history.examine(racers, before, story.started, story.started, story.acks)
    return Outcome(
        database=racers.database,
        servers=len(racers.servers),
        races=dict(story.races),
        statuses={kind: dict(counted) for kind, counted in story.statuses.items()},
        acks=len(story.acks),
        history=findings,
        seconds=round(time.monotonic() - began, 1),
        complaints=racers.complaints([*complaints, *story.wrong_logs()]),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=(stand.SQLITE, stand.POSTGRESQL), default=stand.POSTGRESQL)
    parser.add_argument("--races", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with stand.new(arguments.database) as racers:
        outcome = run(racers, arguments.races, arguments.seed)
    print(json.dumps({**asdict(outcome), "sound": outcome.is_sound}))  # noqa: T201
    return 0 if outcome.is_sound else 1


if __name__ == "__main__":
    sys.exit(main())
