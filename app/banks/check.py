"""The rules of good items, over every variant of a template: errors block, warnings can be waived with a reason."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from app.banks import soundness
from app.banks.load import Bank
from app.banks.problems import Problem, arranged
from app.items.contract import Finding, Item, Variant, all_texts
from app.items.markup import plain, split_ask
from app.items.placeholders import placeholders, render
from app.items.registry import type_of

MAX_VARIANTS = 200
COMPILED = 8  # of them, spread over the whole range: compiling depends on values hardly at all
FEWEST_VARIANTS = 12
MOST_WORDS = 180
DISCRIMINATION = (0.5, 2.0)
DIFFICULTY = (-2.5, 3.0)
SECONDS = (30, 300)
POSITION_SHARE = 0.5  # of the keys of unshuffled items may stand at one place
POSITION_FROM = 8  # such items; fewer say nothing

_NEGATIVE = re.compile(r"\bwhich\b[^.?]*\b(not|except|incorrect|false|least likely)\b", re.IGNORECASE)
_EMPHASISED = re.compile(r"\*\*[^*]*\b(NOT|EXCEPT|LEAST|INCORRECT|FALSE)\b[^*]*\*\*")
_EXPONENT = re.compile(r"\d[eE][+-]\d")
_TWO_SIGNS = re.compile(r"[-+−]\s*\{?-\d")


def check(bank: Bank) -> list[Problem]:
    """Everything that is wrong with a bank: what loading found, then the rules, in the order of the files."""
    problems = list(bank.problems)
    for item in bank.items:
        source = bank.sources[item.id]
        problems += [source.problem(item.id, finding) for finding in check_item(item)]
    for item, finding in key_positions(bank.items):
        problems.append(bank.sources[item.id].problem(item.id, finding))
    return list(arranged(problems))


def check_item(item: Item) -> list[Finding]:
    """The findings in one item, without what it waives."""
    variants, findings = soundness.variants(item, MAX_VARIANTS)
    if variants:
        step = max(1, len(variants) // COMPILED)
        some = [*variants[::step][:COMPILED], variants[-1]]
        findings += soundness.texts(item, some)
    if not findings:
        findings += soundness.widths(item, some)
        findings += [*_check_stem(item, variants[0]), *_check_numbers(item), *_check_proof(item)]
        findings += [*_check_template(item, variants), *type_of(item).check(item, variants)]
    return _without_waived(item, findings)


def implied(item: Item) -> tuple[float, float]:
    """(discrimination a, difficulty b) that the Angoff pair stands for, with the cut scores at theta -1 and +1.

    Solves logit((p - c) / (1 - c)) = a (theta - b) at both points; nothing is shrunk here.
    """
    c = type_of(item).guessing(item)
    low, high = (math.log((p - c) / (1 - p)) for p in (item.difficulty.developing, item.difficulty.accomplished))
    a = (high - low) / 2
    return a, 1 - high / a


def key_positions(items: Sequence[Item]) -> Iterator[tuple[Item, Finding]]:
    """A place where too many keys of unshuffled single-choice items stand; the finding goes to the last such item."""
    fixed = [item for item in items if item.type == "single" and not getattr(item, "shuffle", True)]
    places = [_key_place(item) for item in fixed]
    if len(fixed) < POSITION_FROM:
        return
    place, count = Counter(places).most_common(1)[0]
    if count > POSITION_SHARE * len(fixed):
        last = [item for item, found in zip(fixed, places, strict=True) if found == place][-1]
        message = f"{count} of {len(fixed)} items with a fixed order have their key at place {place}; vary it"
        yield last, Finding("W050", ("options",), message)


def _key_place(item: Any) -> int:
    return 1 + next(index for index, option in enumerate(item.options) if option.correct)


def _without_waived(item: Item, findings: Iterable[Finding]) -> list[Finding]:
    kept = list(findings)
    for index, waiver in enumerate(item.waivers):
        if not any(finding.code == waiver.rule for finding in findings):
            unused = f"nothing to waive: the item does not break {waiver.rule}; remove the waiver"
            kept.append(Finding("W090", ("waivers", index), unused))
        kept = [finding for finding in kept if finding.code != waiver.rule]
    return kept


def _check_stem(item: Item, variant: Variant[Any]) -> Iterator[Finding]:
    stem = render(item.stem, variant.values)
    _, ask = split_ask(variant.block(item.stem))
    question = plain(ask).strip()
    if "?" not in question and not question.endswith(":"):
        message = "the last paragraph is no question: end it with `?`, or with `:` before the options"
        yield Finding("W031", ("stem",), message)
    if len(stem.split()) > MOST_WORDS:
        yield Finding(
            "W032", ("stem",), f"{len(stem.split())} words; more than {MOST_WORDS} test reading, not the skill"
        )
    if _NEGATIVE.search(question) and not _EMPHASISED.search(stem):
        yield Finding("W030", ("stem",), "a negative question: write the word in bold capitals, **NOT**")


def _check_numbers(item: Item) -> Iterator[Finding]:
    a, b = implied(item)
    if not DISCRIMINATION[0] <= a <= DISCRIMINATION[1]:
        low, high = DISCRIMINATION
        what = "too close together" if a < low else "too far apart"
        message = f"the judged pair is {what}: it implies a discrimination of {a:.2f}, outside {low} to {high}"
        yield Finding("W042", ("difficulty",), message)
    if not DIFFICULTY[0] <= b <= DIFFICULTY[1]:
        low, high = DIFFICULTY
        yield Finding("W043", ("difficulty",), f"the judged pair implies b = {b:.2f}, outside {low} to {high}")
    if not SECONDS[0] <= item.time_seconds <= SECONDS[1]:
        yield Finding("W034", ("time_seconds",), f"{item.time_seconds} s; usual is {SECONDS[0]} to {SECONDS[1]} s")


def _check_proof(item: Item) -> Iterator[Finding]:
    if item.verify is None and item.status in ("live", "pilot"):
        yield Finding("bank.verify", (), f"a {item.status} item needs `verify`: a script, or blind solvers")
    elif item.verify and item.verify.script is None and type_of(item).needs_script:
        yield Finding("bank.verify", ("verify",), f"type {item.type} has a computed key: a script must prove it")


def _check_template(item: Item, variants: Sequence[Variant[Any]]) -> Iterator[Finding]:
    if not item.params:
        return
    if len(variants) < FEWEST_VARIANTS:
        message = f"{len(variants)} variants; a template has at least {FEWEST_VARIANTS}"
        yield Finding("W040", ("params",), message)
    for path, text, _ in all_texts(type_of(item), item):
        written_out = any(spec.lower().endswith("e") for _, spec in placeholders(text))
        for variant in variants:
            shown = render(text, variant.values)
            if not written_out and (found := _EXPONENT.search(shown)) and not _EXPONENT.search(text):
                around = shown[max(0, found.start() - 8) : found.end() + 2].strip()
                yield Finding("W044", path, f"a value prints as `{around}`; give it a format such as :.0f or :.4f")
                break
            if (signs := _TWO_SIGNS.search(shown)) and not _TWO_SIGNS.search(text):
                yield Finding("W045", path, f"`{signs[0]}` reads badly; write {{{{x:+}}}} for a signed value")
                break
