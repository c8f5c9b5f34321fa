"""A real server in a child process, and Chromium to look at it. Skipped with a reason where there is no browser."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = os.environ.get("PLUMBLINE_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
REQUIRED = os.environ.get("PLUMBLINE_REQUIRE_BROWSER") == "1"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ROOT = Path(__file__).resolve().parents[2]


def missing(reason: str) -> None:
    """Skip, or fail where a browser is required."""
    if REQUIRED:
        pytest.fail(f"PLUMBLINE_REQUIRE_BROWSER=1, but {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """One browser for the tests of a file, each with a context of its own.

    Not for the session: as long as Playwright is there its event loop runs, and no later test could run one of its own.
    """
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415  (not everybody who runs tests has it)
    except ImportError:
        missing("Playwright is not installed (dependency group dev)")
    if not Path(CHROMIUM).exists():
        missing(f"there is no Chromium at {CHROMIUM}; set PLUMBLINE_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def running(command: list[str], port: int, data: Path) -> Iterator[str]:
    """The server as a child process; its address. Ended by its own pid."""
    log = data / "server.log"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PLUMBLINE_")} | {
        "PLUMBLINE_DATA": str(data),
        "PYTHONPATH": str(ROOT),
    }
    with log.open("wb") as out:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
        try:
            address = f"http://127.0.0.1:{port}"
            for _ in range(150):
                if server.poll() is not None:
                    pytest.fail(f"the server ended at once:\n{log.read_text()[-2000:]}")
                try:
                    with urllib.request.urlopen(f"{address}/healthz", timeout=1):  # noqa: S310
                        break
                except (urllib.error.URLError, ConnectionError):
                    time.sleep(0.2)
            else:
                pytest.fail(f"no answer within 30 s:\n{log.read_text()[-2000:]}")
            yield address
        finally:
            server.terminate()
            server.wait(20)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def data_of(tmp_path_factory: pytest.TempPathFactory, published_file: Path, name: str) -> Path:
    folder = tmp_path_factory.mktemp(name)
    shutil.copy(published_file, folder / "plumbline.sqlite3")
    return folder


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, published_file: Path, chromium: Any) -> Iterator[str]:
    """The address of the server as `plumbline serve` starts it."""
    del chromium  # asked for first, so that nothing is started where there is no browser
    port = free_port()
    command = [sys.executable, "-m", "app.cli", "serve", "--port", str(port)]
    with running(command, port, data_of(tmp_path_factory, published_file, "browser")) as address:
        yield address


@pytest.fixture
def movable(
    tmp_path_factory: pytest.TempPathFactory, published_file: Path, chromium: Any
) -> Iterator[tuple[str, Callable[[float], object]]]:
    """A server of its own and a function that moves its clock to so many seconds ahead."""
    del chromium
    port, data = free_port(), data_of(tmp_path_factory, published_file, "clock")
    file = data / "ahead"

    def ahead(seconds: float) -> None:
        partial = file.with_suffix(".partial")
        partial.write_text(str(seconds), encoding="ascii")
        partial.replace(file)

    ahead(0)
    command = [sys.executable, str(Path(__file__).with_name("moved_clock.py")), str(port), str(file)]
    with running(command, port, data) as address:
        yield address, ahead


@pytest.fixture
def context(chromium: Any) -> Iterator[Callable[..., Any]]:
    """Opens contexts; at the end no page of them may have written to the console under the real policy."""
    opened, said = [], []

    def open_(**options: Any) -> Any:
        found = chromium.new_context(**{"viewport": {"width": 1280, "height": 800}} | options)
        found.set_default_timeout(10_000)
        found.on("console", lambda message: said.append(f"{message.type}: {message.text} ({message.page.url})"))
        found.on("weberror", lambda error: said.append(f"error: {error.error}"))
        opened.append(found)
        return found

    yield open_
    for one in opened:
        one.close()
    # Chromium reports any page that is not 200 as a failed resource; those states are wanted here
    assert [line for line in said if "Failed to load resource" not in line] == []
