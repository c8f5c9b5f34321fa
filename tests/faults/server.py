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
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
READY_S = 60.0  # a start takes two seconds; a loaded machine may need many more
_PR_SET_PDEATHSIG = 1


class Unreachable(Exception):
    """The server was killed, or is not up yet: whether the request was carried out is not known."""


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
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if token is not None:
        sent["Authorization"] = f"Bearer {token}"
    payload = None
    if body is not None:
        sent["Content-Type"] = "application/json"
        payload = json.dumps(body).encode()
    try:
        connection.request(method, path, payload, sent)
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        raise Unreachable(str(error)) from error
    return connection


def reply(connection: http.client.HTTPConnection) -> Reply:
    """The answer to a request that was sent. Raises Unreachable when the server died over it."""
    try:
        answer = connection.getresponse()
        return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(str(error)) from error
    finally:
        connection.close()


def call(port: int, method: str, path: str, body: Any = None, *, token: str | None = None, **headers: str) -> Reply:
    """One request and its answer."""
    return reply(request(port, method, path, body, token=token, **headers))


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


def environment(data: Path) -> dict[str, str]:
    """The environment of this process with nothing of Plumbline's but this data folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PLUMBLINE_")}
    return {**kept, "PLUMBLINE_DATA": str(data)}


def plumbline(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the command line to its end."""
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *arguments],
        cwd=REPOSITORY,
        env=environment(data),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


class Server:
    """`plumbline serve` on a free port; leaving the `with` ends it, and so does the death of this process."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.log = data.with_name(f"{data.name}.log")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process and wait until it is ready. Call it from one thread only: the child dies with that one."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "app.cli", "serve", "--port", str(self.port)],
                cwd=REPOSITORY,
                env=environment(self.data),
                stdout=log,
                stderr=log,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509
            )
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
        if self._process is not None and self._process.poll() is None:
            self.kill()


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
