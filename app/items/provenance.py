"""How an item came to be: who wrote and reviewed it, on what sources, how hard it is judged, how its key is proved."""

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.items.fields import SCRIPT, WARNING, WEB, Content, Date, Line, Many, Slug, Text


class Difficulty(Content):
    """The Angoff pair: shares of people on the two cut scores who would answer right, and by how many judges."""

    developing: Annotated[float, Field(ge=0.03, le=0.97)]
    accomplished: Annotated[float, Field(ge=0.03, le=0.97)]
    judges: Annotated[int, Field(ge=1, le=100)]

    @model_validator(mode="after")
    def rises(self) -> "Difficulty":
        if self.developing >= self.accomplished:
            raise PydanticCustomError(
                "bank.difficulty", "the share of accomplished people must be above that of developing people"
            )
        return self


class Reference(Content):
    title: Line
    authors: Line | None = None
    year: Annotated[int, Field(ge=1600, le=2100)] | None = None
    section: Line | None = None
    edition: Line | None = None
    publisher: Line | None = None
    venue: Line | None = None
    pages: Line | None = None
    doi: Line | None = None
    url: Annotated[Line, Field(pattern=WEB)] | None = None


class Verification(Content):
    """How the key is proved: a script that has never seen it, or people who solved the item blind."""

    script: Annotated[str, Field(pattern=SCRIPT)] | None = None
    method: Slug
    required_agreement: Annotated[int, Field(ge=2, le=20)] | None = None

    @model_validator(mode="after")
    def one_way(self) -> "Verification":
        if (self.script is None) == (self.required_agreement is None):
            raise PydanticCustomError(
                "bank.verify", "give a script, or `method: blind-solvers` with required_agreement: 2"
            )
        return self


class Review(Content):
    reviewer: Line
    date: Date
    outcome: Literal["approved", "changes", "rejected"]
    note: Text | None = None


class Authorship(Content):
    author: Line
    created: Date
    license: Line
    ai_assisted: bool
    reviews: Many[Review] = ()


class Waiver(Content):
    """A warning that the author has read and answers for."""

    rule: Annotated[str, Field(pattern=WARNING)]
    reason: Annotated[Line, Field(min_length=10)]
