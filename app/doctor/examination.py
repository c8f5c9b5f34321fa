"""Looks over an installation and says what is well, what is not, and what to do about it. Changes nothing."""

from collections.abc import Iterator
from dataclasses import replace

from app.banks import load
from app.banks.places import Shelf
from app.database import connect
from app.doctor import environment, machine, place, storage
from app.doctor.case import Case
from app.doctor.finding import Finding, bad, fenced, note, ok
from app.http.assets import FOLDER

_SHORTEST_HIDDEN = 4  # characters: hiding less would tear words apart


def examine(case: Case) -> Iterator[Finding]:
    """Look at everything in turn; what fails is itself a finding. No finding holds a secret or a password."""
    hidden = _secrets(case)
    for finding in _looks(case):
        yield replace(finding, message=_without(finding.message, hidden), advice=_without(finding.advice, hidden))


def _looks(case: Case) -> Iterator[Finding]:
    postgresql = case.installation.url.startswith("postgres")
    yield from fenced("settings", environment.examine, case)
    yield from fenced("packages", machine.packages, postgresql=postgresql)
    yield from fenced("open files", machine.limits)
    yield from fenced("data folder", place.examine, case)
    yield from fenced("database", storage.examine, case)
    yield from fenced("bank", _banks, case.installation.shelf)
    yield from fenced("math font", _font)
    yield from fenced("port", machine.port, *case.address)
    yield note("runner", "not installed: items that ask for a program are not served yet")


def _banks(shelf: Shelf) -> Iterator[Finding]:
    folders = shelf.banks()
    for folder in folders:
        bank = load.load_bank(folder)
        if bank.errors:
            first = bank.errors[0]
            yield bad("bank", f"{folder.name}: {len(bank.errors)} errors, first {first}", "`plumbline bank check`")
        else:
            yield ok("bank", f"{folder.name}: {sum(item.status == 'live' for item in bank.items)} live items")
    if not folders:
        yield bad("bank", "no bank found", "Install Plumbline again, or set PLUMBLINE_BANKS.")


def _font() -> Iterator[Finding]:
    found = sorted((FOLDER / "font").glob("math-*.woff2"))
    if found:
        yield ok("math font", f"{len(found)} parts, {sum(f.stat().st_size for f in found) // 1024} kB")
    else:
        yield bad("math font", "missing: formulas would look wrong", "Install Plumbline again (`uv sync`).")


def _secrets(case: Case) -> list[str]:
    found = [case.given_secret, *case.former_secrets]
    try:
        url = connect.parsed(case.installation.url)
        found += [url.password, *(str(value) for name, value in url.query.items() if "pass" in name)]
    except Exception:  # an edge of the process; what cannot be read is hidden as a whole
        found.append(case.installation.url)
    return sorted({text for text in found if text and len(text) >= _SHORTEST_HIDDEN}, key=len, reverse=True)


def _without(text: str, hidden: list[str]) -> str:
    for secret in hidden:
        text = text.replace(secret, "***")
    return text
