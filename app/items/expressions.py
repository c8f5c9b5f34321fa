"""A small calculator language for variants, keys and formula answers: parsed with `ast`, walked by us, never `eval`.

Authors and candidates both write in it, so every text is hostile until parsed,
and every evaluation is paid from a budget.
"""

import ast
import difflib
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from app.items.functions import CONSTANTS, FUNCTIONS, Value
from app.items.grammar import Compiler, ExpressionError, Run, State

__all__ = ["Expression", "ExpressionError", "Value", "evaluate", "nearest", "parse"]

MAX_LENGTH = 600  # characters
WORDS = frozenset({"and", "or", "not", "if", "else", "for", "in", "True", "False"})

# one character for one, so that offsets stay those of the source: what people paste from documents
_PASTED = str.maketrans("−–×·⋅÷\n\t", "--***/  ")
_TOKEN = re.compile(
    r"(?P<space> +)|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<operator>\*\*|//|[<>=!]=|[-+*/%<>=()\[\],])",
    re.ASCII,
)
_HINTS = {
    "^": "write ** for a power",
    "&": "write `and`",
    "|": "write `or`, or abs(x)",
    "=": "write == to compare",
    "!": "write `not` or !=",
    ".": "a point only belongs in a number",
}


@dataclass(frozen=True)
class Expression:
    """A checked expression, ready to be evaluated many times. `names` are the values it needs, constants excluded."""

    text: str
    names: frozenset[str]
    _run: Run = field(repr=False, compare=False)

    def __reduce__(self) -> tuple[Callable[[str], "Expression"], tuple[str]]:
        return parse, (self.text,)


@lru_cache(maxsize=2048)
def parse(text: str) -> Expression:
    """Check `text` against the grammar and compile it. Nothing is evaluated.

    The grammar: numbers, `+ - * / // % **`, comparisons, `and or not`, `a if c else b`, `[lists]`, `v[i]`,
    `[f(x) for x in v if c]`, the functions in `functions.FUNCTIONS`, the constants pi, e, inf.
    Raises ExpressionError with the place and, for a misspelt name, the nearest known one.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"too long: {len(text)} characters, at most {MAX_LENGTH}", MAX_LENGTH)
    source = text.translate(_PASTED)
    _scan(source)
    start = len(source) - len(source.lstrip(" "))
    try:
        tree = ast.parse(source[start:], mode="eval")
    except SyntaxError as error:
        at = start + error.offset - 1 if error.offset else len(source.rstrip(" "))  # 0 means that the text ended
        raise ExpressionError("cannot be read: an operator, a bracket or a number is missing", at) from None
    except (ValueError, MemoryError, RecursionError):
        raise ExpressionError("cannot be read: nested too deep", start) from None
    compiler = Compiler(start)
    run = compiler.compile(tree.body, frozenset(), 0)
    return Expression(text, frozenset(compiler.names), run)


def evaluate(expression: Expression | str, values: Mapping[str, Value]) -> Value:
    """The value of an expression: a finite number, a truth value, a text passed in, or a list of them.

    Raises ExpressionError for a missing name, a division by zero, a result that is not finite or not real,
    and for anything that costs too much.
    """
    compiled = parse(expression) if isinstance(expression, str) else expression
    if taken := CONSTANTS.keys() & values.keys():
        raise ExpressionError(f"`{min(taken)}` is a constant and cannot be a value's name")
    if missing := compiled.names - values.keys():
        name = min(missing, key=compiled.text.find)
        hint = nearest(name, [*values, *CONSTANTS])
        raise ExpressionError(f"unknown name `{name}`{hint}", max(compiled.text.find(name), 0))
    result = compiled._run(State(dict(values)))
    if not _is_finite(result):
        raise ExpressionError("the result is not a finite number")
    return result


def nearest(name: str, known: Iterable[str]) -> str:
    """`; did you mean ...?` for the known name closest to `name`, or an empty text."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean `{close[0]}`?" if close else ""


def _scan(source: str) -> None:
    """Refuse what is not a token of ours, before Python's parser sees it."""
    at, previous = 0, ""
    while at < len(source):
        token = _TOKEN.match(source, at)
        if token is None:
            hint = _HINTS.get(source[at])
            raise ExpressionError(f"{source[at]!r} is not understood" + (f": {hint}" if hint else ""), at)
        if token["name"]:
            _scan_name(source, token, previous)
        elif token["operator"] == "=":
            raise ExpressionError("a single = is not understood: write == to compare", at)
        elif token["number"] and "inf" in repr(float(token["number"])):
            raise ExpressionError("this number is too large", at)
        previous, at = token.lastgroup or "", token.end()
    if not source.strip():
        raise ExpressionError("empty: a number or a formula was expected")


def _scan_name(source: str, token: re.Match[str], previous: str) -> None:
    name, at = token["name"], token.start()
    if previous == "number":
        raise ExpressionError(f"write a product with *, as in 2*{name}", at)
    if name in WORDS or name in FUNCTIONS:
        return
    if source[token.end() :].lstrip(" ").startswith("("):
        hint = nearest(name, FUNCTIONS) or f"; a product is written {name}*(...)"
        raise ExpressionError(f"name `{name}` is not a known function{hint}", at)
    if name.startswith("_"):
        raise ExpressionError(f"name `{name}`: a name begins with a letter", at)


def _is_finite(value: Value) -> bool:
    if isinstance(value, list):
        return all(_is_finite(part) for part in value)
    return not isinstance(value, float) or math.isfinite(value)
