"""What questions with options share: the options, their order, their feedback and the rules of good ones."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from app.items.contract import Finding, Item, Path, Variant
from app.items.expressions import ExpressionError
from app.items.fields import Content, Many, OptionId, Tag, Text
from app.items.placeholders import render
from app.items.spoken import speak

MUCH_LONGER = 1.3  # a key above this share of every distractor's length gives itself away
LENGTH_RATIO = 4.0
SHORT = 25  # visible characters; below, lengths say nothing
_ABSOLUTE = re.compile(r"\b(always|never|only|must)\b", re.IGNORECASE)
_CATCH_ALL = re.compile(r"\b(all|none|both|neither|any)\s+of\s+(the\s+)?(above|below|these|others?)\b", re.IGNORECASE)
_LETTERS = re.compile(r"(?:(?i:both|neither|either)\s+)?\(?[A-F]\)?\s+(?i:and|or|nor)\s+\(?[A-F]\)?")
_WORD = re.compile(r"[a-z]{6,}")


class Option(Content):
    id: OptionId
    text: Text
    correct: bool = False
    misconception: Tag | None = None
    why: Text


class ChoiceItem(Item):
    """An item whose answer is chosen from what is shown."""

    public: ClassVar[frozenset[str]] = Item.public | {"options[].id", "options[].text", "shuffle"}

    shuffle: bool = True
    options: Annotated[Many[Option], Field(min_length=3, max_length=6)]

    @field_validator("options")
    @classmethod
    def distinct(cls, options: tuple[Option, ...]) -> tuple[Option, ...]:
        ids = [option.id for option in options]
        if len(set(ids)) < len(ids):
            raise PydanticCustomError("bank.duplicate_choice", "two options have the same id")
        if pair := same_pair([normal(option.text) for option in options]):
            raise PydanticCustomError(
                "bank.duplicate_choice",
                "options {first} and {second} read the same",
                {"first": ids[pair[0]], "second": ids[pair[1]]},
            )
        return options

    def option(self, option_id: str) -> Option:
        """The option with this id."""
        return next(option for option in self.options if option.id == option_id)

    @property
    def keys(self) -> tuple[str, ...]:
        """The ids of the right options, in the order of the file."""
        return tuple(option.id for option in self.options if option.correct)


C = TypeVar("C", bound=ChoiceItem)
_spoken = lru_cache(maxsize=4096)(speak)


def presented(variant: Variant[C]) -> list[dict[str, str]]:
    """The options as shown: [{"id", "html", "spoken"}] in the variant's order."""
    shown = []
    for option_id in variant.order:
        html = variant.line(variant.item.option(option_id).text)
        shown.append({"id": option_id, "html": html, "spoken": _spoken(html)})
    return shown


def explained(variant: Variant[C], chosen: Sequence[str]) -> list[dict[str, Any]]:
    """The options as a review shows them, with what each of them means."""
    return [
        {
            **shown,
            "chosen": shown["id"] in chosen,
            "correct": variant.item.option(shown["id"]).correct,
            "why_html": variant.line(variant.item.option(shown["id"]).why),
        }
        for shown in presented(variant)
    ]


def option_texts(item: ChoiceItem) -> Iterator[tuple[Path, str, bool]]:
    """Every Markdown text of the options as (path, text, is one line)."""
    for index, option in enumerate(item.options):
        yield ("options", index, "text"), option.text, True
        yield ("options", index, "why"), option.why, True


def normal(text: str) -> str:
    """A text for comparison: case, spaces and closing punctuation do not tell options apart."""
    return re.sub(r"\s+", " ", text).strip().rstrip(".").casefold()


def same_pair(texts: Sequence[str]) -> tuple[int, int] | None:
    """The indices of the first two equal texts, if any."""
    for index, text in enumerate(texts):
        if text in texts[:index]:
            return texts.index(text), index
    return None


def visible(text: str) -> str:
    """About what a reader sees of a Markdown text: TeX commands count as one sign, braces and dollars as none."""
    return re.sub(r"[${}*`_^]", "", re.sub(r"\\[A-Za-z]+\s?", "x", text))


def check_options(item: C, variants: Sequence[Variant[C]]) -> Iterable[Finding]:
    """The rules for options, over the given variants."""
    yield from _check_words(item)
    yield from _check_variants(item, variants)
    if len(item.keys) == 1:
        yield from _check_single_key(item)


def _check_words(item: ChoiceItem) -> Iterator[Finding]:
    key_is_absolute = any(_ABSOLUTE.search(item.option(key).text) for key in item.keys)
    for index, option in enumerate(item.options):
        at: Path = ("options", index, "text")
        if _CATCH_ALL.search(option.text) or _LETTERS.fullmatch(option.text.strip().rstrip(".")):
            yield Finding(
                "bank.catch_all", at, f"option {option.id} refers to other options; say what it claims instead"
            )
        if option.correct:
            continue
        if not key_is_absolute and (found := _ABSOLUTE.search(visible(option.text))):
            yield Finding("W022", at, f"`{found[0]}` stands in a distractor and in no key: absolute words give it away")
        if option.misconception is None:
            yield Finding("W023", ("options", index), f"distractor {option.id} names no misconception")


def _check_variants(item: C, variants: Sequence[Variant[C]]) -> Iterator[Finding]:
    for variant in variants:
        texts = [normal(render(option.text, variant.values)) for option in item.options]
        if pair := same_pair(texts):
            first, second = (item.options[index].id for index in pair)
            yield Finding(
                "bank.duplicate_choice",
                ("options", pair[1], "text"),
                f"options {first} and {second} read the same when {_drawn(variant)}; add a constraint",
            )
            return
    numbers = [_numbers(item, variant) for variant in variants]
    if all(row is not None for row in numbers):
        if item.shuffle:
            yield Finding("W033", ("options",), "all options are numbers: sort them and write shuffle: false")
        elif not all(row in (sorted(row), sorted(row, reverse=True)) for row in numbers if row is not None):
            yield Finding("W033", ("options",), "all options are numbers: put them in order (in every variant)")


def _check_single_key(item: ChoiceItem) -> Iterator[Finding]:
    key = item.option(item.keys[0])
    at: Path = ("options", item.options.index(key), "text")
    others = [option for option in item.options if option is not key]
    lengths = [len(visible(option.text)) for option in item.options]
    longest_distractor = max(len(visible(option.text)) for option in others)
    if len(visible(key.text)) > max(SHORT, MUCH_LONGER * longest_distractor):
        yield Finding("W020", at, "the key is more than 30 % longer than every distractor; even them out")
    if max(lengths) > max(LENGTH_RATIO * min(lengths), SHORT):
        yield Finding(
            "W021", ("options",), f"option lengths run from {min(lengths)} to {max(lengths)} characters; even them out"
        )
    stem = set(_WORD.findall(item.stem.lower()))
    shares = {option.id: _overlap(stem, option.text) for option in item.options}
    if shares[key.id] > 0.5 and shares[key.id] > 1.8 * max(shares[option.id] for option in others):
        yield Finding("W024", at, "the key repeats words of the stem that no distractor repeats")


def _overlap(stem: set[str], text: str) -> float:
    words = set(_WORD.findall(text.lower()))
    return len(stem & words) / len(words) if words else 0.0


def _numbers(item: C, variant: Variant[C]) -> list[float] | None:
    row = []
    for option in item.options:
        text = re.sub(r"[$\\,{}~\s%]", "", render(option.text, variant.values)).replace("−", "-")
        try:
            row.append(float(text))
        except (ValueError, ExpressionError):
            return None
    return row


def _drawn(variant: Variant[C]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in variant.drawn.items()) or "shown"
