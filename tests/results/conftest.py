"""Results built from made-up normal posteriors and the shipped profiles."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import yaml

from app.measurement import irt
from app.measurement.estimation import SkillOffset
from app.profiles import roles
from app.results import report
from app.results.schemas import Result

PROFILES = roles.parse_profiles(
    yaml.safe_load(
        (Path(__file__).parents[2] / "question_banks" / "profiles" / "profiles.yaml").read_text(encoding="utf-8")
    )
)
DEFAULT = PROFILES[0].id
OFFSETS = {
    "strong": SkillOffset(mean=0.6, sd=0.35, p_above=0.95, p_meets=0.5, items=5),
    "weak": SkillOffset(mean=-0.6, sd=0.35, p_above=0.05, p_meets=0.5, items=4),
    "thin": SkillOffset(mean=-0.9, sd=0.3, p_above=0.01, p_meets=0.5, items=3),
}

BuildResult = Callable[..., Result]


@pytest.fixture(scope="session")
def profiles() -> tuple[roles.Profile, ...]:
    return PROFILES


@pytest.fixture(scope="session")
def build_result() -> BuildResult:
    def build(
        measured: Mapping[str, tuple[float, float]],
        *,
        profile: str | None = DEFAULT,
        items: int = 14,
        offers: report.Offers | None = None,
        human_responses: int = 0,
        visibility: str = "open",
        calibrated: bool = False,
    ) -> Result:
        """measured: domain -> (theta, standard error)."""
        domains = []
        for domain, (theta, se) in measured.items():
            weights = np.exp(-0.5 * ((irt.GRID - theta) / se) ** 2)
            skills = {f"{domain}.{name}": f"{name.capitalize()} {domain}" for name in (*OFFSETS, "unseen")}
            domains.append(
                report.Domain(
                    id=domain,
                    title=domain.replace("-", " ").capitalize(),
                    weights=weights / weights.sum(),
                    items=items,
                    skills=skills,
                    skill_shares=dict.fromkeys(skills, 0.25),
                    offsets={f"{domain}.{name}": offset for name, offset in OFFSETS.items()},
                )
            )
        return report.build(
            report.Facts(
                attempt="att_1",
                assessment="machine-learning-researcher",
                parameter_version="1",
                calibrated=calibrated,
                bank_visibility=visibility,
                human_responses=human_responses,
                scored_at=datetime(2026, 11, 23, 12, 0, tzinfo=UTC),
                score_version=1,
            ),
            domains,
            next((p for p in PROFILES if p.id == profile), None),
            PROFILES,
            offers=offers or report.Offers(dict.fromkeys(measured, 20), {}),
        )

    return build
