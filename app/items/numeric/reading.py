"""How a typed number is read. What could be meant in two ways is refused with the reason, never scored as wrong."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.items.contract import AnswerNumber, AnswerTooLong, wrong_answer
from app.items.placeholders import number

MAX_LENGTH = 64
EXAMPLES = "examples: 3.14, -2, 1/3, 1e-3"
_SPACES = " \t\u00a0\u2009\u202f"  # also the thin and unbreakable ones that people paste
_DIGITS = r"(?:\d+(?:[.,]\d*)*|[.,]\d+)"
_TYPED = re.compile(
    rf"(?P<sign>[+-]?)\s*(?P<over>{_DIGITS})(?P<power>[eE][+-]?\d+)?(?:\s*/\s*(?P<under>{_DIGITS}))?(?P<rest>.*)",
    re.ASCII | re.DOTALL,
)
_POINT_GROUPS = re.compile(r"\d{1,3}(?:\.\d{3})+,\d+")  # 1.234,5
_COMMA_GROUPS = re.compile(r"\d{1,3}(?:,\d{3})+\.\d*|\d{1,3}(?:,\d{3}){2,}")  # 1,234.5 or 1,234,567
_DECIMAL_COMMA = re.compile(r"(?:\d*,\d*)")


@dataclass(frozen=True)
class Typed:
    """A number as typed: the text without its unit, the unit or "", the value in that unit."""

    text: str
    unit: str
    value: float


def read_number(text: str, units: Mapping[str, float]) -> Typed:
    """Read what a candidate typed. Raises AnswerNumber or AnswerTooLong.

    Read: 3.14, -2, .5, 1e-3, 3/4, with spaces around, + or - or the minus sign of typography in front, one of the
    item's units behind ("3.14 GB"). A comma is a decimal comma where it cannot be a thousands separator (3,14 and
    0,125 and 12345,678 yes); thousands separators count where they cannot be anything else (1,234.5, 1,234,567,
    1.234,5). Refused with the reason: 1,234 (two meanings), 1 234, 0x10, NaN, infinity, other digits than 0-9, 1e400.
    """
    if len(text) > MAX_LENGTH:
        raise wrong_answer(AnswerTooLong, f"at most {MAX_LENGTH} characters", "value")
    cleaned = text.strip(_SPACES).replace("\u2212", "-")
    if not cleaned:
        raise refused(f"enter a number; {EXAMPLES}")
    if any(c.isnumeric() and c not in "0123456789" for c in cleaned):
        raise refused(f"write the number with the digits 0 to 9; {EXAMPLES}")
    found = _TYPED.match(cleaned)
    if found is None:
        raise refused(f"not a number; {EXAMPLES}")
    unit = found["rest"].strip(_SPACES)
    if unit and unit not in units:
        raise refused(_why_not(unit, units))
    value = float(_decimal_text(found["over"]) + (found["power"] or ""))
    if found["under"]:
        below = float(_decimal_text(found["under"]))
        if below == 0:
            raise refused("division by zero is not a number")
        value /= below
    if not math.isfinite(value):
        raise refused("this number is too large")
    if value == 0 and re.search("[1-9]", found["over"]):
        raise refused("this number is too close to 0; write 0 if that is meant")
    typed = cleaned[: found.start("rest")].strip(_SPACES)
    return Typed(typed, unit, -value if found["sign"] == "-" else value)


def read_as(value: float, unit: str) -> str:
    """How an answer was understood, for the candidate: "read as 3.14 GB"."""
    return f"read as {number(value)} {unit}".rstrip()


def refused(message: str) -> Exception:
    """An AnswerNumber about the value."""
    return wrong_answer(AnswerNumber, message, "value")


def _why_not(rest: str, units: Mapping[str, float]) -> str:
    if re.match(r"[x×*·^]|\*\*", rest):
        return "not a number: write powers of ten as 3.2e5 and work products out"
    if re.match(r"[\d.,/]", rest):
        return f"not a number: no spaces inside it, one fraction at most; {EXAMPLES}"
    if not units:
        return f"not a number: this answer has no unit; {EXAMPLES}"
    return f"unknown unit; use {', '.join(units)} (capitals count)"


def _decimal_text(text: str) -> str:
    """Digits with a decimal point, from digits with points and commas."""
    if "," not in text:
        if text.count(".") > 1:
            raise refused("two points in one number; write 1234567.8")
        return text
    if _COMMA_GROUPS.fullmatch(text):
        return text.replace(",", "")
    if _POINT_GROUPS.fullmatch(text):
        return text.replace(".", "").replace(",", ".")
    if not _DECIMAL_COMMA.fullmatch(text):
        raise refused("points and commas do not fit together; write 1234.5")
    whole, decimals = text.split(",")
    if len(decimals) == 3 and 1 <= len(whole) <= 3 and whole.strip("0"):
        raise refused(f"{text} can mean two numbers: write {whole}.{decimals} or {whole}{decimals}")
    return f"{whole}.{decimals}"
