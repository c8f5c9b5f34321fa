"""The catalogue of bad inputs: what is in it, for the tests that run its cases and the one that counts them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.banks import yaml_events

FILE = Path(__file__).with_name("catalogue.yaml")
MOST_ECHOED = 80  # characters of what was sent that an answer may hold


@dataclass(frozen=True)
class Case:
    """One bad input and what must come back. `proved` names tests as file or file::function."""

    id: str
    sent: str
    exit: int | None
    status: int | None
    code: str | None
    says: str
    proved: tuple[str, ...]
    absent: dict[str, Any]

    def is_run_by(self, file: str) -> bool:
        """Whether this test file runs the case under its id."""
        return file in self.proved


def cases() -> dict[str, Case]:
    """Every case by its id."""
    document = yaml_events.read(FILE.read_bytes())
    assert document.faults == [], "the catalogue keeps to the format of our own files"
    return {one["id"]: _case(one) for one in document.content["cases"]}


def run_by(file: str) -> list[str]:
    """The ids of the cases that this test file runs."""
    return [name for name, case in cases().items() if case.is_run_by(file)]


def _case(one: dict[str, Any]) -> Case:
    assert set(one) <= {"id", "sent", "expect", "why", "proved", "absent"}, one["id"]
    expected = one["expect"]
    assert set(expected) <= {"exit", "status", "code", "says"}, one["id"]
    return Case(
        one["id"],
        one["sent"],
        expected.get("exit"),
        expected.get("status"),
        expected.get("code"),
        expected.get("says", ""),
        tuple(one.get("proved", ())),
        one.get("absent", {}),
    )
