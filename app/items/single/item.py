"""Single choice: one key; its score is 0 or 1."""

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

# fixed until about 500 answers: held-out likelihood on 5,000 people x 80 items ranks .15 above one over the options
GUESSING = 0.15
NOT_LEARNED = "?"  # the radio button "I haven't learned this yet"; never an option id


def one_key(options: tuple[Option, ...]) -> tuple[Option, ...]:
    """Options with exactly one key."""
    keys = [option.id for option in options if option.correct]
    if not keys:
        raise PydanticCustomError("bank.no_key", "no option is the key: mark one with correct: true")
    if len(keys) > 1:
        raise PydanticCustomError(
            "bank.many_keys",
            "options {keys} are all marked correct; type single has one key",
            {"keys": " and ".join(keys)},
        )
    return options


class SingleItem(ChoiceItem):
    type: Literal["single"]
    options: Annotated[Many[Option], Field(min_length=3, max_length=6), AfterValidator(one_key)]


class SingleChoice(ItemType[SingleItem]):
    """Answers: {"option": "a"}. Form field: `option`, `?` for "not learned yet"."""

    name: ClassVar[str] = "single"
    schema = SingleItem

    def guessing(self, item: SingleItem) -> float:
        return GUESSING

    def present(self, variant: Variant[SingleItem]) -> dict[str, Any]:
        return {"options": presented(variant)}

    def read(self, variant: Variant[SingleItem], raw: Mapping[str, Any]) -> Answer:
        reject_unknown(raw, ["option"])
        chosen = raw.get("option")
        if not isinstance(chosen, str) or chosen not in variant.order:
            letters = ", ".join(sorted(variant.order))
            raise wrong_answer(AnswerShape, f"choose one of {letters}", "option")
        return {"option": chosen}

    def judge(self, variant: Variant[SingleItem], answer: Answer) -> Score:
        option = variant.item.option(answer["option"])
        return Score(1.0 if option.correct else 0.0, variant.line(option.why), option.misconception)

    def key(self, variant: Variant[SingleItem]) -> Answer:
        return {"option": variant.item.keys[0]}

    def key_shape(self) -> dict[str, Any]:
        return {"option": "a"}

    def collect(self, fields: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        chosen = fields.get("option", ())
        if not chosen:
            return {}
        return {"skip": True} if chosen[0] == NOT_LEARNED else {"option": chosen[0]}

    def form_values(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        skipped = answer.get("skip") is True
        return {"option": NOT_LEARNED if skipped else str(answer.get("option", ""))}

    def explain(self, variant: Variant[SingleItem], answer: Answer | None) -> dict[str, Any]:
        return {"options": explained(variant, [answer["option"]] if answer else [])}

    def texts(self, item: SingleItem) -> Iterable[tuple[Path, str, bool]]:
        return option_texts(item)

    def check(self, item: SingleItem, variants: Sequence[Variant[SingleItem]]) -> Iterable[Finding]:
        return check_options(item, variants)


TYPE = SingleChoice()
