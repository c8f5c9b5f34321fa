"""Three times more requests than the server can serve: what it still answers, how fast, and how it turns the rest away.

First the capacity, in a closed loop; then an open loop, whose arrivals follow a schedule whatever the replies do, so
that times count from when a request was due. Another part mixes kinds of requests and shows who is turned away first.
The first is not overload: 16 clients that answer as fast as they get replies, while background tasks run.

Client and server share the machine. With `--apart` each keeps to cores of its own, in every part: the client's work for
three times the load is then not taken from the server, as it is not where clients have machines of their own.

    python benchmarks/overload.py [--database sqlite] [--seconds 60] [--factor 3] [--json]
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvloop
from serving import ROOT, Turn, database, free_port, next_turn, server
from sqlalchemy import Connection, func, select, update

sys.path.insert(0, str(ROOT))  # for the tasks that run meanwhile
from app.database.attempts import attempts
from app.database.engine import Database
from app.jobs import queue

CONNECTIONS = 32
GOODPUT, ACCEPTED_S, REFUSED_S, QUIET_S = 0.8, 1.0, 0.1, 0.1
QUIET_CLIENTS = 16
LAPSED_PER_S = 40  # attempts whose time is over, beside the answers: as if a campus had gone home
TICK_S = 0.002
PATIENCE_S = 15.0  # what is not answered by then is lost
STARTERS = 8
MIX = ("answer", "answer", "resume", "start", "other")  # in turn
ORDER = ("answer", "resume", "start", "other")  # as they are turned away, last to first
Done = Callable[[int, bytes], None]


class Wire(asyncio.Protocol):
    """One keep-alive connection with at most one request under way; as little Python for each as will do."""

    def __init__(self) -> None:
        self.received = b""
        self.done: Done | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def send(self, request: bytes, done: Done) -> None:
        self.done = done
        self.transport.write(request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self.received += data
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return
        at = self.received.find(b"content-length: ") + 16
        length = int(self.received[at : self.received.index(b"\r", at)])
        if len(self.received) < end + 4 + length:
            return
        status, body = int(self.received[9:12]), self.received[end + 4 :]
        self.received = b""
        self._tell(status, body)

    def connection_lost(self, exc: Exception | None) -> None:
        self._tell(0, b"")

    def _tell(self, status: int, body: bytes) -> None:
        done, self.done = self.done, None
        if done is not None:
            done(status, body)


@dataclass
class Seen:
    """What came back: seconds by kind for what was accepted and what was refused, and everything else by its status."""

    accepted: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in ORDER})
    refused: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in ORDER})
    others: Counter[str] = field(default_factory=Counter)

    def note(self, kind: str, status: int, seconds: float) -> None:
        if 200 <= status < 300:
            self.accepted[kind].append(seconds)
        elif status == 503:
            self.refused[kind].append(seconds)
        else:
            self.others[str(status or "connection lost")] += 1


class Crowd:
    """Candidates in their attempts, who share connections: whoever is due takes a free one."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.ready: deque[Turn] = deque()
        self.idle: list[Wire] = []
        self.opened = 0
        self.under_way = 0
        self.seen = Seen()
        self._clock = asyncio.get_running_loop().time

    async def wire(self) -> Wire:
        if self.idle:
            return self.idle.pop()
        self.opened += 1
        _, wire = await asyncio.get_running_loop().create_connection(Wire, "127.0.0.1", self.port)
        return wire

    def launch(self, kind: str, due: float) -> None:
        """Send a request of this kind over a free connection; opens one when there is none."""
        turn = None
        if kind in ("answer", "resume"):
            if not self.ready:
                self.seen.others["no candidate was ready"] += 1
                return
            turn = self.ready.popleft()
        request = _request(kind, turn)
        self.under_way += 1
        if self.idle:
            self._send(self.idle.pop(), request, kind, turn, due)
        else:
            task = asyncio.get_running_loop().create_task(self._open_and_send(request, kind, turn, due))
            task.add_done_callback(lambda finished: finished.result())

    async def _open_and_send(self, request: bytes, kind: str, turn: Turn | None, due: float) -> None:
        try:
            wire = await self.wire()
        except OSError:
            self._ended(kind, turn, due, 0, b"")
        else:
            self._send(wire, request, kind, turn, due)

    def _send(self, wire: Wire, request: bytes, kind: str, turn: Turn | None, due: float) -> None:
        def done(status: int, body: bytes) -> None:
            if status:
                self.idle.append(wire)
            self._ended(kind, turn, due, status, body)

        wire.send(request, done)

    def _ended(self, kind: str, turn: Turn | None, due: float, status: int, body: bytes) -> None:
        self.under_way -= 1
        self.seen.note(kind, status, self._clock() - due)
        if kind == "start" and status == 201:
            self.ready.append(_started(body))
        elif turn is not None and (kind == "resume" or status != 200 or next_turn(turn, body)):
            self.ready.append(turn)  # refused or lost: the same request again, which is what the refusal asks for

    async def start(self, attempts: int) -> None:
        """Start attempts, a few at a time."""

        async def some(count: int) -> None:
            for _ in range(count):
                status, body = await self.ask(_request("start", None))
                assert status == 201, body[:300]
                self.ready.append(_started(body))

        await asyncio.gather(*(some(attempts // STARTERS + 1) for _ in range(STARTERS)))

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """One request and its answer."""
        wire = await self.wire()
        answer: asyncio.Future[tuple[int, bytes]] = asyncio.get_running_loop().create_future()
        wire.send(request, lambda status, body: answer.set_result((status, body)))
        reply = await answer
        self.idle.append(wire)
        return reply

    async def closed(self, clients: int, seconds: float, kinds: tuple[str, ...] = ("answer",)) -> float:
        """Each client asks again as soon as it is answered; accepted requests a second."""
        self.seen = Seen()
        until = self._clock() + seconds

        async def work(number: int) -> None:
            while (now := self._clock()) < until:
                kind = kinds[number % len(kinds)]
                number += 1
                turn = self.ready.popleft() if kind in ("answer", "resume") else None
                self.under_way += 1
                status, body = await self.ask(_request(kind, turn))
                self._ended(kind, turn, now, status, body)
                if status == 503:
                    await asyncio.sleep(1)

        await asyncio.gather(*map(work, range(clients)))
        return sum(map(len, self.seen.accepted.values())) / seconds

    async def open(self, rate: float, seconds: float, kinds: tuple[str, ...] = ("answer",)) -> float:
        """Requests at a steady rate whatever comes back; accepted requests a second."""
        self.seen = Seen()
        begun = self._clock()
        launched = 0
        while (elapsed := self._clock() - begun) < seconds:
            while launched < elapsed * rate:
                self.launch(kinds[launched % len(kinds)], begun + launched / rate)
                launched += 1
            await asyncio.sleep(TICK_S)
        in_time = sum(map(len, self.seen.accepted.values()))
        until = self._clock() + PATIENCE_S
        while self.under_way and self._clock() < until:
            await asyncio.sleep(0.05)
        self.seen.others["no answer"] += self.under_way
        return in_time / seconds


def _request(kind: str, turn: Turn | None) -> bytes:
    if kind == "start":
        return _post("/api/v1/attempts", "", b'{"assessment":"mathematics"}')
    if turn is None:
        return b"GET /api/v1/assessments HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    if kind == "resume":
        path = turn.path.removesuffix("/responses")
        return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {turn.token}\r\n\r\n".encode()
    body = f'{{"seq":{turn.seq},"item_id":"{turn.item_id}","answer":{{"skip":true}}}}'
    return _post(turn.path, f"Authorization: Bearer {turn.token}\r\n", body.encode())


def _post(path: str, headers: str, body: bytes) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{headers}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def _started(body: bytes) -> Turn:
    state = json.loads(body)
    return Turn(f"/api/v1/attempts/{state['id']}/responses", state["token"], 1, state["turn"]["item"]["id"])


def quantile(times: list[float], share: float) -> float:
    """The time that this share stays below, in seconds; NaN of nothing."""
    return sorted(times)[min(len(times) - 1, int(len(times) * share))] if times else float("nan")


def row(operation: str, size: float, ours: float, unit: str, goal: float | None, *, at_most: bool) -> dict[str, object]:
    """A line of the report. There is no peer: the goal is what it is measured against."""
    holds = None if goal is None else bool(ours <= goal if at_most else ours >= goal)
    shown = {"operation": operation, "size": round(size), "ours": round(ours, 3), "unit": unit}
    return {**shown, "peer": None, "peers": {}, "ratio": None, "goal": goal, "holds": holds}


async def quiet(port: int, url: str, seconds: float) -> list[dict[str, object]]:
    """16 clients that answer as fast as they can, while the server closes attempts whose time is over."""
    crowd = Crowd(port)
    await crowd.start(200 + round(100 * seconds))
    await crowd.closed(QUIET_CLIENTS, seconds / 4)
    db = Database(url)
    await crowd.start(round(LAPSED_PER_S * seconds))
    lapsed = [crowd.ready.pop().path.split("/")[4] for _ in range(round(LAPSED_PER_S * seconds))]
    db.write_now(let_lapse, lapsed)
    rate = await crowd.closed(QUIET_CLIENTS, seconds)
    closed = db.read_now(how_many_closed, lapsed)
    db.close()
    times = crowd.seen.accepted["answer"]
    return [
        row("closed-by-tasks-meanwhile", len(lapsed), closed / seconds, "attempts/s", 1, at_most=False),
        row("closed-loop", QUIET_CLIENTS, rate, "answers/s", None, at_most=False),
        row("closed-loop-p50", QUIET_CLIENTS, quantile(times, 0.5), "s", None, at_most=True),
        row("closed-loop-p99", QUIET_CLIENTS, quantile(times, 0.99), "s", QUIET_S, at_most=True),
    ]


def let_lapse(connection: Connection, ids: list[str]) -> None:
    """Have the time of these attempts be over, and the task begun that closes them."""
    now = datetime.now(UTC)
    past = update(attempts).where(attempts.c.id.in_(ids)).values(expires_at=now - timedelta(minutes=1))
    connection.execute(past)
    queue.enqueue(connection, "attempts.close", {}, now)


def how_many_closed(connection: Connection, ids: list[str]) -> int:
    """How many of these are scored."""
    scored = select(func.count()).where(attempts.c.id.in_(ids), attempts.c.status == "scored")
    return int(connection.execute(scored).scalar_one())


async def flood(port: int, seconds: float, factor: float) -> list[dict[str, object]]:
    """Answers alone: capacity, then `factor` times as many for so long."""
    crowd = Crowd(port)
    await crowd.start(1000)
    await crowd.closed(CONNECTIONS, 2)  # a server runs for weeks: what it loads once is not counted
    capacity = await crowd.closed(CONNECTIONS, 6)
    await crowd.start(round(capacity * seconds / 8))  # an attempt takes ten answers or more
    rate = capacity * factor
    goodput = await crowd.open(rate, seconds)
    seen, accepted, refused = crowd.seen, crowd.seen.accepted["answer"], crowd.seen.refused["answer"]
    strays = sum(seen.others.values())
    # measured on both sides of the flood, because other work on the machine comes and goes
    capacity = (capacity + await crowd.closed(CONNECTIONS, 4)) / 2
    print(f"accepted {len(accepted)}, refused {len(refused)}, others {dict(seen.others)}", file=sys.stderr)
    print(f"connections {crowd.opened}", file=sys.stderr)
    return [
        row("capacity", CONNECTIONS, capacity, "answers/s", None, at_most=False),
        row("offered", rate, (len(accepted) + len(refused) + strays) / seconds, "requests/s", None, at_most=False),
        row("goodput", rate, goodput, "answers/s", round(GOODPUT * capacity, 1), at_most=False),
        row("accepted-p50", rate, quantile(accepted, 0.5), "s", None, at_most=True),
        row("accepted-p99", rate, quantile(accepted, 0.99), "s", ACCEPTED_S, at_most=True),
        row("refused-p50", rate, quantile(refused, 0.5), "s", None, at_most=True),
        row("refused-p99", rate, quantile(refused, 0.99), "s", REFUSED_S, at_most=True),
        row("neither-accepted-nor-refused", rate, strays, "requests", 0, at_most=True),
    ]


async def mixed(port: int, seconds: float, factor: float) -> list[dict[str, object]]:
    """Kinds of requests in turn: which share of each was let in."""
    crowd = Crowd(port)
    await crowd.start(1500)
    capacity = await crowd.closed(CONNECTIONS, 4, MIX)
    await crowd.open(capacity * factor, seconds, MIX)
    rows, before = [], 1.0
    for kind in ORDER:
        let_in, refused = len(crowd.seen.accepted[kind]), len(crowd.seen.refused[kind])
        share = let_in / max(1, let_in + refused)
        rows.append(row(f"let-in-{kind}", capacity * factor, share, "share", round(before, 3), at_most=True))
        before = share
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=60, help="of overload; the other parts take a sixth of it")
    parser.add_argument("--factor", type=float, default=3, help="how much more than the capacity is offered")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--apart", action="store_true", help="client and server on cores of their own")
    parser.add_argument("--only", choices=["quiet", "flood", "mixed"])
    options = parser.parse_args()
    short = max(4.0, options.seconds / 6)
    parts: dict[str, Callable[[int, str], Awaitable[list[dict[str, object]]]]] = {
        "quiet": lambda port, url: quiet(port, url, short),
        "flood": lambda port, _: flood(port, options.seconds, options.factor),
        "mixed": lambda port, _: mixed(port, short, options.factor),
    }
    for name, part in parts.items():
        if options.only in (None, name):
            with tempfile.TemporaryDirectory() as folder, database(options.database, folder) as place:
                port = free_port()
                command = [sys.executable, "-m", "app.cli", "serve", "--port", str(port)]
                # all candidates come from one address here
                settings = {"DATA": folder, "DATABASE_URL": place.url, "STARTS_PER_MINUTE": "0"}
                environment = {f"PLUMBLINE_{setting}": value for setting, value in settings.items()}
                with server(command, environment, port) as pid:
                    if options.apart:
                        _set_apart(pid)
                    for line in uvloop.run(part(port, place.url)):
                        line["operation"] = f"{line['operation']}-{options.database}"
                        print(json.dumps(line) if options.json else _words(line), flush=True)


def _set_apart(pid: int) -> None:
    """The last core for this process, the others for the server's, with every thread that they have."""
    cores = sorted(os.sched_getaffinity(0))
    for process, own in ((pid, cores[:-1] or cores), (os.getpid(), cores[-1:])):
        for thread in Path(f"/proc/{process}/task").iterdir():
            os.sched_setaffinity(int(thread.name), own)


def _words(line: dict[str, object]) -> str:
    goal = "" if line["goal"] is None else f", goal {line['goal']}: {'holds' if line['holds'] else 'MISSED'}"
    return f"{line['operation']} ({line['size']}): {line['ours']} {line['unit']}{goal}"


if __name__ == "__main__":
    main()
