"""What is wrong with a bank and where: one line an author can act on, `file:line:column: code: message`."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

MAX_PER_FILE = 50


@dataclass(frozen=True, order=True)
class Problem:
    """Line and column count from 1; a problem of the file as a whole stands at 1:1. `key` is the place in the item."""

    file: str
    line: int
    column: int
    code: str
    message: str
    item_id: str = ""
    key: str = ""

    @property
    def is_warning(self) -> bool:
        return self.code.startswith("W")

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}: {self.code}: "
        about = f" [{self.item_id}]" if self.item_id else ""
        return place + (f"{self.key}: " if self.key else "") + self.message + about

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""
        return {**asdict(self), "severity": "warning" if self.is_warning else "error"}


def key_text(path: Iterable[str | int]) -> str:
    """A place in an item as people write it: options[2].why."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def arranged(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Problems in the order of the files, each once, at most 50 a file; a last line counts the rest of a file."""
    by_file: dict[str, list[Problem]] = {}
    for problem in sorted(set(problems)):
        by_file.setdefault(problem.file, []).append(problem)
    kept: list[Problem] = []
    for file, found in by_file.items():
        kept += found[:MAX_PER_FILE]
        if len(found) > MAX_PER_FILE:
            rest = found[MAX_PER_FILE:]
            message = f"and {len(rest)} more problems in this file"
            kept.append(Problem(file, rest[0].line, rest[0].column, "bank.more", message))
    return tuple(kept)


def display(file: Path, base: Path | None = None) -> str:
    """A file as the author knows it: relative to the working folder when it lies there."""
    base = base or Path.cwd()
    return str(file.relative_to(base)) if file.is_relative_to(base) else str(file)
