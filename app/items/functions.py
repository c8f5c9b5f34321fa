"""The functions and constants of the expression language, each with how many arguments of which kind it takes."""

import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Value: TypeAlias = "bool | int | float | str | list[Value]"

MAX_FACTORIAL = 170  # the last whose factorial fits a float
MAX_COMB = 2000
MAX_RANGE = 1000
MAX_DIGITS = 15  # of round(); a large negative one would build 10**n
CONSTANTS = {"pi": math.pi, "e": math.e, "inf": math.inf}

_NORMAL = statistics.NormalDist()


@dataclass(frozen=True)
class Function:
    """One function: what it runs, how many arguments, and whether they are numbers, lists or either."""

    call: Callable[..., Any]
    fewest: int = 1
    most: int = 1
    takes: Literal["numbers", "lists", "either"] = "numbers"

    @property
    def arity(self) -> str:
        count = str(self.fewest) if self.fewest == self.most else f"{self.fewest} to {self.most}"
        return f"{count} argument{'s' if self.most > 1 else ''}"


def _whole(value: float, lowest: int, highest: int) -> int:
    if value > highest:
        raise ValueError(f"argument above {highest}")
    if value < lowest:
        raise ValueError(f"argument below {lowest}")
    if value != int(value):
        raise ValueError("a whole number was expected")
    return int(value)


def _comb(n: float, k: float) -> int:
    return math.comb(_whole(n, 0, MAX_COMB), _whole(k, 0, MAX_COMB))


def _gcd(a: float, b: float) -> int:
    if a != int(a) or b != int(b):
        raise ValueError("whole numbers were expected")
    return math.gcd(int(a), int(b))


def _range(first: float, end: float | None = None) -> list[int]:
    low, high = (0, first) if end is None else (_whole(first, -(10**9), 10**9), end)
    return list(range(low, low + _whole(max(high - low, 0), 0, MAX_RANGE)))


def _round(value: float, digits: float = 0) -> float:
    places = _whole(digits, -MAX_DIGITS, MAX_DIGITS)
    return round(value, places) if places else round(value)


def _numbers(values: list[Any]) -> list[float]:
    if any(isinstance(value, list) for value in values):
        raise ValueError("a list of numbers was expected, not of rows")
    return values


def _extreme(choose: Callable[[list[float]], float]) -> Callable[..., float]:
    """min and max take either one list or several numbers."""

    def pick(*values: Any) -> float:
        candidates = values[0] if len(values) == 1 and isinstance(values[0], list) else list(values)
        if not candidates or not all(isinstance(value, int | float) for value in candidates):
            raise ValueError("numbers, or one list of numbers, were expected")
        return choose(candidates)

    return pick


def _mean(values: list[float]) -> float:
    if not values:
        raise ValueError("an empty list has no mean")
    return sum(_numbers(values)) / len(values)


def _dot(left: list[float], right: list[float]) -> float:
    if len(left) != len(right):
        raise ValueError(f"lists of one length were expected, not {len(left)} and {len(right)}")
    return sum(a * b for a, b in zip(_numbers(left), _numbers(right), strict=True))


def _determinant_2x2(rows: list[Any]) -> float:
    if [len(row) if isinstance(row, list) else 0 for row in rows] != [2, 2]:
        raise ValueError("two rows of two numbers were expected")
    (a, b), (c, d) = rows
    return float(a * d - b * c) if isinstance(a * d - b * c, float) else int(a * d - b * c)


FUNCTIONS = {
    "sqrt": Function(math.sqrt),
    "exp": Function(math.exp),
    "log": Function(math.log, 1, 2),
    "ln": Function(math.log),
    "log2": Function(math.log2),
    "log10": Function(math.log10),
    "sin": Function(math.sin),
    "cos": Function(math.cos),
    "tan": Function(math.tan),
    "atan": Function(math.atan),
    "sinh": Function(math.sinh),
    "cosh": Function(math.cosh),
    "tanh": Function(math.tanh),
    "abs": Function(abs),
    "floor": Function(math.floor),
    "ceil": Function(math.ceil),
    "round": Function(_round, 1, 2),
    "comb": Function(_comb, 2, 2),
    "factorial": Function(lambda n: math.factorial(_whole(n, 0, MAX_FACTORIAL))),
    "gcd": Function(_gcd, 2, 2),
    "normcdf": Function(lambda x: 0.5 * math.erfc(-x / math.sqrt(2))),  # keeps the far left tail exact
    "normppf": Function(_NORMAL.inv_cdf),
    "range": Function(_range, 1, 2),
    "min": Function(_extreme(min), 1, 20, "either"),
    "max": Function(_extreme(max), 1, 20, "either"),
    "where": Function(lambda test, yes, no: yes if test else no, 3, 3, "either"),
    "sum": Function(lambda values: sum(_numbers(values)), takes="lists"),
    "len": Function(len, takes="lists"),
    "mean": Function(_mean, takes="lists"),
    "dot": Function(_dot, 2, 2, "lists"),
    "det2": Function(_determinant_2x2, takes="lists"),
}
