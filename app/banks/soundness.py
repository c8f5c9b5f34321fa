"""Whether an item holds together: every name known, every formula computable, every text fit to show."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from app.items import expressions
from app.items.contract import Finding, Item, Path, Variant, all_texts
from app.items.expressions import ExpressionError, nearest
from app.items.fields import is_costly
from app.items.formulas import width
from app.items.markup import MarkupError, plain
from app.items.placeholders import placeholders
from app.items.registry import type_of
from app.items.variants import VariantError, compute, enumerate_variants, needed

ABOVE_GUESSING = 0.03
# A formula in a sentence cannot wrap; one wider than its paragraph makes it scroll, and Safari lets no keyboard
# in. On a phone 320 px wide a paragraph has 254 px for letters of 18.7 px, an option 214 px: 13.6 and 11.4 em. Chromium
# draws a formula .93 times as wide as `width` says (median of the shipped items; .6 to 1.3). With these limits the rule
# found every shipped formula that did not fit but one of 12.8 em; the browser tests measure what this estimates.
WIDEST_INLINE = 14.0
WIDEST_IN_OPTION = 12.5
_HTML = ("HTML", "link", "image")
_FRAMED = re.compile(r'<div class="(?:eq|tablewrap)[^>]*>.*?</div>', re.DOTALL)  # scrolls in a frame of its own
_MATH = re.compile(r"<math\b.*?</math>", re.DOTALL)


def names(item: Item) -> Iterator[Finding]:
    """Names in formulas and placeholders that are neither parameters nor derived before."""
    known = dict.fromkeys(item.params)
    for name, formula in item.derive.items():
        if name in known:
            yield Finding("bank.name", ("derive", name), f"`{name}` is given twice, in params or derive")
        yield from _unknown(formula, list(known), ("derive", name))
        known[name] = None
    for index, constraint in enumerate(item.constraints):
        yield from _unknown(constraint, list(known), ("constraints", index))
    for path, formula in type_of(item).formulas(item):
        yield from _unknown(formula, list(known), path)
    used = {name for formula in (*item.derive.values(), *item.constraints) for name in needed(formula)}
    used |= {name for _, formula in type_of(item).formulas(item) for name in needed(formula)}
    for path, text, _ in all_texts(type_of(item), item):
        try:
            for expression, _ in placeholders(text):
                used |= expression.names
                if missing := sorted(expression.names - known.keys()):
                    hint = nearest(missing[0], known) or "; write { {x} } with spaces for braces of a formula"
                    at = text.find("{{" + expression.text)
                    yield Finding("bank.expression", path, f"unknown name `{missing[0]}`{hint}", max(at, 0))
        except ExpressionError as error:
            yield Finding("bank.expression", path, str(error), error.offset)
    for name in item.params.keys() - used:
        yield Finding("W041", ("params", name), f"parameter `{name}` is used nowhere")


def judged(item: Item) -> Iterator[Finding]:
    """A judged share that is no better than guessing: the item would have no parameters."""
    guessing = type_of(item).guessing(item)
    if item.difficulty.developing < guessing + ABOVE_GUESSING:
        share = f"{item.difficulty.developing:g}"
        message = f"{share} is too close to the {guessing:g} of guessing; at least {ABOVE_GUESSING} above it"
        yield Finding("bank.difficulty", ("difficulty", "developing"), message)


def variants(item: Item, limit: int) -> tuple[list[Variant[Any]], list[Finding]]:
    """Up to `limit` variants and, when they cannot be made or computed, the reason."""
    try:
        made = enumerate_variants(item, limit)
        for variant in made:
            for path, formula in type_of(item).formulas(item):
                compute(formula, variant.values, path)
    except VariantError as error:
        code = "bank.unreachable" if error.place == ("constraints",) else _expression_code(str(error))
        return [], [Finding(code, error.place, str(error))]
    return made, []


def texts(item: Item, made: Sequence[Variant[Any]]) -> Iterator[Finding]:
    """Texts that cannot be rendered or compiled in one of the given variants; one finding a text."""
    for path, text, is_line in all_texts(type_of(item), item):
        for variant in made:
            try:
                variant.line(text) if is_line else variant.block(text)
            except ExpressionError as error:
                yield Finding(_expression_code(error.message), path, str(error), error.offset)
                break
            except MarkupError as error:
                yield Finding(_markup_code(error), path, error.message, error.offset)
                break


def widths(item: Item, made: Sequence[Variant[Any]]) -> Iterator[Finding]:
    """Formulas in a line that are too wide for a phone, the widest of the given variants; one finding a text."""
    for path, text, is_line in all_texts(type_of(item), item):
        limit = WIDEST_IN_OPTION if path[0] == "options" and path[-1] == "text" else WIDEST_INLINE
        shown = {variant.line(text) if is_line else variant.block(text) for variant in made}
        found = [math.replace("&nbsp;", "\xa0") for html in shown for math in _MATH.findall(_FRAMED.sub("", html))]
        widest = max(found, key=width, default=None)
        if widest and width(widest) > limit:
            message = (
                f"the formula `{plain(widest)[:60]}` in a line is about {width(widest):.0f} em wide, more than the "
                f"{limit:g} that fit a phone: split it, or set it on a line of its own with $$"
            )
            yield Finding("W060", path, message)


def _expression_code(message: str) -> str:
    return "bank.expression_cost" if is_costly(message) else "bank.expression"


def _markup_code(error: MarkupError) -> str:
    if "formula" in error.message:
        return "bank.math"
    return "bank.html" if any(word in error.message for word in _HTML) else "bank.markup"


def _unknown(formula: int | float | str, known: Sequence[str], path: Path) -> Iterator[Finding]:
    if isinstance(formula, str):
        for name in sorted(expressions.parse(formula).names - set(known)):
            hint = nearest(name, known)
            yield Finding("bank.expression", path, f"unknown name `{name}`{hint}", formula.find(name))
