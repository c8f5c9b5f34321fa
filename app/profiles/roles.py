"""What a role asks for: reference profiles, read from question_banks/profiles and checked.

Comparing somebody with a profile is gap.py; tasks, tools and teams are catalogue.py.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from app.errors import FieldError, Invalid
from app.measurement import scale

TargetLevel = Literal["developing", "accomplished"]  # beginning has no lower cut: nothing to ask for
Basis = Literal["judged", "pilot", "measured"]  # weakest first

WEIGHT_ROUNDING = 0.01  # weights written with three decimals for six domains may miss 1 by this much
MEASURED_FROM = 300  # people in the role; fewer are a pilot


class ProfileError(Invalid):
    """The profile or role data cannot be used; `errors` names the profile and the key of every problem."""

    code = "profile.invalid"
    title = "The reference profiles have a mistake"


class Content(BaseModel):
    """Base of everything read from question_banks/profiles: no coercion, no unknown keys, no changes later."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Reference(Content):
    """Theta among people who hold the role: mean and standard deviation, how they are known, and from how many."""

    mean: float
    sd: Annotated[float, Field(gt=0)]
    basis: Basis
    n: Annotated[int, Field(ge=0)]

    @model_validator(mode="after")
    def _basis_fits_n(self) -> Self:
        known_as = "judged" if self.n == 0 else "pilot" if self.n < MEASURED_FROM else "measured"
        if self.basis != known_as:
            raise ValueError(f"n = {self.n} people is basis {known_as}, not {self.basis}; correct one of the two")
        return self


class SkillTarget(Content):
    """Level asked of one skill (None: not asked) and its weight relative to its share of the blueprint."""

    level: TargetLevel | None
    importance: Annotated[float, Field(gt=0, le=10)] = 1.0


class DomainTarget(Content):
    """What a profile asks of one domain. `skills` holds only those that differ from the domain."""

    level: TargetLevel
    weight: Annotated[float, Field(gt=0, le=1)]
    critical: bool
    reference: Reference
    skills: dict[str, SkillTarget] = {}

    @model_validator(mode="before")
    @classmethod
    def _skills_take_the_level_of_the_domain(cls, row: Any) -> Any:
        if not isinstance(row, dict) or not isinstance(row.get("skills"), dict):
            return row
        skills = {
            skill: _with_level(target, row.get("level")) if isinstance(target, dict) else target
            for skill, target in row["skills"].items()
        }
        return {**row, "skills": skills}

    def skill(self, skill: str) -> SkillTarget:
        """The target of a skill: its own, or the domain's level with importance 1."""
        return self.skills.get(skill) or SkillTarget(level=self.level)


class Profile(Content):
    """A reference profile: what one reading of a role asks, with its source. Weights sum to 1 once it is read."""

    id: Annotated[str, Field(min_length=1)]
    version: Annotated[int, Field(ge=1)]
    title: Annotated[str, Field(min_length=1)]
    role: str
    variant: str
    default: bool = False
    source: Annotated[str, Field(min_length=1)]
    note: str | None = None
    domains: Annotated[dict[str, DomainTarget], Field(min_length=1)]
    not_measured_by_tests: dict[str, TargetLevel] = {}

    @field_validator("domains")
    @classmethod
    def _weights_sum_to_one(cls, domains: dict[str, DomainTarget]) -> dict[str, DomainTarget]:
        total = sum(target.weight for target in domains.values())
        if abs(total - 1) > WEIGHT_ROUNDING:
            raise ValueError(f"the weights sum to {total:.3f}; they must sum to 1 (within {WEIGHT_ROUNDING})")
        if not any(target.critical for target in domains.values()):
            raise ValueError("no domain is critical, so nobody could miss or meet the profile; mark at least one")
        if abs(total - 1) < 1e-12:  # read before: rescaling again would move the last digit
            return domains
        return {d: target.model_copy(update={"weight": target.weight / total}) for d, target in domains.items()}

    @property
    def basis(self) -> Basis:
        """How the references are known: the weakest basis among the domains."""
        order: Sequence[Basis] = ("judged", "pilot", "measured")
        return min((target.reference.basis for target in self.domains.values()), key=order.index)


