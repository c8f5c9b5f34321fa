"""The small types that item files are made of: clean text, identifiers, formulas, what a parameter may be."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    Strict,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from app.items import expressions
from app.items.expressions import ExpressionError
from app.items.functions import CONSTANTS

T = TypeVar("T")
Number: TypeAlias = int | float
Value: TypeAlias = Number | list[Any]  # a number, a list of numbers or a list of rows

# bidirectional controls can make a text read other than it is stored (CVE-2021-42574); U+2028/9 break lines unseen
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
MAX_TEXT = 10_000  # characters of one field
MAX_CHOICES = 500  # values of one parameter


def clean_text(text: str) -> str:
    """The text in Unicode normal form C. Raises for control, bidirectional and surrogate characters."""
    if found := _FORBIDDEN.search(text):
        point = f"U+{ord(found[0]):04X}"
        raise PydanticCustomError("text.control_character", "the character {point} is not allowed", {"point": point})
    return unicodedata.normalize("NFC", text)


def check_formula(value: object) -> Number | str:
    """A number as it is, or an expression over params and derive, checked for grammar."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise PydanticCustomError("bank.type", "expected a number or an expression")
    if isinstance(value, float) and not abs(value) < float("inf"):
        raise PydanticCustomError("bank.parameter", "expected a finite number")
    if isinstance(value, str):
        try:
            expressions.parse(value)
        except ExpressionError as error:
            code = "bank.expression_cost" if is_costly(error.message) else "bank.expression"
            raise PydanticCustomError(code, "{reason}", {"reason": str(error)}) from None
    return value


def is_costly(message: str) -> bool:
    """Whether an expression was refused for what it would cost rather than for how it is written."""
    return bool(re.search(r"too (large|long|much|deep)|deeper|exponent|at most|above", message))


def check_name(name: str) -> str:
    """A name for a parameter: a letter, then letters, digits, underscores; not a constant of the grammar."""
    if name in CONSTANTS or name in expressions.WORDS or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,31}", name):
        raise PydanticCustomError(
            "bank.name", "`{name}` cannot be a name here: letters, digits, _ (and not pi, e, inf)", {"name": name[:40]}
        )
    return name


def check_value(value: object, depth: int = 0) -> Value:
    """A number, a list of numbers or a list of such lists."""
    if isinstance(value, list) and depth < 2 and 0 < len(value) <= MAX_CHOICES:
        return [check_value(part, depth + 1) for part in value]
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < float("inf"):
        raise PydanticCustomError("bank.type", "a parameter takes numbers or lists of numbers")
    return value


# what a pattern asks for, in words: pydantic's own message would show the expression
PATTERNS = {
    r"^[^\n\t]*$": "one line without tabs",
    r"^[a-z0-9]+(-[a-z0-9]+)*$": "lower-case words joined by -",
    r"^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$": "words joined by -",
    r"^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)+$": "an id such as ml.evaluation.selection-before-cv",
    r"^[a-z][a-z0-9]{0,7}$": "a short id such as a or b2",
    r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$": 'a date in quotes such as "2026-11-23"',
    r"^W\d{3}$": "the number of a warning such as W020",
    r"^verify/[a-z0-9_]+\.py$": "a script such as verify/selection_before_cv.py",
    r"^https?://\S+$": "a web address",
}
_LINE, _SLUG, _TAG, _DOTTED, _OPTION, _DATE, WARNING, SCRIPT, WEB = PATTERNS

Text = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT), AfterValidator(clean_text)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=_LINE), AfterValidator(clean_text)]
Slug = Annotated[str, StringConstraints(pattern=_SLUG, max_length=60)]
Tag = Annotated[str, StringConstraints(pattern=_TAG, max_length=60)]
SkillId = Annotated[str, StringConstraints(pattern=_DOTTED, max_length=80)]
ItemId = Annotated[str, StringConstraints(pattern=_DOTTED, max_length=120)]
OptionId = Annotated[str, StringConstraints(pattern=_OPTION)]
Date = Annotated[str, StringConstraints(pattern=_DATE)]
Name = Annotated[str, AfterValidator(check_name)]
Formula = Annotated[Number | str, PlainValidator(check_formula)]
ParamValue = Annotated[Value, PlainValidator(check_value)]
Many = Annotated[tuple[T, ...], Strict(False)]  # a list in the file


class Content(BaseModel):
    """The base of everything read from a bank: strict types, no unknown fields, no NaN, never changed."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class Param(Content):
    """One parameter of a template: one of `choice`, `int` [lo, hi, step] or `float` [lo, hi, step], ends included."""

    choice: Annotated[Many[ParamValue] | None, Field(min_length=1, max_length=MAX_CHOICES)] = None
    int_: Annotated[Many[int] | None, Field(alias="int", min_length=2, max_length=3)] = None
    float_: Annotated[Many[float] | None, Field(alias="float", min_length=3, max_length=3)] = None

    @model_validator(mode="after")
    def one_kind(self) -> "Param":
        if sum(x is not None for x in (self.choice, self.int_, self.float_)) != 1:
            raise PydanticCustomError("bank.parameter", "a parameter is one of choice, int or float")
        for low, high, step in (spec for spec in (self.range(),) if spec):
            if not (low < high and step > 0 and (high - low) / step < MAX_CHOICES):
                raise PydanticCustomError(
                    "bank.parameter",
                    "a range is [low, high, step] with low < high, step > 0 and fewer than {most} values",
                    {"most": MAX_CHOICES},
                )
        return self

    def range(self) -> tuple[float, float, float] | None:
        """(low, high, step) of a range, None for a choice."""
        if self.int_ is not None:
            return self.int_[0], self.int_[1], self.int_[2] if len(self.int_) == 3 else 1
        return None if self.float_ is None else (self.float_[0], self.float_[1], self.float_[2])

    def values(self) -> list[Value]:
        """Every value that this parameter can take, in order."""
        if self.choice is not None:
            return list(self.choice)
        low, high, step = self.range() or (0, 0, 1)
        steps = range(int((high - low) / step + 1e-9) + 1)
        if self.int_ is not None:
            return [int(low + step * i) for i in steps]
        return [round(low + step * i, 10) for i in steps]  # 0.1 + 2 * 0.05 is 0.2, as the author means


Params: TypeAlias = Mapping[Name, Param]
