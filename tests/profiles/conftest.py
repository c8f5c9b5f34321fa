"""The shipped profiles, and evidence made of normal posteriors over made-up skills."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from app.measurement import irt
from app.measurement.estimation import SkillOffset
from app.profiles import catalogue, roles
from app.profiles.gap import Evidence

CONTENT = Path(__file__).parents[2] / "question_banks" / "profiles"

MakeEvidence = Callable[..., Evidence]


def _rows(name: str) -> dict[str, Any]:
    return yaml.safe_load((CONTENT / name).read_text(encoding="utf-8"))


@pytest.fixture
def profile_rows() -> dict[str, Any]:
    return _rows("profiles.yaml")


@pytest.fixture
def role_rows() -> dict[str, Any]:
    return _rows("roles.yaml")


@pytest.fixture
def tool_rows() -> dict[str, Any]:
    return _rows("tools.yaml")


@pytest.fixture(scope="session")
def profiles() -> tuple[roles.Profile, ...]:
    return roles.parse_profiles(_rows("profiles.yaml"))


@pytest.fixture(scope="session")
def researcher(profiles: tuple[roles.Profile, ...]) -> roles.Profile:
    return next(profile for profile in profiles if profile.default)


@pytest.fixture(scope="session")
def shipped_catalogue() -> catalogue.Catalogue:
    return catalogue.parse_catalogue(_rows("roles.yaml"), _rows("tools.yaml"))


@pytest.fixture(scope="session")
def make_evidence() -> MakeEvidence:
    def make(
        theta: float,
        se: float = 0.35,
        shares: Mapping[str, float] | None = None,
        offsets: Mapping[str, SkillOffset] | None = None,
    ) -> Evidence:
        weights = np.exp(-0.5 * ((irt.GRID - theta) / se) ** 2)
        return Evidence(weights / weights.sum(), shares or {"s.one": 0.6, "s.two": 0.4}, offsets or {})

    return make
