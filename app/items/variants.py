"""From a seed to a concrete item: parameters drawn, values derived, options ordered. The same seed, the same variant.

Only `random.Random(seed).random()` is used: Python documents that stream as the same in every later version.
"""

import hmac
import itertools
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import TypeVar

from app.items import expressions
from app.items.contract import Item, Variant
from app.items.expressions import ExpressionError
from app.items.fields import Param, Value

I = TypeVar("I", bound=Item)  # noqa: E741
MAX_DRAWS = 500  # a constraint that holds for 2 % of the draws is met with a chance of 1 - 4e-5
FEW = 1000  # spaces up to this size are walked in full


class VariantError(ValueError):
    """An item that cannot be made concrete. `place` is the field at fault: ("derive", name), ("constraints", index)."""

    def __init__(self, message: str, place: tuple[str | int, ...], values: Mapping[str, Value]) -> None:
        super().__init__(f"{message} ({described(values)})" if values else message)
        self.place = place


def variant_seed(attempt_seed: bytes, item_id: str, version: int) -> bytes:
    """32 bytes that fix the variant of one item version in one attempt and tell nothing about those of others."""
    return hmac.digest(attempt_seed, f"variant\0{item_id}\0{version}".encode(), sha256)


def instantiate(item: I, seed: bytes) -> Variant[I]:
    """The variant of `item` that belongs to `seed`.

    Raises VariantError when an expression fails or when no draw of 500 meets the constraints.
    """
    stream = random.Random(seed)
    for _ in range(MAX_DRAWS):
        # by name, so that the variant survives a store that does not keep the order of keys (JSONB)
        drawn = {name: _pick(item.params[name].values(), stream) for name in sorted(item.params)}
        values = derived(item, drawn)
        if failed_constraint(item, values) is None:
            return Variant(item, values, option_order(item, stream), seed)
    raise VariantError(
        f"no draw of {MAX_DRAWS} meets all constraints; widen params or relax them", ("constraints",), {}
    )


def space(params: Mapping[str, Param]) -> int:
    """How many combinations of parameter values there are, before constraints; 1 without parameters."""
    return math.prod(len(param.values()) for param in params.values())


def enumerate_variants(item: I, limit: int) -> list[Variant[I]]:
    """Up to `limit` different variants: all of them in order when the space is small, otherwise its corners
    (every parameter at its first or last value) and then a fixed sample. Option orders come from fixed seeds.

    Raises VariantError when an expression fails in any of them or none meets the constraints.
    """
    variants: list[Variant[I]] = []
    is_few = space(item.params) <= max(FEW, limit)
    for index, drawn in enumerate(_all_draws(item) if is_few else _sample(item, limit)):
        values = derived(item, drawn)
        if failed_constraint(item, values) is None:
            seed = f"enumerated {index}".encode()
            variants.append(Variant(item, values, option_order(item, random.Random(seed)), seed))
        if len(variants) == limit and not is_few:
            break
    if not variants:
        raise VariantError("no variant meets all constraints; widen params or relax them", ("constraints",), {})
    if len(variants) <= limit:
        return variants
    return [variants[i * (len(variants) - 1) // max(limit - 1, 1)] for i in range(limit)]  # evenly, both ends included


def derived(item: Item, drawn: Mapping[str, Value]) -> dict[str, Value]:
    """Drawn values and everything derived from them, each as soon as what it needs is there. Raises VariantError."""
    values = dict(drawn)
    pending = dict(item.derive)
    while pending:
        ready = [name for name, formula in pending.items() if needed(formula) <= values.keys()]
        for name in ready or list(pending)[:1]:  # none ready: evaluating one says which name is unknown
            values[name] = compute(pending.pop(name), values, ("derive", name))
    return values


def needed(formula: int | float | str) -> frozenset[str]:
    """The names that a formula uses."""
    return expressions.parse(formula).names if isinstance(formula, str) else frozenset()


def compute(formula: int | float | str, values: Mapping[str, Value], place: tuple[str | int, ...]) -> Value:
    """The value of a number or an expression. Raises VariantError with the place and the values in use."""
    if not isinstance(formula, str):
        return formula
    try:
        value = expressions.evaluate(formula, values)
    except ExpressionError as error:
        raise VariantError(str(error), place, values) from None
    if isinstance(value, str):
        raise VariantError("a text is no value here", place, values)
    return value


def failed_constraint(item: Item, values: Mapping[str, Value]) -> int | None:
    """The index of the first constraint that does not hold, None when all do."""
    for index, constraint in enumerate(item.constraints):
        if not compute(constraint, values, ("constraints", index)):
            return index
    return None


def option_order(item: Item, stream: random.Random) -> tuple[str, ...]:
    """The option ids as shown: shuffled (Fisher and Yates) unless the item keeps its order; () without options."""
    order = [option.id for option in getattr(item, "options", ())]
    if getattr(item, "shuffle", False):
        for last in range(len(order) - 1, 0, -1):
            other = int(stream.random() * (last + 1))
            order[last], order[other] = order[other], order[last]
    return tuple(order)


def described(values: Mapping[str, Value]) -> str:
    """Values for a message: `n = 3, k = 0.5`, shortened."""
    text = ", ".join(
        f"{name} = {value:.6g}" if isinstance(value, float) else f"{name} = {value}" for name, value in values.items()
    )
    return text if len(text) <= 120 else text[:117] + "..."


def _pick(values: Sequence[Value], stream: random.Random) -> Value:
    return values[int(stream.random() * len(values))]


def _all_draws(item: Item) -> Iterator[dict[str, Value]]:
    for row in itertools.product(*[param.values() for param in item.params.values()]):
        yield dict(zip(item.params, row, strict=True))


def _sample(item: Item, limit: int) -> Iterator[dict[str, Value]]:
    columns = [param.values() for param in item.params.values()]
    corners = itertools.product(*[(column[0], column[-1]) for column in columns])
    stream = random.Random(b"enumerate")
    drawn = (tuple(_pick(column, stream) for column in columns) for _ in range(4 * limit + MAX_DRAWS))
    seen = set()
    for row in itertools.chain(itertools.islice(corners, limit // 4), drawn):
        if repr(row) not in seen:
            seen.add(repr(row))
            yield dict(zip(item.params, row, strict=True))
