"""What every item type promises: the fields of an item, its variants, its answers and their scores.

A type is a folder with an `item.py` that exports `TYPE`; the registry finds it. Nothing here stores or renders pages.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeAlias, TypeVar

from pydantic import Field

from app.errors import FieldError, Invalid
from app.items import markup
from app.items.fields import (
    Content,
    Formula,
    ItemId,
    Many,
    Name,
    Params,
    SkillId,
    Slug,
    Tag,
    Text,
    Value,
)
from app.items.placeholders import render
from app.items.provenance import Authorship, Difficulty, Reference, Verification, Waiver

Answer: TypeAlias = dict[str, Any]  # a JSON object: {"option": "a"}, {"value": "3.14", "unit": "GB"}, {"skip": True}
Path: TypeAlias = tuple[str | int, ...]  # where in an item: ("options", 2, "why")
Cognitive: TypeAlias = Literal["remember", "understand", "apply", "analyse", "create"]
Status: TypeAlias = Literal["draft", "review", "pilot", "live", "retired"]


class AnswerShape(Invalid):
    code = "answer.shape"
    title = "This answer does not fit the question"


class AnswerNumber(Invalid):
    code = "answer.number"
    title = "This is not a number we can read"


class AnswerTooLong(Invalid):
    code = "answer.too_long"
    title = "This answer is too long"


def wrong_answer(kind: type[Invalid], message: str, key: str = "") -> Invalid:
    """An error for an answer, with the place for programs: `answer.option`."""
    return kind(message, errors=(FieldError(f"answer.{key}" if key else "answer", message),))


class Item(Content):
    """One question with its key: the fields that all types share. Each type adds its own."""

    # what may be shown before the answer; everything else is secret (`content.split`). Types extend it.
    public: ClassVar[frozenset[str]] = frozenset(
        {"schema", "id", "version", "status", "type", "domain", "skill", "cognitive", "time_seconds"}
        | {"params", "stem", "enemies"}
    )

    format: Literal["plumbline.item/1"] = Field(alias="schema")
    id: ItemId
    version: Annotated[int, Field(ge=1, le=9999)]
    status: Status
    type: str
    domain: Slug
    skill: SkillId
    subskill: Slug | None = None
    cognitive: Cognitive
    difficulty: Difficulty
    time_seconds: Annotated[int, Field(ge=10, le=3600)]
    params: Annotated[Params, Field(max_length=12, default_factory=dict)]
    derive: Annotated[Mapping[Name, Formula], Field(max_length=40, default_factory=dict)]
    constraints: Annotated[Many[Formula], Field(max_length=40)] = ()
    stem: Text
    rationale: Text
    references: Many[Reference] = ()
    verify: Verification | None = None
    tags: Annotated[Many[Tag], Field(max_length=20)] = ()
    enemies: Annotated[Many[ItemId], Field(max_length=50)] = ()
    waivers: Annotated[Many[Waiver], Field(max_length=10)] = ()
    authorship: Authorship


I = TypeVar("I", bound=Item)  # noqa: E741  one letter is what a type variable has


# the same few texts are shown again and again; compiling one costs about .2 ms
_block_html = lru_cache(maxsize=4096)(markup.to_html)
_line_html = lru_cache(maxsize=4096)(markup.inline_html)


@dataclass(frozen=True)
class Variant(Generic[I]):
    """An item with its parameters drawn. `values` holds drawn and derived ones; `order` the option ids as shown."""

    item: I
    values: Mapping[str, Value]
    order: tuple[str, ...] = ()
    seed: bytes = b""

    def block(self, text: str) -> str:
        """Markdown with placeholders to HTML, with paragraphs."""
        return _block_html(render(text, self.values))

    def line(self, text: str) -> str:
        """Markdown with placeholders to HTML, without a paragraph around it."""
        return _line_html(render(text, self.values))

    @property
    def drawn(self) -> dict[str, Value]:
        """The parameters alone, without what is derived from them."""
        return {name: self.values[name] for name in self.item.params}


@dataclass(frozen=True)
class Score:
    """What an answer is worth, 0..1, and what to tell its author after the test."""

    fraction: float
    why_html: str | None = None
    misconception: str | None = None
    read_as: str | None = None  # how a typed answer was understood: "read as 3.14 GB"


@dataclass(frozen=True)
class Finding:
    """What is wrong with an item. Code `W...` is a warning that can be waived, any other code an error."""

    code: str
    path: Path
    message: str
    offset: int | None = field(default=None, compare=False)  # characters into the text at `path`

    @property
    def is_warning(self) -> bool:
        return self.code.startswith("W")


def is_skip(answer: Mapping[str, Any]) -> bool:
    """Whether the candidate said "I haven't learned this yet"."""
    return answer.get("skip") is True


class ItemType(ABC, Generic[I]):
    """Everything the house needs to know of a type. Stateless; one instance named TYPE in the type's `item.py`."""

    name: ClassVar[str]
    schema: type[I]
    needs_script: ClassVar[bool] = False  # keys of this type are computed, so a script must prove them

    @abstractmethod
    def guessing(self, item: I) -> float:
        """The chance of a right answer without knowledge, 0..1 (the model's c until it is calibrated)."""

    @abstractmethod
    def present(self, variant: Variant[I]) -> dict[str, Any]:
        """What this type adds to the view: an allow-list, never the key."""

    @abstractmethod
    def read(self, variant: Variant[I], raw: Mapping[str, Any]) -> Answer:
        """A raw answer other than skip, checked and normalised. Raises AnswerShape, AnswerNumber, AnswerTooLong."""

    @abstractmethod
    def judge(self, variant: Variant[I], answer: Answer) -> Score:
        """The score of a normalised answer other than skip."""

    @abstractmethod
    def key(self, variant: Variant[I]) -> Answer:
        """The right answer, as a candidate would send it."""

    @abstractmethod
    def collect(self, fields: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """The raw answer in the fields of form.html; empty when nothing was entered."""

    @abstractmethod
    def form_values(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        """What form.html needs to show this answer again; takes drafts, so any JSON object."""

    @abstractmethod
    def explain(self, variant: Variant[I], answer: Answer | None) -> dict[str, Any]:
        """What review.html shows beside the stem: the answer, the key, the why of each option or near miss."""

    @abstractmethod
    def texts(self, item: I) -> Iterable[tuple[Path, str, bool]]:
        """The type's own Markdown texts as (path, text, is one line)."""

    @abstractmethod
    def check(self, item: I, variants: Sequence[Variant[I]]) -> Iterable[Finding]:
        """The type's own rules of a good item, over the given variants."""

    def formulas(self, item: I) -> Iterable[tuple[Path, int | float | str]]:
        """The type's own formulas over params and derive, with their places."""
        return ()

    def view(self, variant: Variant[I]) -> dict[str, Any]:
        """What the candidate sees of this variant. The same variant gives the same bytes."""
        item = variant.item
        return {
            "type": item.type,
            "stem_html": variant.block(item.stem),
            "time_s": item.time_seconds,
            **self.present(variant),
        }

    def parse(self, variant: Variant[I], raw: object) -> Answer:
        """An answer as it came in, checked and normalised; parsing it again changes nothing.

        Raises AnswerShape, AnswerNumber or AnswerTooLong.
        """
        if not isinstance(raw, Mapping):
            raise wrong_answer(AnswerShape, "an answer is an object, such as " + str(self.key_shape()))
        if "skip" not in raw:
            return self.read(variant, raw)
        if raw["skip"] is not True:
            raise wrong_answer(AnswerShape, "skip is true, or left out where there is an answer", "skip")
        if len(raw) > 1:
            raise wrong_answer(
                AnswerShape, "give an answer or say that you have not learned this yet, not both", "skip"
            )
        return {"skip": True}

    def score(self, variant: Variant[I], answer: Answer) -> Score:
        """The score of a parsed answer; a skipped item scores 0 in every type."""
        return Score(0.0) if is_skip(answer) else self.judge(variant, answer)

    def from_form(self, fields: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """The raw answer in a submitted form.html. A field `skip` means skip; parse refuses an answer beside it."""
        raw = self.collect(fields)
        return {**raw, "skip": True} if fields.get("skip") else raw

    def review(self, variant: Variant[I], answer: Answer | None) -> dict[str, Any]:
        """What review.html shows once the key may be seen. `answer` is None for an item that was not answered."""
        score = self.score(variant, answer) if answer is not None else Score(0.0)
        return {
            "type": self.name,
            "stem_html": variant.block(variant.item.stem),
            "score": score.fraction,
            "skipped": answer is None or is_skip(answer),
            "why_html": score.why_html,
            "read_as": score.read_as,
            "rationale_html": variant.block(variant.item.rationale),
            "references": [reference.model_dump() for reference in variant.item.references],
            **self.explain(variant, None if answer is None or is_skip(answer) else answer),
        }

    @abstractmethod
    def key_shape(self) -> dict[str, Any]:
        """An answer of this type by example, for messages and the documentation."""


def all_texts(item_type: ItemType[I], item: I) -> Iterable[tuple[Path, str, bool]]:
    """Every Markdown text of an item as (path, text, is one line)."""
    yield ("stem",), item.stem, False
    yield ("rationale",), item.rationale, False
    yield from item_type.texts(item)


def reject_unknown(raw: Mapping[str, Any], allowed: Sequence[str]) -> None:
    """Refuse an answer with other keys than its type knows."""
    if unknown := [key for key in raw if key not in allowed]:
        raise wrong_answer(
            AnswerShape, f"unknown part of an answer; expected {' and '.join(allowed)}", str(unknown[0])[:40]
        )
