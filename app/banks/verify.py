"""Proves keys: runs the script of each item, which has never seen the key, and scores what it answers.

A script gets every variant as JSON on stdin and prints its answers as the last line:
`{"item", "type", "variants": [{"params": {...}, "options": {"a": "text"}}]}` -> `{"answers": [answer, ...]}`.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.banks import confined
from app.banks.load import Bank
from app.errors import Invalid
from app.items.contract import Item, Variant
from app.items.placeholders import render
from app.items.registry import type_of
from app.items.variants import VariantError, described, enumerate_variants

MAX_VARIANTS = 200
_TAIL = 600  # characters of stderr in a message
_READ = 4 * 1024 * 1024  # bytes of output looked at, from its end
_SHOWN = 3  # disagreements spelled out


@dataclass(frozen=True)
class Limits:
    """What one script may use: seconds of CPU, seconds on the wall, bytes of memory, bytes of output."""

    cpu_s: int = 60
    wall_s: float = 90.0
    memory: int = 1024**3
    output: int = 16 * 1024**2


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True)
class Result:
    """Whether the script's answer scores 1 in every variant; `message` says what went wrong otherwise."""

    item_id: str
    ok: bool
    variants: int
    seconds: float
    message: str = ""


def scripted(bank: Bank, only: Collection[str] | None = None) -> list[Item]:
    """The items with a script, all of them or those named."""
    return [item for item in bank.items if item.verify and item.verify.script and (only is None or item.id in only)]


def verify(
    bank: Bank, only: Collection[str] | None = None, *, workers: int = 2, limits: Limits = DEFAULT_LIMITS
) -> Iterator[Result]:
    """Run the scripts of a bank and yield each result as it comes. Stopping early ends the scripts that still run."""
    running: set[subprocess.Popen[bytes]] = set()
    pool = ThreadPoolExecutor(max_workers=workers)
    try:
        jobs = [pool.submit(verify_item, item, bank.folder, limits, running) for item in scripted(bank, only)]
        for job in as_completed(jobs):
            yield job.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in list(running):
            _end(process)
        pool.shutdown(wait=True)


def verify_item(item: Item, folder: Path, limits: Limits, running: set[subprocess.Popen[bytes]]) -> Result:
    """Run the script of one item; its process is in `running` meanwhile."""
    started = time.monotonic()
    variants: Sequence[Variant[Any]] = ()
    try:
        variants = enumerate_variants(item, MAX_VARIANTS)
        script = (folder / str(item.verify and item.verify.script)).resolve()
        message = _judge(item, variants, _run(script, question(item, variants), limits, running))
    except (VariantError, ScriptError) as error:
        message = str(error)
    return Result(item.id, not message, len(variants), time.monotonic() - started, message)


def question(item: Item, variants: Sequence[Variant[Any]]) -> dict[str, Any]:
    """What a script is told: drawn parameters and rendered options, never the key or what is derived."""
    asked = []
    for variant in variants:
        entry: dict[str, Any] = {"params": variant.drawn}
        if variant.order:
            options = {option.id: option.text for option in getattr(item, "options", ())}
            entry["options"] = {letter: render(options[letter], variant.values) for letter in sorted(options)}
        asked.append(entry)
    return {"item": item.id, "type": item.type, "variants": asked}


class ScriptError(ValueError):
    """A script that gave no answers."""


def _run(script: Path, asked: dict[str, Any], limits: Limits, running: set[subprocess.Popen[bytes]]) -> list[Any]:
    numbers = [limits.cpu_s, limits.memory, limits.output, os.getpid()]
    environment = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}
    environment |= {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
    with (
        tempfile.TemporaryDirectory(prefix="verify-") as folder,
        tempfile.TemporaryFile() as output,
        tempfile.TemporaryFile() as errors,
    ):
        process = subprocess.Popen(  # noqa: S603  the bank's own script, by its full path
            [sys.executable, "-I", "-X", "utf8", confined.__file__, str(script), *map(str, numbers)],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=errors,
            cwd=folder,
            env={**environment, "TMPDIR": folder},
            start_new_session=True,
        )
        running.add(process)
        try:
            process.communicate(json.dumps(asked).encode(), timeout=limits.wall_s)
        except subprocess.TimeoutExpired:
            raise ScriptError(f"still running after {limits.wall_s:g} s; a script should need 5 s") from None
        finally:
            _end(process)
            running.discard(process)
        if process.returncode:
            raise ScriptError(_why_failed(process.returncode, _tail(errors, _TAIL), limits))
        return _answers(_tail(output, _READ))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and all it started, also what outlived it."""
    if sys.platform == "win32":
        process.kill()
    else:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _why_failed(code: int, stderr: str, limits: Limits) -> str:
    told = f": {stderr}" if stderr else ""
    if code == -signal.SIGKILL or code == -getattr(signal, "SIGXCPU", 0):
        return f"ended: more than {limits.cpu_s} s of CPU time or too much memory{told}"
    if "MemoryError" in stderr or "Unable to allocate" in stderr:
        return f"needs more than {limits.memory // 2**20} MiB of memory{told}"
    if code < 0:
        return f"the script crashed ({signal.Signals(-code).name}){told}"
    return f"the script failed (exit code {code}){told}"


def _answers(output: str) -> list[Any]:
    lines = output.strip().splitlines()
    if not lines:
        raise ScriptError('the script printed nothing; its last line has to be {"answers": [...]}')
    try:
        printed = json.loads(lines[-1])
    except (ValueError, RecursionError):
        raise ScriptError(f"the last line printed is not JSON: {lines[-1][:120]}") from None
    answers = printed.get("answers") if isinstance(printed, dict) else None
    if not isinstance(answers, list):
        raise ScriptError('the last line has no list of answers; expected {"answers": [...]}')
    return answers


def _judge(item: Item, variants: Sequence[Variant[Any]], answers: Sequence[Any]) -> str:
    """What disagrees with the key; empty when nothing does."""
    if len(answers) != len(variants):
        return f"{len(answers)} answers for {len(variants)} variants; one answer for each, in their order"
    wrong = [
        told for variant, answer in zip(variants, answers, strict=True) if (told := _disagreement(variant, answer))
    ]
    if not wrong:
        return ""
    more = f"; and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
    return f"{len(wrong)} of {len(variants)} variants disagree with the key: " + "; ".join(wrong[:_SHOWN]) + more


def _disagreement(variant: Variant[Any], raw: object) -> str:
    item_type = type_of(variant.item)
    drawn = described(variant.drawn)
    where = f"when {drawn}, " if drawn else ""
    try:
        answer = item_type.parse(variant, raw)
    except Invalid as error:
        return f"{where}the answer {json.dumps(raw)[:80]} is refused: {error.detail}"
    if item_type.score(variant, answer).fraction == 1:
        return ""
    return f"{where}the script answers {json.dumps(answer)[:80]}, the key is {json.dumps(item_type.key(variant))[:80]}"


def _tail(file: Any, length: int) -> str:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - length))
    text: str = file.read().decode("utf-8", "replace").strip()
    return text if size <= length else "..." + text[text.find("\n") + 1 :]
