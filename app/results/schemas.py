"""The shape of a result, as GET /attempts/{attempt_id}/result and everything made from it show it.

Scores and gaps are points on 0..300, shares and probabilities 0..1, none of them rounded; intervals are [lo, hi].
"""

from typing import Literal

from typing_extensions import TypedDict  # pydantic reads the one in typing only from Python 3.12 on

VerdictWord = Literal["meets", "below", "too close"]
SignalWord = Literal["stronger", "as expected", "weaker"]


class LevelProbabilities(TypedDict):
    """Probability of each proficiency level; they sum to 1."""

    beginning: float
    developing: float
    accomplished: float


class TargetResult(TypedDict):
    """A domain against what the profile asks of it."""

    level: str
    score: float
    p_meets: float
    expected_gap: float
    gap_interval_90: list[float]
    verdict: VerdictWord


class SkillResult(TypedDict):
    """A signal, not a score: null below four items. p_meets is null when the profile does not ask for the skill."""

    skill: str
    title: str
    signal: SignalWord | None
    items: int
    p_meets: float | None


class DomainResult(TypedDict):
    """One domain: estimate with its uncertainty. `quantiles` are twenty equal chances, for the dot chart."""

    domain: str
    title: str
    theta: float
    se: float
    score: float
    interval_50: list[float]
    interval_90: list[float]
    quantiles: list[float]
    level: str
    level_probabilities: LevelProbabilities
    items: int
    target: TargetResult | None
    skills: list[SkillResult]


class ProfileGap(TypedDict):
    """Mean gap over the assessed domains of the profile, by weight, in points."""

    expected_gap: float
    gap_interval_90: list[float]


class CoverageResult(TypedDict):
    """Expected weight share of asked skills at or above target. Not a hiring probability and not a percentile."""

    index: float | None
    interval_90: list[float] | None
    assessed: float


class FindingResult(TypedDict):
    """A strength or a gap."""

    domain: str
    skill: str | None
    weight: float
    expected_gap: float
    text: str


class NextStepResult(TypedDict):
    """Something worth doing next."""

    kind: Literal["practice", "assess", "sharpen"]
    domain: str
    skill: str | None
    minutes: int
    text: str
    url: str


class RoleResult(TypedDict):
    """The coverage index of another profile; unranked ones have too little assessed to be compared."""

    profile: str
    title: str
    index: float | None
    interval_90: list[float] | None
    assessed: float
    ranked: bool


class ResponseResult(TypedDict):
    """One answered item, with what a review shows of it."""

    seq: int
    item_id: str
    version: int
    score: float | None
    review_html: str


class Result(TypedDict):
    """Everything a scored attempt says."""

    attempt: str
    assessment: str
    mode: Literal["assess", "practice"]
    profile: str | None
    profile_version: int | None
    profile_title: str | None
    profile_basis: Literal["judged", "pilot", "measured"] | None
    status: Literal["provisional", "calibrated"]
    parameter_version: str
    bank_visibility: Literal["open", "private"]
    proctored: bool
    human_responses: int
    scored_at: str
    score_version: int
    domains: list[DomainResult]
    profile_gap: ProfileGap | None
    coverage: CoverageResult | None
    meets_profile: bool | None
    not_assessed: list[str]
    strengths: list[FindingResult]
    gaps: list[FindingResult]
    next_steps: list[NextStepResult]
    other_roles: list[RoleResult]
    responses: list[ResponseResult]
