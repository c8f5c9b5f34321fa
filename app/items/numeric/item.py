"""A number, with a tolerance, perhaps a unit, and feedback for the results that typical mistakes lead to."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.items.contract import (
    Answer,
    AnswerNumber,
    AnswerShape,
    Finding,
    Item,
    ItemType,
    Path,
    Score,
    Variant,
    reject_unknown,
    wrong_answer,
)
from app.items.fields import Content, Formula, Line, Many, Tag, Text
from app.items.numeric.reading import MAX_LENGTH, read_as, read_number
from app.items.placeholders import number
from app.items.variants import VariantError, compute

MOST_SHOWN = MAX_LENGTH + 16  # characters of a draft
_ROUNDING = 1e-9  # of the size of the numbers: 3.145 is inside 3.14 +- 0.005 although binary fractions say no
Unit = Annotated[Line, Field(max_length=20, pattern=r"^[^\s\d.,+\-]([^\n]*[^\s])?$")]


class Tolerance(Content):
    """Accepted distance from the key: the larger of `abs` and `rel` times the key."""

    abs: Annotated[float, Field(ge=0)] = 0.0
    rel: Annotated[float, Field(ge=0, lt=0.5)] = 0.0

    def accepts(self, value: float, wanted: float) -> bool:
        """Whether `value` counts as `wanted`."""
        allowed = max(self.abs, self.rel * abs(wanted))
        return abs(value - wanted) <= allowed + _ROUNDING * max(abs(wanted), abs(value))


class Wanted(Content):
    """The key: a number or an expression, in `unit`; `units` are the accepted ones as multiples of it."""

    value: Formula
    tolerance: Tolerance
    unit: Unit | None = None
    units: Annotated[Mapping[Unit, Annotated[float, Field(gt=0)]], Field(max_length=12, default_factory=dict)]
    hint: Line | None = None

    @model_validator(mode="after")
    def unit_is_listed(self) -> "Wanted":
        if self.units and self.units.get(self.unit or "") != 1:
            raise PydanticCustomError("bank.unit", "units must list the key's own unit with the factor 1")
        return self

    @property
    def factors(self) -> dict[str, float]:
        """Accepted units and their factors, the key's own first; empty for a bare number."""
        return {} if self.unit is None else {self.unit: 1.0, **self.units}


class NearMiss(Content):
    """The result of a typical mistake."""

    value: Formula
    misconception: Tag | None = None
    why: Text


class NumericItem(Item):
    type: Literal["numeric"]
    answer: Wanted
    near_misses: Annotated[Many[NearMiss], Field(max_length=8)] = ()


