"""A real server process, as an operator starts it, with a data folder of its own, killed and started at will.

Knows nothing of `app`: the command line and HTTP are all that it touches.
"""

import ctypes
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
READY_S = 60.0  # a start takes two seconds; a loaded machine may need many more
PROGRAM = ("-m", "app.cli")
# for those who ask as fast as they can: a deployment that trusts its clients may set the same
UNLIMITED = {"PLUMBLINE_STARTS_PER_MINUTE": "0", "PLUMBLINE_ANSWERS_PER_SECOND": "0"}
_PR_SET_PDEATHSIG = 1


class Unreachable(Exception):
    """The server was killed, or is not up yet: whether the request was carried out is not known."""


class NotConnected(Unreachable):
    """Nobody listens: the request was not even sent."""


@dataclass(frozen=True)
class Reply:
    """What came back: the status, the headers by lower-case name, the exact bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def request(
    port: int, method: str, path: str, body: Any = None, *, token: str | None = None, **headers: str
) -> http.client.HTTPConnection:
    """Send a request without waiting for its answer; `reply` reads it. Header names come with _ for -."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    _send(connection, method, path, body, token, headers)
    return connection


def _send(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: Any,
    token: str | None,
    headers: Mapping[str, str],
) -> None:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if token is not None:
        sent["Authorization"] = f"Bearer {token}"
    payload = None
    if body is not None:
        sent["Content-Type"] = "application/json"
        payload = json.dumps(body).encode()
    try:
        if connection.sock is None:
            connection.connect()
    except OSError as error:
        connection.close()
        raise NotConnected(str(error)) from error
    try:
        connection.request(method, path, payload, sent)
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        raise Unreachable(str(error)) from error


def reply(connection: http.client.HTTPConnection) -> Reply:
    """The answer to a request that was sent. Raises Unreachable when the server died over it."""
    try:
        return _receive(connection)
    finally:
        connection.close()


def _receive(connection: http.client.HTTPConnection) -> Reply:
    try:
        answer = connection.getresponse()
        return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        raise Unreachable(str(error)) from error


def call(port: int, method: str, path: str, body: Any = None, *, token: str | None = None, **headers: str) -> Reply:
    """One request and its answer."""
    return reply(request(port, method, path, body, token=token, **headers))


class Line:
    """A connection to one server that is kept open between requests, and opened again when it was closed."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def call(self, method: str, path: str, body: Any = None, *, token: str | None = None, **headers: str) -> Reply:
        """One request and its answer. Raises NotConnected when nobody listens, Unreachable when nothing came back."""
        _send(self._connection, method, path, body, token, headers)
        return _receive(self._connection)

    def close(self) -> None:
        self._connection.close()


def wait_until_ready(port: int, alive: subprocess.Popen[bytes] | None = None) -> None:
    """Poll /readyz until it says 200."""
    until = time.monotonic() + READY_S
    while time.monotonic() < until:
        if alive is not None and alive.poll() is not None:
            raise AssertionError(f"the server ended with {alive.returncode} before it was ready")
        try:
            if call(port, "GET", "/readyz").status == 200:
                return
        except Unreachable:
            pass
        time.sleep(0.02)
    raise AssertionError(f"the server was not ready within {READY_S} s")


def environment(data: Path, database_url: str | None = None, more: Mapping[str, str] = {}) -> dict[str, str]:
    """The environment of this process with nothing of Plumbline's but this data folder, this database, and `more`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PLUMBLINE_")}
    database = {} if database_url is None else {"PLUMBLINE_DATABASE_URL": database_url}
    return {**kept, "PLUMBLINE_DATA": str(data), **database, **more}


def plumbline(data: Path, *arguments: str, database_url: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command of the command line to its end."""
    return subprocess.run(
        [sys.executable, *PROGRAM, *arguments],
        cwd=REPOSITORY,
        env=environment(data, database_url),
        capture_output=True,
        text=True,
        timeout=3600,  # `db verify` of an hour of kills
        check=False,
    )


class Server:
    """`plumbline serve` on a free port; leaving the `with` ends it, and so does the death of this process."""

    def __init__(
        self,
        data: Path,
        database_url: str | None = None,
        more: Mapping[str, str] = {},
        program: Sequence[str] = PROGRAM,
    ) -> None:
        """more: further settings; program: what Python is told to run instead of the command line as it is."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.data = data
        self.log = data.with_name(f"{data.name}.{self.port}.log")
        self._environment = environment(data, database_url, more)
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process and wait until it is ready. Call it from one thread only: the child dies with that one."""
        self.begin()
        self.wait()

    def begin(self) -> None:
        """Start the process; `wait` returns once it is ready."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self._program, "serve", "--port", str(self.port)],
                cwd=REPOSITORY,
                env=self._environment,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509
            )

    def wait(self) -> None:
        """Wait until the process that was begun is ready."""
        try:
            wait_until_ready(self.port, self._process)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log.read_text(errors='replace')[-3000:]}") from None

    def kill(self) -> None:
        """kill -9: nothing is flushed, nothing is said."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(30)

    def end(self) -> None:
        """Kill it if it runs."""
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def __enter__(self) -> "Server":
        try:
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()


def die_with_parent() -> None:
    """For `preexec_fn` on Linux: the child is killed when the thread that started it ends, however that happens."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
