"""Looks at what is under the program: packages, limits of the process, the clock, the port."""

import ctypes
import http.client
import importlib.metadata
import json
import platform
import re
import socket
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta

from app.doctor.finding import Finding, bad, note, ok

FEW_FILES, ENOUGH_FILES = 256, 1024
SOLD_BEFORE = datetime.fromisoformat("2026-11-01T00:00:00+00:00")  # no clock can be right and before our first release
_REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?\s*([^;]*)(?:;(.*))?$")
_TIME_ERROR = 5  # what adjtimex returns while no time service keeps the clock (Linux, include/uapi/linux/timex.h)


def packages(*, postgresql: bool) -> Iterator[Finding]:
    """Python and every package that this one requires, against what is installed."""
    try:
        asked = importlib.metadata.requires("plumbline") or []
        own = importlib.metadata.version("plumbline")
    except importlib.metadata.PackageNotFoundError:
        yield note("packages", "Plumbline runs from its source, so nothing says which versions it needs")
        return
    wrong = [f for one in asked if _applies(one, postgresql=postgresql) for f in _unmet(one)]
    yield from wrong
    if not wrong:
        yield ok("packages", f"Plumbline {own}, Python {platform.python_version()}, all it needs is there")


def _applies(requirement: str, *, postgresql: bool) -> bool:
    marker = requirement.partition(";")[2]
    return "extra" not in marker or (postgresql and "postgres" in marker)


def _unmet(requirement: str) -> Iterator[Finding]:
    read = _REQUIREMENT.match(requirement)
    if read is None:
        return
    name, versions = read[1], read[2].strip()
    try:
        have = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        yield bad(
            "packages", f"{name} is not installed", "Install Plumbline again, with --require-hashes and the lock."
        )
        return
    if not fits(have, versions):
        yield bad("packages", f"{name} is {have}, needed is {versions}", "Install the versions of requirements.lock.")


def fits(have: str, wanted: str) -> bool:
    """Whether a version meets conditions such as ">=2.0,<3" or "==0.9.0"; compares the numbers, not the suffixes."""
    for sign, number in re.findall(r"(==|>=|<=|!=|~=|<|>)\s*([\w.]+)", wanted):
        mine, theirs = _numbers(have), _numbers(number)
        length = max(len(mine), len(theirs))
        low, high = mine + (0,) * (length - len(mine)), theirs + (0,) * (length - len(theirs))
        holds = {
            "==": low == high,
            "!=": low != high,
            ">=": low >= high,
            "<=": low <= high,
            ">": low > high,
            "<": low < high,
            "~=": low >= high and mine[: len(theirs) - 1] == theirs[:-1],
        }
        if not holds[sign]:
            return False
    return True


def _numbers(version: str) -> tuple[int, ...]:
    release = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in release[0].split(".")) if release else ()


def limits() -> Iterator[Finding]:
    """How many connections and files the process may have open."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415  (not on every system)

    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    advice = "Raise it: `ulimit -n`, or LimitNOFILE in the systemd unit."
    if most < FEW_FILES:
        yield bad("open files", f"the process may have {most}, each connection is one", advice)
    elif most < ENOUGH_FILES:
        yield note("open files", f"the process may have {most}, each connection is one", advice)
    else:
        yield ok("open files", f"up to {most}")


def clock(newest: datetime | None, now: datetime) -> Iterator[Finding]:
    """The clock against the newest event that is stored, and whether a time service keeps it."""
    if now < SOLD_BEFORE:
        yield bad("clock", f"{now:%Y-%m-%d %H:%M} UTC cannot be", "Set the clock; deadlines depend on it.")
    elif newest is not None and now + timedelta(seconds=5) < newest:
        behind = newest - now
        yield bad("clock", f"{behind} behind the newest answer", "Set the clock; run a time service.")
    else:
        yield ok("clock", f"{now:%Y-%m-%d %H:%M:%S} UTC")
    if _is_kept() is False:
        yield note("clock", "the system says that no time service keeps it", "Run chrony or systemd-timesyncd.")


def _is_kept() -> bool | None:
    if sys.platform != "linux":
        return None
    kernel = ctypes.create_string_buffer(512)  # struct timex, all zero: only asks
    answer: int = ctypes.CDLL(None).adjtimex(kernel)
    return None if answer < 0 else answer != _TIME_ERROR


def port(host: str, number: int) -> Iterator[Finding]:
    """Whether the port is free, ours, or somebody else's."""
    subject = "port"
    try:
        socket.create_connection((host, number), 2).close()
    except ConnectionRefusedError:
        yield ok(subject, f"{host}:{number} is free")
        return
    except OSError as error:
        yield bad(subject, f"{host}:{number} cannot be reached: {error.strerror or error}", "Check --host and --port.")
        return
    _, health = _asked(host, number, "/healthz")
    status, body = _asked(host, number, "/readyz")
    if health.get("status") != "alive":
        yield note(subject, f"{host}:{number} is used by another program", "Start with another --port, or stop it.")
    elif status == 200:
        yield ok(subject, f"Plumbline answers at {host}:{number}")
    else:
        told = body.get("detail", f"status {status}")
        yield bad(subject, f"Plumbline at {host}:{number} is not ready: {told}", "See the other findings and its log.")


def _asked(host: str, number: int, path: str) -> tuple[int, dict[str, str]]:
    connection = http.client.HTTPConnection(host, number, timeout=3)
    try:
        connection.request("GET", path, headers={"Host": "127.0.0.1"})
        response = connection.getresponse()
        body = json.loads(response.read(65_536))
        return response.status, body if isinstance(body, dict) else {}
    except (OSError, http.client.HTTPException, ValueError):
        return 0, {}
    finally:
        connection.close()
