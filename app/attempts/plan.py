"""What an attempt pins when it starts: sections, rules, budget, the versions it draws on. Pure; JSON in the attempt."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from app.measurement.stopping import Rules


@dataclass(frozen=True)
class PinnedBank:
    """One domain's published bank and parameters, by row id, number and content hash."""

    bank_version_id: int
    number: int
    content_hash: str
    parameter_version_id: int
    parameter_number: int
    parameter_hash: str
    visibility: str


@dataclass(frozen=True)
class Section:
    """A part with its own rules and its own time. `minutes` None: no limit."""

    domain: str
    rules: Rules
    minutes: float | None


@dataclass(frozen=True)
class Plan:
    """Everything besides the seed and the answers that a replay needs.

    `weights` are the profile's domain weights; with `budget_s` set, one test runs over all sections at once (the quick
    test). `barred` holds the item ids that the exposure lottery took out for this attempt. `carried` counts the answers
    taken over from a quick test.
    """

    sections: tuple[Section, ...]
    weights: Mapping[str, float]
    budget_s: float | None
    banks: Mapping[str, PinnedBank]
    barred: Mapping[str, tuple[str, ...]]
    profile_version_id: int | None
    engine_version: str
    carried: int = 0

    @property
    def is_quick(self) -> bool:
        return self.budget_s is not None

    @property
    def domains(self) -> tuple[str, ...]:
        return tuple(section.domain for section in self.sections)


def dump(plan: Plan) -> dict[str, Any]:
    """The plan as JSON."""
    return asdict(plan)


def load(data: Mapping[str, Any]) -> Plan:
    """The plan from its JSON."""
    return Plan(
        sections=tuple(Section(s["domain"], Rules(**s["rules"]), s["minutes"]) for s in data["sections"]),
        weights=dict(data["weights"]),
        budget_s=data["budget_s"],
        banks={domain: PinnedBank(**bank) for domain, bank in data["banks"].items()},
        barred={domain: tuple(ids) for domain, ids in data["barred"].items()},
        profile_version_id=data["profile_version_id"],
        engine_version=data["engine_version"],
        carried=data["carried"],
    )
