"""What a new attempt pins: sections and their time, weights, versions in force, and what the exposure lottery bars."""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Connection, func, select

from app.attempts import course
from app.attempts.assessments import Assessment
from app.attempts.plan import PinnedBank, Plan, Section
from app.banks import catalogue, pool
from app.banks.catalogue import CurrentBank
from app.database.attempts import responses as responses_table
from app.measurement import exposure
from app.measurement.irt import ENGINE_VERSION


def pinned(
    connection: Connection,
    assessment: Assessment,
    profile: catalogue.StoredProfile,
    time_factor: float | None,
    seed: bytes,
) -> Plan:
    """The plan of a new attempt, on what is published now."""
    current = {bank.domain: bank for bank in catalogue.banks(connection)}
    asked = {domain: float(target["weight"]) for domain, target in profile.content["domains"].items()}
    plan = Plan(
        sections=_sections(assessment, time_factor),
        weights={domain: asked.get(domain, 0.0) for domain in assessment.domains},
        budget_s=assessment.budget_s,
        banks={domain: _bank(current[domain]) for domain in assessment.domains},
        barred={},
        profile_version_id=profile.version_id,
        engine_version=ENGINE_VERSION,
    )
    return replace(plan, barred=_barred(connection, plan, seed))


def _sections(assessment: Assessment, time_factor: float | None) -> tuple[Section, ...]:
    """The sections; in a timed attempt each has its own share of the time, after which no further item comes in it."""
    minutes = assessment.section_minutes or (None,) * len(assessment.domains)
    return tuple(
        Section(domain, assessment.rules, None if own is None or time_factor is None else own * time_factor)
        for domain, own in zip(assessment.domains, minutes, strict=True)
    )


def _bank(bank: CurrentBank) -> PinnedBank:
    return PinnedBank(
        bank_version_id=bank.bank_version_id,
        number=bank.number,
        content_hash=bank.content_hash,
        parameter_version_id=bank.parameter_version_id,
        parameter_number=bank.parameter_number,
        parameter_hash=bank.parameter_hash,
        visibility=bank.visibility,
    )


def _barred(connection: Connection, plan: Plan, seed: bytes) -> Mapping[str, tuple[str, ...]]:
    """What the exposure lottery takes out of this attempt; nothing while the bank is too small for it to act."""
    barred: dict[str, tuple[str, ...]] = {}
    for section in plan.sections:
        bank = plan.banks[section.domain]
        if not section.rules.lottery or bank.visibility == "open":
            continue  # an open bank serves self-assessment: its keys are public, so exposure has nothing to guard
        known = pool.load(connection, bank.bank_version_id, bank.parameter_version_id)
        if len(known.entries) < 5 * section.rules.max_items:
            continue
        seen, total = _exposure(connection, section.domain)
        places = exposure.draw_barred(
            known.pool,
            seen,
            total,
            exposure.EXPOSURE_LIMIT,
            course.generator(seed, -1),
            max_items=section.rules.max_items,
        )
        barred[section.domain] = tuple(sorted(known.pool.item_ids[place] for place in places))
    return barred


def _exposure(connection: Connection, domain: str) -> tuple[dict[str, float], int]:
    """The share of attempts that saw each item of a domain, and the number of attempts."""
    rows = connection.execute(
        select(responses_table.c.item_id, func.count())
        .where(responses_table.c.domain == domain)
        .group_by(responses_table.c.item_id)
    ).all()
    total = connection.execute(
        select(func.count(responses_table.c.attempt_id.distinct())).where(responses_table.c.domain == domain)
    ).scalar_one()
    return {item_id: count / max(total, 1) for item_id, count in rows}, total
