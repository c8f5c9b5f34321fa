"""Puts the values of a variant into a text: `{{n}}`, `{{2*n}}`, `{{share:.3g}}`, also inside formulas."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from app.items import expressions
from app.items.expressions import Expression, ExpressionError
from app.items.functions import Value

# code first: a dollar inside code is no formula; an escaped character is none either
_PARTS = re.compile(
    r"(?P<code>(?P<ticks>`+).*?(?<!`)(?P=ticks)(?!`))|(?P<escaped>\\.)"
    r"|(?P<math>\$\$(?:\\.|[^$\\]|\$(?!\$))+\$\$|\$(?:\\.|[^$\\])+\$)",
    re.DOTALL,
)
_PLACEHOLDER = re.compile(r"\{\{([^{}:]+)(?::([^{}]*))?\}\}")
_SPEC = re.compile(r"[+ ]?0?\d{0,2},?(?:\.\d{1,2})?[bdeEfFgGoxX%]?")
# TeX takes one digit as the argument of these, so 12 needs braces there: x^12 is x to the 1, then 2
_TAKES_ARGUMENT = re.compile(r"(?:[\^_}]|\\[A-Za-z]+)$")


@dataclass(frozen=True)
class _Hole:
    expression: Expression
    spec: str
    inside_math: bool
    is_argument: bool


def render(text: str, values: Mapping[str, Value]) -> str:
    """`text` with every placeholder replaced.

    Whole numbers come without a point, others with up to 12 significant digits; a format after the colon is Python's.
    Inside a formula a value that TeX would take as an argument is put in braces, and % is escaped.
    Raises ExpressionError for an unknown name, a value that cannot be computed or a format that does not fit.
    """
    if "{{" not in text:
        return text
    return "".join(piece if isinstance(piece, str) else _fill(piece, values) for piece in _pieces(text))


def placeholders(text: str) -> list[tuple[Expression, str]]:
    """Every (expression, format) of a text. Raises ExpressionError where one cannot be read."""
    return [(piece.expression, piece.spec) for piece in _pieces(text) if not isinstance(piece, str)]


def number(value: Value, digits: int = 12) -> str:
    """A value as people write it: no `.0`, no exponent between 1e-9 and 1e16, at most `digits` significant digits."""
    if isinstance(value, list):
        return "[" + ", ".join(number(part, digits) for part in value) + "]"
    if isinstance(value, bool | str):
        raise ExpressionError("a truth value or a text cannot be inserted; write a conditional: 1 if ... else 0")
    if isinstance(value, int) or (value == int(value) and abs(value) < 1e16):
        return str(int(value))
    short = f"{value:.{digits}g}"
    if "e" in short and 1e-9 <= abs(value) < 1e16:
        decimals = max(0, digits - 1 - int(short.split("e")[1]))
        return f"{float(short):.{decimals}f}".rstrip("0").rstrip(".") if decimals else f"{float(short):.0f}"
    return short


def _fill(hole: _Hole, values: Mapping[str, Value]) -> str:
    shown = _format(expressions.evaluate(hole.expression, values), hole.spec)
    if hole.inside_math and shown.endswith("%"):
        shown = shown[:-1] + r"\%"
    return f"{{{shown}}}" if hole.is_argument else shown


def _format(value: Value, spec: str) -> str:
    if not spec:
        return number(value)
    if isinstance(value, bool | str | list):
        raise ExpressionError(f"the format :{spec} needs a number")
    if spec == "+":
        return number(value) if value < 0 else "+" + number(value)
    if spec[-1] in "bdoxX":
        if value != int(value):
            raise ExpressionError(f"the format :{spec} needs a whole number, got {number(value, 6)}")
        return format(int(value), spec)
    shown = format(value, spec)
    rounds_to_zero = not re.search("[1-9]", re.split("[eE]", shown)[0])
    return shown.replace("-", "", 1) if rounds_to_zero and value < 0 else shown


@lru_cache(maxsize=4096)
def _pieces(text: str) -> tuple[str | _Hole, ...]:
    math = [found.span() for found in _PARTS.finditer(text) if found["math"]]
    pieces: list[str | _Hole] = []
    at = 0
    for found in _PLACEHOLDER.finditer(text):
        start, spec = found.start(), (found[2] or "").strip()
        if not _SPEC.fullmatch(spec):
            raise ExpressionError(f"the format :{spec[:20]} is not known; examples: :.2f, :.3g, :+, :d", start)
        try:
            expression = expressions.parse(found[1].strip())
        except ExpressionError as error:
            raise ExpressionError(error.message, start + 2 + error.offset) from None
        before = text[at:start]
        inside = any(left < start < right for left, right in math)
        follows_a_hole = bool(pieces) and not before  # the b of \frac{{a}}{{b}}
        is_argument = inside and (follows_a_hole or bool(_TAKES_ARGUMENT.search(before)))
        pieces += [before, _Hole(expression, spec, inside, is_argument)]
        at = found.end()
    return (*pieces, text[at:])
