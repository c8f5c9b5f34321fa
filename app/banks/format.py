"""The file bank.yaml: what a bank is about, what a test from it covers, and what its scores are called."""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.items.contract import Cognitive
from app.items.fields import Content, Line, Many, SkillId, Slug, Text

Band: TypeAlias = Literal["B1", "B2", "B3", "B4", "B5"]
BANDS: dict[Band, tuple[float, float]] = {  # difficulty b from, up to
    "B1": (-2.5, -1.25),
    "B2": (-1.25, -0.25),
    "B3": (-0.25, 0.75),
    "B4": (0.75, 1.75),
    "B5": (1.75, 3.0),
}


class Skill(Content):
    """A part of the domain. `slots` says how many items the full bank should have, by cognitive level and band."""

    id: SkillId
    title: Line
    weight: Annotated[float, Field(gt=0, le=1)]
    description: Line
    slots: Mapping[Cognitive, Mapping[Band, Annotated[int, Field(ge=1, le=999)]]]


class Blueprint(Content):
    """The skills with their shares of a test; the shares add up to 1."""

    skills: Annotated[Many[Skill], Field(min_length=1, max_length=40)]

    @model_validator(mode="after")
    def is_whole(self) -> "Blueprint":
        if len({skill.id for skill in self.skills}) < len(self.skills):
            raise PydanticCustomError("bank.duplicate_skill", "two skills have the same id")
        total = sum(skill.weight for skill in self.skills)
        if abs(total - 1) > 0.005:
            raise PydanticCustomError(
                "bank.weights", "the weights of the skills add up to {total}, not 1", {"total": f"{total:.4f}"}
            )
        return self


class TestLength(Content):
    """When an adaptive test stops: not before `min` items, at `stop_se` or at `max` items."""

    min: Annotated[int, Field(ge=1, le=100)]
    max: Annotated[int, Field(ge=1, le=200)]
    stop_se: Annotated[float, Field(ge=0.1, le=1)]

    @model_validator(mode="after")
    def rises(self) -> "TestLength":
        if self.min > self.max:
            raise PydanticCustomError("bank.test_length", "min must not be above max")
        return self


class CutScores(Content):
    """Scores on 0..300 from which a person counts as developing, as accomplished."""

    developing: Annotated[float, Field(gt=0, lt=300)]
    accomplished: Annotated[float, Field(gt=0, lt=300)]

    @model_validator(mode="after")
    def rises(self) -> "CutScores":
        if self.developing >= self.accomplished:
            raise PydanticCustomError("bank.cut_scores", "the cut score of accomplished must be the higher one")
        return self


class Level(Content):
    """What a proficiency level is called and what a person on it can do."""

    id: Literal["beginning", "developing", "accomplished"]
    title: Line
    description: Line


class BankDefinition(Content):
    format: Literal["plumbline.bank/1"] = Field(alias="schema")
    id: Slug
    title: Line
    version: Line
    description: Text
    visibility: Literal["open", "private"]
    license: Line
    minutes: Annotated[int, Field(ge=5, le=240)]
    test_lengths: Mapping[Literal["standard", "verified"], TestLength]
    cut_scores: CutScores
    levels: Annotated[Many[Level], Field(min_length=3, max_length=3)]
    blueprint: Blueprint

    def skill(self, skill_id: str) -> Skill | None:
        """The skill with this id, if the blueprint has it."""
        return next((skill for skill in self.blueprint.skills if skill.id == skill_id), None)
