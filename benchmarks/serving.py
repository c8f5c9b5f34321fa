"""What the benchmarks of the server share: a server process, a lean client, a database, and where an attempt stands."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


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


def cpu_seconds(pid: int) -> float:
    """CPU that the process has used, all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Place:
    """An empty database: its URL, and the process that serves it (None: the file is served by whoever opens it)."""

    url: str
    pid: int | None = None

    def cpu_seconds(self) -> float:
        """CPU that the database's own running processes have used; PostgreSQL has one for each connection."""
        if self.pid is None:
            return 0.0
        listed = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text(encoding="ascii").split()
        return sum(map(cpu_seconds, [self.pid, *map(int, listed)]))


@contextmanager
def database(kind: str, folder: str) -> Iterator[Place]:
    """An empty database: a SQLite file in the folder, or one in a PostgreSQL that ends with this run.

    PostgreSQL comes with its usual settings, fsync on: what is measured is what an operator gets.
    """
    if kind == "sqlite":
        yield Place(f"sqlite:///{folder}/plumbline.sqlite3")
        return
    sys.path.insert(0, str(ROOT / "tests"))
    from postgres import Postgres

    with Postgres(durable=True) as cluster:
        yield Place(cluster.url(cluster.create()), cluster.pid)
