"""Multiple choice: every key and nothing else; partial credit only where the item says so."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from app.items.contract import (
    Answer,
    AnswerShape,
    Finding,
    ItemType,
    Path,
    Score,
    Variant,
    reject_unknown,
    wrong_answer,
)
from app.items.fields import Many
from app.items.options import ChoiceItem, Option, check_options, explained, option_texts, presented


def some_keys(options: tuple[Option, ...]) -> tuple[Option, ...]:
    """Options with at least one key and at least one distractor."""
    keys = sum(option.correct for option in options)
    if not keys:
        raise PydanticCustomError("bank.no_key", "no option is a key: mark the right ones with correct: true")
    if keys == len(options):
        raise PydanticCustomError("bank.many_keys", "every option is marked correct; at least one must be wrong")
    return options


class MultipleItem(ChoiceItem):
    public: ClassVar[frozenset[str]] = ChoiceItem.public | {"scoring"}

    type: Literal["multiple"]
    options: Annotated[Many[Option], Field(min_length=4, max_length=6), AfterValidator(some_keys)]
    scoring: Literal["all-or-nothing", "per-option"]


class MultipleChoice(ItemType[MultipleItem]):
    """Answers: {"options": ["a", "c"]}, in any order. Form fields: `options` (repeated), `skip`.

    all-or-nothing: 1 for exactly the keys, otherwise 0. per-option, with k options of which r are judged rightly
    (keys chosen, distractors left): max(0, (2r - k) / k), so that choosing by coin or choosing all is worth about 0.
    """

    name: ClassVar[str] = "multiple"
    schema = MultipleItem

    def guessing(self, item: MultipleItem) -> float:
        return 0.0

    def present(self, variant: Variant[MultipleItem]) -> dict[str, Any]:
        return {"options": presented(variant)}

    def read(self, variant: Variant[MultipleItem], raw: Mapping[str, Any]) -> Answer:
        reject_unknown(raw, ["options"])
        chosen = raw.get("options")
        letters = ", ".join(sorted(variant.order))
        if not isinstance(chosen, list) or not chosen:
            raise wrong_answer(AnswerShape, f"choose at least one of {letters}", "options")
        if len(chosen) > len(variant.order) or not all(isinstance(x, str) and x in variant.order for x in chosen):
            raise wrong_answer(AnswerShape, f"choose from {letters}", "options")
        if len(set(chosen)) < len(chosen):
            raise wrong_answer(AnswerShape, "the same option is given twice", "options")
        return {"options": sorted(chosen)}

    def judge(self, variant: Variant[MultipleItem], answer: Answer) -> Score:
        item, chosen = variant.item, set(answer["options"])
        wrong = [option for option in item.options if option.correct != (option.id in chosen)]
        if not wrong:
            return Score(1.0)
        misconception = next((option.misconception for option in wrong if option.misconception), None)
        why = "".join(f"<p>{variant.line(option.why)}</p>" for option in wrong)
        if item.scoring == "all-or-nothing":
            return Score(0.0, why, misconception)
        count = len(item.options)
        return Score(max(0.0, (count - 2 * len(wrong)) / count), why, misconception)

    def key(self, variant: Variant[MultipleItem]) -> Answer:
        return {"options": sorted(variant.item.keys)}

    def key_shape(self) -> dict[str, Any]:
        return {"options": ["a", "c"]}

    def collect(self, fields: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        chosen = list(fields.get("options", ()))
        return {"options": chosen} if chosen else {}

    def form_values(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        chosen = answer.get("options")
        return {
            "options": [x for x in chosen if isinstance(x, str)] if isinstance(chosen, list) else [],
            "skip": answer.get("skip") is True,
        }

    def explain(self, variant: Variant[MultipleItem], answer: Answer | None) -> dict[str, Any]:
        return {"options": explained(variant, answer["options"] if answer else []), "scoring": variant.item.scoring}

    def texts(self, item: MultipleItem) -> Iterable[tuple[Path, str, bool]]:
        return option_texts(item)

    def check(self, item: MultipleItem, variants: Sequence[Variant[MultipleItem]]) -> Iterable[Finding]:
        return check_options(item, variants)


TYPE = MultipleChoice()
