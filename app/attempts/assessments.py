"""What is offered: one assessment a domain, the whole profile by sections, the quick one over all its domains. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from app.measurement.stopping import STANDARD, Rules

DEFAULT_PROFILE = "machine-learning-researcher"
QUICK_MINUTES = 20


@dataclass(frozen=True)
class Offer:
    """A domain that has a published bank: what an assessment needs to know of it."""

    domain: str
    title: str
    minutes: int  # for one standard test
    items: int


@dataclass(frozen=True)
class Assessment:
    """What a candidate can start. `rules` hold in each section; `budget_s` makes it the quick test."""

    id: str
    title: str
    description: str
    domains: tuple[str, ...]
    minutes: int
    profile: str
    precision: Literal["quick", "standard", "verified", "screening"]
    rules: Rules = STANDARD
    budget_s: float | None = None
    section_minutes: tuple[int, ...] = ()  # one for each domain, where a section has its own time
    mode: Literal["adaptive", "form"] = "adaptive"
    visibility: Literal["public", "private"] = "public"


def offered(offers: Sequence[Offer], weights: Mapping[str, float]) -> tuple[Assessment, ...]:
    """The assessments that the published banks allow, the quick one first.

    Args:
        offers: the domains with a bank.
        weights: the default profile's weight for each domain that it asks.
    """
    asked = sorted((offer for offer in offers if weights.get(offer.domain, 0) > 0), key=lambda o: -weights[o.domain])
    found: list[Assessment] = []
    if len(asked) > 1:
        names = _listed([offer.title.lower() for offer in asked])
        found.append(
            Assessment(
                id=f"{DEFAULT_PROFILE}-quick",
                title=f"How far from a machine-learning researcher? {QUICK_MINUTES} minutes",
                description=f"A first estimate in {names}, with wide, honest intervals. You can sharpen it afterwards "
                "without losing an answer.",
                domains=tuple(offer.domain for offer in asked),
                minutes=QUICK_MINUTES,
                profile=DEFAULT_PROFILE,
                precision="quick",
                budget_s=QUICK_MINUTES * 60.0,
            )
        )
        found.append(
            Assessment(
                id=DEFAULT_PROFILE,
                title="The whole machine-learning researcher profile",
                description=f"One section for each of {names}, up to {STANDARD.max_items} questions each. "
                "Leave and come back when you like, or stop and keep the score.",
                domains=tuple(offer.domain for offer in asked),
                minutes=sum(offer.minutes for offer in asked),
                section_minutes=tuple(offer.minutes for offer in asked),
                profile=DEFAULT_PROFILE,
                precision="standard",
            )
        )
    found.extend(
        Assessment(
            id=offer.domain,
            title=offer.title,
            description=f"An adaptive test of {offer.title.lower()}, up to {min(STANDARD.max_items, offer.items)} "
            "questions. Stop whenever you like and keep the score.",
            domains=(offer.domain,),
            minutes=offer.minutes,
            profile=DEFAULT_PROFILE,
            precision="standard",
        )
        for offer in offers
    )
    return tuple(found)


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
