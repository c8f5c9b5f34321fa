"""Everything that an examination is told; the command line collects it from settings and environment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.banks.places import Installation


@dataclass(frozen=True)
class Case:
    """One installation, seen from outside.

    environment: the variables of the process. known: the names of our settings, as variables. problems: variables that
    could not be read, with the reason; their defaults are used. address: where `plumbline serve` would listen.
    """

    installation: Installation
    environment: Mapping[str, str]
    known: frozenset[str]
    problems: Mapping[str, str]
    base_url: str | None
    given_secret: str | None
    former_secrets: tuple[str, ...]
    address: tuple[str, int]
    clock: Callable[[], datetime]
