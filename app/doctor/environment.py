"""Looks at the settings: variables nobody reads, addresses and folders that cannot be meant so, weak secrets."""

import difflib
from collections.abc import Iterator
from urllib.parse import urlsplit

from app.auth.server_secret import SHORTEST
from app.banks.places import bank_folders
from app.doctor.case import Case
from app.doctor.finding import Finding, bad, note, ok
from app.http.protection import LOOPBACK

SUBJECT = "settings"
OF_TESTS = ("PLUMBLINE_REQUIRE_", "PLUMBLINE_CHROMIUM")


def examine(case: Case) -> Iterator[Finding]:
    """Variables, address, banks and secrets as they were given."""
    found = [*_variables(case), *_base_url(case.base_url), *_banks(case), *_secrets(case)]
    yield from found
    if not found:
        given = sum(name in case.known and bool(value) for name, value in case.environment.items())
        yield ok(SUBJECT, f"{given} set, the others as they come")


def warnings(case: Case) -> list[str]:
    """What is bad about the settings, a line each, for whoever starts a server nevertheless."""
    return [f"{found.message}. {found.advice}" for found in examine(case) if found.state == "bad"]


def is_address(address: str) -> bool:
    """Whether a base URL has the scheme and host of a web site."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(host) and parts.username is None


def _variables(case: Case) -> Iterator[Finding]:
    for name, why in case.problems.items():
        yield bad(SUBJECT, f"{name}: {why}", "Nothing starts with it; see docs/settings.md.")
    for name in sorted(case.environment):
        if not name.startswith("PLUMBLINE_") or name.startswith(OF_TESTS):
            continue
        if name not in case.known:
            meant = difflib.get_close_matches(name, case.known, 1, 0.75)
            advice = f"Did you mean {meant[0]}?" if meant else "Remove it, or see docs/settings.md for what there is."
            yield (bad if meant else note)(SUBJECT, f"{name} is no setting, and nobody reads it", advice)
        elif not case.environment[name]:
            yield note(SUBJECT, f"{name} is empty, which counts as not set")


def _base_url(address: str | None) -> Iterator[Finding]:
    if address is None:
        return
    name = "PLUMBLINE_BASE_URL"
    expected = "Set it to scheme and host, such as https://skills.example.org."
    if not is_address(address):
        yield bad(SUBJECT, f"{name} is no address of a web site", expected)
        return
    parts = urlsplit(address)
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        yield bad(SUBJECT, f"{name} has more than a host: Plumbline answers at the root of one", expected)
    elif parts.scheme == "http" and parts.hostname not in LOOPBACK:
        yield note(
            SUBJECT,
            f"{name} is plain http on {parts.hostname}: cookies travel in the open and are not marked Secure",
            "End TLS at a proxy and say https here.",
        )


def _banks(case: Case) -> Iterator[Finding]:
    shelf = case.installation.shelf
    for folder in shelf.extra:
        if not folder.is_dir():
            yield bad(SUBJECT, f"PLUMBLINE_BANKS names {folder}, which is no folder", "Correct or remove it.")
        elif not bank_folders(folder):
            yield bad(SUBJECT, f"PLUMBLINE_BANKS names {folder}, which holds no bank.yaml", "Name a bank's folder.")
    names = [folder.name for folder in shelf.banks()]
    for twice in sorted({name for name in names if names.count(name) > 1}):
        yield bad(SUBJECT, f"two banks are called {twice}", "Rename the folder and id of one, or remove it.")


def _secrets(case: Case) -> Iterator[Finding]:
    for name, secret in (
        ("PLUMBLINE_SECRET", case.given_secret),
        *(("PLUMBLINE_SECRET_OLD", former) for former in case.former_secrets),
    ):
        if secret is not None and len(secret) < SHORTEST:
            yield bad(
                SUBJECT,
                f"{name} has {len(secret)} characters: it can be guessed, and with it every resume code",
                f"Use {SHORTEST} or more random ones; `plumbline secret rotate` draws one where the variable is unset.",
            )
    if case.given_secret is None and not case.installation.url.startswith("sqlite"):
        yield note(
            SUBJECT,
            "the secret is in the data folder",
            "Servers on several machines need the same: set PLUMBLINE_SECRET for all of them.",
        )
