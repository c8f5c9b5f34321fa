"""Simulated candidates on real banks: what the tests deliver before anybody has taken them, and the table of verdicts.

Each person meets item parameters redrawn from the judged prior, so the judges' errors are part of what is simulated.
"""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.banks.pool import DomainPool
from app.measurement import estimation, scale, simulation
from app.measurement.adaptive import Response, Step, advance
from app.measurement.selection import Pool
from app.measurement.stopping import STANDARD, Rules
from app.profiles import gap
from app.profiles.gap import Verdict
from app.profiles.roles import TargetLevel

THETAS = (0.0, 0.6, 1.0, 1.4, 2.0)  # around the cut of the profile's level: the judged mean of researchers is 1.4
LEVEL: TargetLevel = "accomplished"
TABLE = "verdicts.json"


@dataclass(frozen=True)
class VerdictRow:
    """How people of one true theta are judged against accomplished: shares of the three words, over all domains."""

    theta: float
    score: float
    people: int
    meets: float
    too_close: float
    below: float


@dataclass(frozen=True)
class Summary:
    """What a standard test on one bank delivers to people of theta ~ N(0, 1). Errors in logits."""

    domain: str
    people: int
    items: float
    se: float
    rmse: float
    bias: float
    correlation: float
    coverage_95: float


def sit(pool: Pool, theta: float, rules: Rules, numbers: np.random.Generator) -> tuple[Step, int]:
    """One simulated test of a person at theta (logits): where it ended, and after how many items."""
    truth = simulation.draw_truth(pool, numbers)
    scores = simulation.answers(truth, theta, numbers)
    rng = random.Random(int(numbers.integers(2**63)))
    history: list[Response] = []
    step = advance(pool, history, rules, rng)
    while step.next_item is not None:
        history.append(Response(step.next_item, float(scores[step.next_item])))
        step = advance(pool, history, rules, rng)
    return step, len(history)


def verdict_rows(pools: Sequence[DomainPool], people: int, seed: int) -> Iterator[VerdictRow]:
    """The table, a row at a time: `people` of each theta in each domain take the standard test."""
    for theta in THETAS:
        words: dict[Verdict, int] = dict.fromkeys(Verdict, 0)
        for number, known in enumerate(pools):
            numbers = np.random.default_rng([seed, number, round(theta * 10)])
            for _ in range(people):
                step, _count = sit(known.pool, theta, STANDARD, numbers)
                words[gap.compare_domain(step.weights, LEVEL).verdict] += 1
        total = people * len(pools)
        yield VerdictRow(
            theta,
            scale.score(theta),
            total,
            words[Verdict.MEETS] / total,
            words[Verdict.TOO_CLOSE] / total,
            words[Verdict.BELOW] / total,
        )


def summaries(pools: Sequence[DomainPool], people: int, seed: int) -> Iterator[Summary]:
    """What the standard test on each bank delivers, a bank at a time."""
    for number, known in enumerate(pools):
        numbers = np.random.default_rng([seed, number])
        thetas = numbers.standard_normal(people)
        rows = []
        for theta in thetas:
            step, count = sit(known.pool, float(theta), STANDARD, numbers)
            lo, hi = estimation.interval(step.weights, 0.95)
            rows.append((step.theta, step.se, count, lo <= theta <= hi))
        estimates, errors, counts, covered = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
        off = estimates - thetas
        yield Summary(
            known.domain,
            people,
            float(counts.mean()),
            float(errors.mean()),
            float(np.sqrt(np.mean(off**2))),
            float(off.mean()),
            float(np.corrcoef(estimates, thetas)[0, 1]),
            float(covered.mean()),
        )


def write_table(file: Path, rows: Sequence[VerdictRow], banks: Mapping[str, str]) -> None:
    """Keep the table beside the profiles, with the content hashes of the banks it was made from."""
    document = {"level": LEVEL, "banks": dict(sorted(banks.items())), "rows": [asdict(row) for row in rows]}
    file.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def read_table(file: Path) -> dict[str, Any]:
    """The kept table: level, banks, rows."""
    document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return document