Model = TypeVar("Model", bound=Content)


def read(model: type[Model], rows: Mapping[str, Any], name: str) -> Model:
    """Validated content. Raises ProfileError with one FieldError per problem, its path beginning with `name`."""
    try:
        return model.model_validate(rows)
    except ValidationError as error:
        raise ProfileError(
            f"{name} cannot be read: {error.error_count()} problem(s)",
            errors=[
                FieldError(".".join(str(part) for part in (name, *e["loc"])), e["msg"].removeprefix("Value error, "))
                for e in error.errors(include_url=False, include_input=False)
            ],
        ) from None


def parse_profiles(rows: Mapping[str, Any]) -> tuple[Profile, ...]:
    """Profiles from the content of profiles.yaml (plain dicts and lists as the strict YAML loader gives them).

    Raises:
        ProfileError: with every problem of every profile; paths read `profiles.<id>.domains.<domain>.<key>`.
    """
    if rows.get("schema") != "plumbline.profiles/1" or not isinstance(rows.get("profiles"), list):
        raise ProfileError("expected `schema: plumbline.profiles/1` and a list `profiles`")
    profiles: list[Profile] = []
    problems: list[FieldError] = []
    for position, row in enumerate(rows["profiles"]):
        profile_id = row.get("id") if isinstance(row, dict) else None
        try:
            profile = read(
                Profile, _with_references(row, rows.get("judged_reference")), f"profiles.{profile_id or position}"
            )
        except ProfileError as error:
            problems += error.errors
            continue
        if any(profile.id == other.id for other in profiles):
            problems.append(FieldError(f"profiles.{profile.id}.id", "given twice; ids are unique"))
        profiles.append(profile)
    if not problems and sum(profile.default for profile in profiles) != 1:
        problems.append(FieldError("profiles", "exactly one profile must have `default: true`"))
    if problems:
        raise ProfileError(f"the profiles have {len(problems)} problem(s)", errors=problems)
    return tuple(profiles)


def _with_level(skill: dict[str, Any], level: Any) -> dict[str, Any]:
    """A skill's row with its level: its own, none when written as `asked: false`, else the one of its domain."""
    if skill.get("asked") is False and "level" not in skill:
        return {"level": None, **{key: value for key, value in skill.items() if key != "asked"}}
    return {"level": level, **skill}


def _with_references(row: Any, judged: Any) -> Any:
    """The row with the judged reference of its level in every domain that has none of its own."""
    if not isinstance(row, dict) or not isinstance(row.get("domains"), dict) or not isinstance(judged, dict):
        return row
    domains = {
        domain: {"reference": {**judged[target["level"]], "basis": "judged", "n": 0}, **target}
        if isinstance(target, dict) and isinstance(judged.get(target.get("level")), dict)
        else target
        for domain, target in row["domains"].items()
    }
    return {**row, "domains": domains}


def target_score(level: TargetLevel) -> float:
    """Points (0..300) at which a level begins."""
    return scale.score(scale.target_theta(level))


def as_json(profile: Profile) -> dict[str, Any]:
    """The shape of GET /profiles/{id}; only domains that are asked for appear."""
    return {
        "id": profile.id,
        "version": profile.version,
        "title": profile.title,
        "role": profile.role,
        "variant": profile.variant,
        "default": profile.default,
        "source": profile.source,
        "note": profile.note,
        "basis": profile.basis,
        "domains": {
            domain: {
                "level": target.level,
                "weight": target.weight,
                "critical": target.critical,
                "target_score": target_score(target.level),
            }
            for domain, target in profile.domains.items()
        },
        "skills": {
            skill: {"domain": domain, "level": target.level, "importance": target.importance}
            for domain, asked in profile.domains.items()
            for skill, target in asked.skills.items()
        },
        "not_measured_by_tests": dict(profile.not_measured_by_tests),
    }
