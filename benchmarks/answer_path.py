"""Answers a second and CPU an answer of the real server, beside the floor: FastAPI with raw sqlite3 in its event loop.

The floor reads the same kind of body, stores a row of the same size under the same two keys and updates another in a
transaction of its own (WAL, synchronous=FULL), sends as many bytes back, and computes nothing; the server scores,
estimates, chooses the next item and renders it. Both are driven by the same client over 32 connections, in turn, in one
run. `--json` prints one object a line.
"""

import argparse
import asyncio
import json
import os
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CONNECTIONS = 32
SHOWN_BYTES = 1950  # the median state that the server sends back and keeps for repeats
STATE_BYTES = 1300  # the row of an attempt
GOAL = 0.5
ROOT = Path(__file__).resolve().parent.parent


def floor_app() -> object:
    """The floor as an ASGI application: what a server could not do without."""
    from fastapi import FastAPI, Response
    from pydantic import BaseModel

    class Answer(BaseModel):
        seq: int
        item_id: str
        answer: dict[str, object]

    database = sqlite3.connect(os.environ["FLOOR_DATABASE"], isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        database.execute(f"PRAGMA {pragma}")
    database.execute("CREATE TABLE IF NOT EXISTS attempts (id TEXT PRIMARY KEY, seq INTEGER, state TEXT)")
    database.execute(
        "CREATE TABLE IF NOT EXISTS responses (id TEXT, seq INTEGER, item TEXT, answer TEXT, body TEXT,"
        " PRIMARY KEY (id, seq), UNIQUE (id, item))"
    )
    application = FastAPI()
    shown, state = json.dumps({"stem_html": "x" * SHOWN_BYTES}), "x" * STATE_BYTES

    @application.get("/readyz")
    async def ready() -> dict[str, str]:
        return {"status": "ready"}

    @application.post("/attempts/{attempt_id}/responses")
    async def answer(attempt_id: str, body: Answer) -> Response:
        database.execute("BEGIN IMMEDIATE")
        row = database.execute("SELECT seq, state FROM attempts WHERE id = ?", (attempt_id,)).fetchone()
        seq = (row[0] if row else 0) + 1
        answered = json.dumps(body.answer)
        written = (attempt_id, seq, f"{body.item_id}.{seq}", answered, shown)
        database.execute("INSERT INTO responses VALUES (?, ?, ?, ?, ?)", written)
        database.execute("INSERT OR REPLACE INTO attempts VALUES (?, ?, ?)", (attempt_id, seq, state))
        database.execute("COMMIT")
        return Response(shown, media_type="application/json")

    return application


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def server(command: Sequence[str], environment: dict[str, str], port: int) -> Iterator[int]:
    """A server process that is ready; its pid. Ended by its pid, whatever happens."""
    process = subprocess.Popen(command, env={**os.environ, **environment}, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while not _ready(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server did not start: {' '.join(command)}")
            time.sleep(0.05)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def _ready(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as connection:
            connection.sendall(b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            return connection.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


class Client:
    """One keep-alive connection that costs as little as it can, so that the server's share shows."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def open(self) -> None:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)

    async def post(self, path: str, body: bytes, token: str = "") -> bytes:
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        head += f"Content-Length: {len(body)}\r\n" + (f"Authorization: Bearer {token}\r\n" if token else "") + "\r\n"
        self.writer.write(head.encode() + body)
        answer = await self.reader.readuntil(b"\r\n\r\n")
        status = int(answer[9:12])
        start = answer.lower().index(b"content-length:") + 15
        content = await self.reader.readexactly(int(answer[start : answer.index(b"\r\n", start)]))
        if status >= 400:
            raise RuntimeError(f"{status} {content[:200]!r}")
        return content


@dataclass
class Turn:
    """Where one attempt stands."""

    path: str
    token: str
    seq: int
    item_id: str


def next_turn(turn: Turn, content: bytes) -> bool:
    """Move on by the answer; False when the attempt is over."""
    at = content.find(b'"item":{')
    if at < 0:
        return False
    start = content.index(b'"id":"', at) + 6
    turn.item_id = content[start : content.index(b'"', start)].decode()
    turn.seq += 1
    return True


async def drive_ours(port: int, pid: int, seconds: float) -> tuple[int, float]:
    """(answers in `seconds`, CPU seconds of the server for them); attempts are started before the clock runs."""
    clients = [Client(port) for _ in range(CONNECTIONS)]
    stock: list[list[Turn]] = []
    for client in clients:
        await client.open()
        turns = []
        for _ in range(max(2, round(seconds * 2.5))):
            state = json.loads(await client.post("/api/v1/attempts", b'{"assessment":"mathematics"}'))
            path = f"/api/v1/attempts/{state['id']}/responses"
            turns.append(Turn(path, state["token"], 1, state["turn"]["item"]["id"]))
        stock.append(turns)
    before = cpu_seconds(pid)
    end = time.perf_counter() + seconds

    async def work(client: Client, turns: list[Turn]) -> int:
        done = 0
        for turn in turns:
            going = True
            while going:
                if time.perf_counter() > end:
                    return done
                body = f'{{"seq":{turn.seq},"item_id":"{turn.item_id}","answer":{{"skip":true}}}}'
                going = next_turn(turn, await client.post(turn.path, body.encode(), turn.token))
                done += 1
        return done

    done = sum(await asyncio.gather(*map(work, clients, stock)))
    return done, cpu_seconds(pid) - before


async def drive_floor(port: int, pid: int, seconds: float) -> tuple[int, float]:
    """(answers in `seconds`, CPU seconds of the server for them) for the floor."""
    clients = [Client(port) for _ in range(CONNECTIONS)]
    for client in clients:
        await client.open()
    before = cpu_seconds(pid)
    end = time.perf_counter() + seconds

    async def work(client: Client, number: int) -> int:
        done = 0
        while time.perf_counter() < end:
            await client.post(f"/attempts/a{number}/responses", b'{"seq":1,"item_id":"x","answer":{"skip":true}}')
            done += 1
        return done

    done = sum(await asyncio.gather(*(work(client, number) for number, client in enumerate(clients))))
    return done, cpu_seconds(pid) - before


def cpu_seconds(pid: int) -> float:
    """CPU that the process has used, all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0)
    options = parser.parse_args()
    results: dict[str, list[tuple[float, float]]] = {"ours": [], "floor": []}
    with tempfile.TemporaryDirectory() as folder:
        ours, floor = free_port(), free_port()
        uvicorn = ["-m", "uvicorn", "benchmarks.answer_path:floor_app", "--factory", "--no-access-log"]
        commands = {
            "ours": ([sys.executable, "-m", "app.cli", "serve", "--port", str(ours)], {"PLUMBLINE_DATA": folder}, ours),
            "floor": (
                [sys.executable, *uvicorn, "--log-level", "error", "--port", str(floor)],
                {"FLOOR_DATABASE": f"{folder}/floor.sqlite3"},
                floor,
            ),
        }
        drivers = {"ours": drive_ours, "floor": drive_floor}
        for _ in range(options.rounds):
            for name, (command, environment, port) in commands.items():
                with server(command, environment, port) as pid:
                    asyncio.run(drivers[name](port, pid, options.seconds / 2))  # warm: a server runs for weeks
                    done, cpu = asyncio.run(drivers[name](port, pid, options.seconds))
                    results[name].append((done / options.seconds, cpu / done * 1e6))
    report(results, as_json=options.json)


def report(results: dict[str, list[tuple[float, float]]], *, as_json: bool) -> None:
    """Medians over the rounds; the ratio is ours to the floor's."""
    rate = {name: statistics.median(row[0] for row in rows) for name, rows in results.items()}
    cpu = {name: statistics.median(row[1] for row in rows) for name, rows in results.items()}
    ratio = rate["ours"] / rate["floor"]
    rows = [
        {
            "operation": "answer-sqlite",
            "size": CONNECTIONS,
            "ours": round(rate["ours"]),
            "unit": "answers/s",
            "peer": "raw sqlite3 in the event loop",
            "peers": {"raw sqlite3 in the event loop": round(rate["floor"])},
            "ratio": round(ratio, 3),
            "goal": GOAL,
            "holds": ratio >= GOAL,
        },
        {
            "operation": "answer-sqlite-cpu",
            "size": CONNECTIONS,
            "ours": round(cpu["ours"]),
            "unit": "us CPU an answer",
            "peer": "raw sqlite3 in the event loop",
            "peers": {"raw sqlite3 in the event loop": round(cpu["floor"])},
            "ratio": round(cpu["floor"] / cpu["ours"], 3),
            "goal": None,
            "holds": None,
        },
    ]
    for row in rows:
        print(
            json.dumps(row)
            if as_json
            else f"{row['operation']}: {row['ours']} {row['unit']}, floor {row['peers']}, ratio {row['ratio']}"
        )


if __name__ == "__main__":
    main()