class Numeric(ItemType[NumericItem]):
    """Answers: {"value": "3.14", "unit": "GB"}, value as typed (`reading.read_number`), unit where the item has one.

    Form fields: `value`, `unit`, `skip`. A unit typed behind the number counts like one chosen.
    """

    name: ClassVar[str] = "numeric"
    schema = NumericItem
    needs_script: ClassVar[bool] = True

    def guessing(self, item: NumericItem) -> float:
        return 0.0

    def present(self, variant: Variant[NumericItem]) -> dict[str, Any]:
        hint = variant.item.answer.hint
        return {"units": list(variant.item.answer.factors), "hint": variant.line(hint) if hint else None}

    def read(self, variant: Variant[NumericItem], raw: Mapping[str, Any]) -> Answer:
        reject_unknown(raw, ["value", "unit"])
        value, unit, units = raw.get("value"), raw.get("unit"), variant.item.answer.factors
        if not isinstance(value, str):
            raise wrong_answer(AnswerShape, 'expected the number as typed, as text: {"value": "3.14"}', "value")
        if unit is not None and (not isinstance(unit, str) or unit not in units):
            known = f"use {', '.join(units)}" if units else "this answer has none"
            raise wrong_answer(AnswerShape, f"unknown unit; {known}", "unit")
        typed = read_number(value, units)
        if typed.unit and unit is not None and typed.unit != unit:
            raise wrong_answer(AnswerNumber, f"two units: {typed.unit} behind the number and {unit} beside it", "unit")
        named = typed.unit or unit or variant.item.answer.unit
        return {"value": typed.text, "unit": named} if named else {"value": typed.text}

    def judge(self, variant: Variant[NumericItem], answer: Answer) -> Score:
        wanted, unit = variant.item.answer, answer.get("unit", "")
        typed = read_number(answer["value"], wanted.factors)
        value = typed.value * wanted.factors.get(unit, 1.0)
        understood = read_as(typed.value, unit)
        if wanted.tolerance.accepts(value, self.wanted(variant)):
            return Score(1.0, read_as=understood)
        near = [
            (abs(value - result), miss)
            for miss, result in self.misses(variant)
            if wanted.tolerance.accepts(value, result)
        ]
        if not near:
            return Score(0.0, read_as=understood)
        miss = min(near, key=lambda entry: entry[0])[1]
        return Score(0.0, variant.line(miss.why), miss.misconception, understood)

    def key(self, variant: Variant[NumericItem]) -> Answer:
        unit = variant.item.answer.unit
        value = {"value": number(self.wanted(variant))}
        return {**value, "unit": unit} if unit else value

    def key_shape(self) -> dict[str, Any]:
        return {"value": "3.14"}

    def collect(self, fields: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        value, unit = fields.get("value", ("",))[0], fields.get("unit", ("",))[0]
        if not value.strip():
            return {} if fields.get("skip") else {"value": ""}
        return {"value": value, "unit": unit} if unit else {"value": value}

    def form_values(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        # cut, but not to a length that would be taken: a longer text must not come back as another number
        texts = {key: value[:MOST_SHOWN] for key in ("value", "unit") if isinstance(value := answer.get(key), str)}
        return {"value": "", "unit": "", **texts, "skip": answer.get("skip") is True}

    def explain(self, variant: Variant[NumericItem], answer: Answer | None) -> dict[str, Any]:
        wanted = variant.item.answer
        unit = wanted.unit or ""
        value = self.wanted(variant)
        allowed = max(wanted.tolerance.abs, wanted.tolerance.rel * abs(value))
        return {
            "answer": f"{answer['value']} {answer.get('unit', '')}".strip() if answer else None,
            "key": f"{number(value, 6)} {unit}".strip(),
            "accepted": f"{number(value - allowed, 6)} to {number(value + allowed, 6)} {unit}".strip()
            if allowed
            else None,
            "near_misses": [
                {"value": f"{number(result, 6)} {unit}".strip(), "why_html": variant.line(miss.why)}
                for miss, result in self.misses(variant)
            ],
        }

    def formulas(self, item: NumericItem) -> Iterable[tuple[Path, int | float | str]]:
        yield ("answer", "value"), item.answer.value
        for index, miss in enumerate(item.near_misses):
            yield ("near_misses", index, "value"), miss.value

    def texts(self, item: NumericItem) -> Iterable[tuple[Path, str, bool]]:
        if item.answer.hint:
            yield ("answer", "hint"), item.answer.hint, True
        for index, miss in enumerate(item.near_misses):
            yield ("near_misses", index, "why"), miss.why, True

    def check(self, item: NumericItem, variants: Sequence[Variant[NumericItem]]) -> Iterable[Finding]:
        if len(item.near_misses) < 2:
            yield Finding("W052", ("near_misses",), "fewer than two near misses: typical mistakes get no feedback")
        if not item.answer.tolerance.abs and not item.answer.tolerance.rel:
            yield Finding(
                "W051", ("answer", "tolerance"), "no tolerance: write abs: 0.5 for whole numbers, rel for others"
            )
        reported: set[int] = set()
        for variant in variants:
            drawn = ", ".join(f"{name} = {value}" for name, value in variant.drawn.items()) or "shown"
            try:
                wanted = self.wanted(variant)
                results = [result for _, result in self.misses(variant)]
            except VariantError as error:
                yield Finding("bank.expression", error.place, str(error))
                return
            if wanted == 0 and not item.answer.tolerance.abs and -1 not in reported:
                reported.add(-1)
                yield Finding(
                    "bank.tolerance",
                    ("answer",),
                    f"the key is 0 when {drawn}: a relative tolerance accepts nothing else",
                )
            for index, result in enumerate(results):
                if item.answer.tolerance.accepts(result, wanted) and index not in reported:
                    reported.add(index)
                    near = f"near miss {number(result, 6)} counts as the key {number(wanted, 6)} when {drawn}"
                    yield Finding("bank.near_miss", ("near_misses", index, "value"), f"{near}; add a constraint")

    def wanted(self, variant: Variant[NumericItem]) -> float:
        """The key of this variant, in the key's unit. Raises VariantError."""
        return _number(variant.item.answer.value, variant, ("answer", "value"))

    def misses(self, variant: Variant[NumericItem]) -> list[tuple[NearMiss, float]]:
        """Each near miss with its value in this variant. Raises VariantError."""
        return [
            (miss, _number(miss.value, variant, ("near_misses", index, "value")))
            for index, miss in enumerate(variant.item.near_misses)
        ]


def _number(formula: int | float | str, variant: Variant[NumericItem], place: Path) -> float:
    value = compute(formula, variant.values, place)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise VariantError("expected a number", place, variant.values)
    return float(value)


TYPE = Numeric()
