"""A campus day: candidates who all start within a minute and then answer every 30 seconds; how many can one core hold?

Every arrival and every answer is due at a moment of its own, whatever the server does (an open loop), and its time is
counted from then. The number of candidates grows until the goal breaks: p99 <= 250 ms, no error. A refusal is repeated
by the candidate after the Retry-After it came with, and what it cost counts in. Client, server and database share the
machine, so the figure is what this machine holds with the client's work in it. `--json` prints one object a line.
"""

import argparse
import asyncio
import heapq
import itertools
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from serving import Client, Place, Turn, cpu_seconds, database, free_port, next_turn, server

THINKING_S = 30.0
START_WINDOW_S = 60.0
GOAL_P99_S = 0.25
LEVELS = (1_000, 2_000, 4_000, 6_000, 8_000, 10_000, 12_000, 16_000, 20_000, 24_000)


@dataclass
class Day:
    """What one number of candidates came to. Times in seconds from when a request was due."""

    starts: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    refused: int = 0
    failed: int = 0

    @property
    def p99(self) -> float:
        return percentile(self.starts + self.answers, 0.99)

    @property
    def holds(self) -> bool:
        return self.failed == 0 and bool(self.answers) and self.p99 <= GOAL_P99_S


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Connections:
    """Keep-alive connections to the servers in turn; as many as are needed at once."""

    def __init__(self, ports: Sequence[int]) -> None:
        self._ports = itertools.cycle(ports)
        self._free: list[Client] = []

    async def post(self, path: str, body: bytes, token: str = "") -> bytes:
        client = self._free.pop() if self._free else Client(next(self._ports))
        if not hasattr(client, "writer"):
            await client.open()
        content = await client.post(path, body, token)
        self._free.append(client)
        return content


async def live(ports: Sequence[int], candidates: int, seconds: float, seed: int) -> Day:
    """Drive so many candidates through start and answers for START_WINDOW_S + `seconds`."""
    rng = random.Random(seed)
    day, connections = Day(), Connections(ports)
    begun = time.perf_counter()
    end = begun + START_WINDOW_S + seconds
    # six in ten come in the first third of the minute, as when the doors open
    arrivals = (
        begun + START_WINDOW_S * (rng.random() / 3 if rng.random() < 0.6 else 1 / 3 + rng.random() * 2 / 3)
        for _ in range(candidates)
    )
    due: list[tuple[float, int, Turn | None]] = [(moment, number, None) for number, moment in enumerate(arrivals)]
    heapq.heapify(due)
    running: set[asyncio.Task[None]] = set()

    async def act(moment: float, number: int, turn: Turn | None) -> None:
        try:
            if turn is None:
                state = json.loads(await connections.post("/api/v1/attempts", b'{"assessment":"mathematics"}'))
                path = f"/api/v1/attempts/{state['id']}/responses"
                turn, going = Turn(path, state["token"], 1, state["turn"]["item"]["id"]), True
                day.starts.append(time.perf_counter() - moment)
            else:
                body = f'{{"seq":{turn.seq},"item_id":"{turn.item_id}","answer":{{"skip":true}}}}'
                going = next_turn(turn, await connections.post(turn.path, body.encode(), turn.token))
                day.answers.append(time.perf_counter() - moment)
        except RuntimeError as error:  # the client raises it for every status from 400 on
            if not str(error).startswith(("503", "429")):
                day.failed += 1
                return
            day.refused += 1
            heapq.heappush(due, (time.perf_counter() + rng.uniform(1, 5), number, turn))
            return
        except OSError:
            day.failed += 1
            return
        if going:
            heapq.heappush(due, (moment + rng.uniform(0.5, 1.5) * THINKING_S, number, turn))

    while due or running:
        now = time.perf_counter()
        if now > end:
            break
        while due and due[0][0] <= now:
            task = asyncio.create_task(act(*heapq.heappop(due)))
            running.add(task)
            task.add_done_callback(running.discard)
        await asyncio.sleep(min(0.005, max(0.0, due[0][0] - now)) if due else 0.005)
    if running:
        await asyncio.wait(running, timeout=10)
    day.failed += len(running)
    return day


def row(kind: str, servers: int, candidates: int, day: Day, cores: float) -> dict[str, object]:
    """One line of the report. `cores`: CPU of servers and database a second, in cores."""
    return {
        "operation": f"campus-day-{kind}",
        "size": candidates,
        "ours": round(candidates / (os.cpu_count() or 1)),
        "unit": "candidates a core of the machine",
        "servers": servers,
        "cores_used": round(cores, 2),
        "candidates_a_core_used": round(candidates / cores),
        "starts": len(day.starts),
        "answers": len(day.answers),
        "p50_ms": round(statistics.median(day.starts + day.answers) * 1000, 1),
        "p99_ms": round(day.p99 * 1000, 1),
        "refused": day.refused,
        "failed": day.failed,
        "peer": None,
        "peers": {},
        "ratio": None,
        "goal": f"p99 <= {GOAL_P99_S * 1000:.0f} ms, failed 0",
        "holds": day.holds,
    }


def run(kind: str, servers: int, levels: Sequence[int], seconds: float) -> list[dict[str, object]]:
    """Drive growing numbers of candidates until the goal breaks; a row each."""
    rows: list[dict[str, object]] = []
    for number, candidates in enumerate(levels):
        with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            place: Place = stack.enter_context(database(kind, folder))
            environment = {
                "PLUMBLINE_DATA": folder,
                "PLUMBLINE_DATABASE_URL": place.url,
                "PLUMBLINE_STARTS_PER_MINUTE": "0",  # every candidate here has the same address
            }
            ports = [free_port() for _ in range(servers)]
            pids = [
                stack.enter_context(
                    server([sys.executable, "-m", "app.cli", "serve", "--port", str(port)], environment, port)
                )
                for port in ports
            ]
            before, since = sum(map(cpu_seconds, pids)) + place.cpu_seconds(), time.perf_counter()
            day = asyncio.run(live(ports, candidates, seconds, seed=number))
            used = sum(map(cpu_seconds, pids)) + place.cpu_seconds() - before
            rows.append(row(kind, servers, candidates, day, used / (time.perf_counter() - since)))
            print(f"{candidates} candidates: p99 {rows[-1]['p99_ms']} ms", file=sys.stderr, flush=True)
            if not day.holds:
                break
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--servers", type=int, default=1, help="server processes; more than one needs PostgreSQL")
    parser.add_argument("--seconds", type=float, default=60.0, help="after the minute in which all start")
    parser.add_argument("--levels", type=int, nargs="*", default=LEVELS)
    options = parser.parse_args()
    rows = run(options.database, options.servers, options.levels, options.seconds)
    held = [one for one in rows if one["holds"]]
    for one in [*held[-1:], *rows[len(held) :]]:
        text = (
            f"{one['size']} candidates: {one['ours']} a core, {one['candidates_a_core_used']} a core used, "
            f"p50 {one['p50_ms']} ms, p99 {one['p99_ms']} ms, refused {one['refused']}, failed {one['failed']}"
        )
        print(json.dumps(one) if options.json else text, flush=True)


if __name__ == "__main__":
    main()
