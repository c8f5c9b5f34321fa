"""A small bank on disk, whose files a test changes."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

BANK = """\
schema: plumbline.bank/1
id: sums
title: Sums
version: "1"
description: A bank for tests.
visibility: open
license: CC-BY-4.0
minutes: 20
test_lengths:
  standard: {min: 10, max: 30, stop_se: 0.35}
  verified: {min: 10, max: 40, stop_se: 0.3}
cut_scores: {developing: 100, accomplished: 200}
levels:
  - {id: beginning, title: Beginning, description: Adds.}
  - {id: developing, title: Developing, description: Multiplies.}
  - {id: accomplished, title: Accomplished, description: Proves.}
blueprint:
  skills:
    - {id: sums.small, title: Small sums, weight: 1, description: Sums of two numbers., slots: {apply: {B1: 2}}}
"""
SINGLE = """\
schema: plumbline.item/1
id: sums.small.pair
version: 1
status: live
type: single
domain: sums
skill: sums.small
cognitive: apply
difficulty: {developing: 0.5, accomplished: 0.8, judges: 1}
time_seconds: 60
stem: |
  Two apples lie beside two pears.

  How many pieces of fruit are there?
options:
  - {id: a, text: "There are three", misconception: off-by-one, why: "One too few."}
  - {id: b, text: "There are four", correct: true, why: "Two and two."}
  - {id: c, text: "There are five", misconception: off-by-one, why: "One too many."}
rationale: |
  Two and two are four.
verify: {script: verify/pair.py, method: counting}
tags: [fruit]
authorship: {author: plumbline, created: "2026-11-23", license: CC-BY-4.0, ai_assisted: true, reviews: []}
"""
NUMERIC = """\
schema: plumbline.item/1
id: sums.small.total
version: 1
status: live
type: numeric
domain: sums
skill: sums.small
cognitive: apply
difficulty: {developing: 0.5, accomplished: 0.8, judges: 1}
time_seconds: 60
params: {n: {int: [3, 9]}, m: {int: [10, 13]}}
derive: {answer: n + m}
stem: |
  What is ${{n}} + {{m}}$?
answer: {value: answer, tolerance: {abs: 0.5}}
near_misses:
  - {value: answer - 1, misconception: off-by-one, why: "One too few."}
  - {value: n * m, misconception: product, why: "This is the product."}
rationale: |
  ${{n}} + {{m}} = {{answer}}$.
verify: {script: verify/total.py, method: counting}
authorship: {author: plumbline, created: "2026-11-23", license: CC-BY-4.0, ai_assisted: true, reviews: []}
"""
PAIR = """\
import json, sys
asked = json.load(sys.stdin)
words = {"three": 3, "four": 4, "five": 5}
count = len(["apple"] * 2 + ["pear"] * 2)
def solve(options):
    return {"option": next(o for o, text in options.items() if words[text.split()[-1]] == count)}
answers = [solve(variant["options"]) for variant in asked["variants"]]
print(json.dumps({"answers": answers}))
"""
TOTAL = """\
import json, sys
asked = json.load(sys.stdin)
answers = [{"value": str(len([0] * v["params"]["n"] + [0] * v["params"]["m"]))} for v in asked["variants"]]
print(json.dumps({"answers": answers}))
"""
FILES = {
    "bank.yaml": BANK,
    "items/sums.small/pair.yaml": SINGLE,
    "items/sums.small/total.yaml": NUMERIC,
    "verify/pair.py": PAIR,
    "verify/total.py": TOTAL,
}


@pytest.fixture
def make_bank(tmp_path: Path) -> Callable[..., Path]:
    """make_bank({"items/...": text or bytes or None}) writes the bank, these files changed, and returns its folder."""

    def make(changed: Mapping[str, str | bytes | None] | None = None) -> Path:
        folder = tmp_path / "sums"
        for name, body in {**FILES, **(changed or {})}.items():
            if body is None:
                continue
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(body.encode() if isinstance(body, str) else body)
        return folder

    return make


@pytest.fixture
def files() -> Mapping[str, str]:
    """The texts of the bank's files, to change."""
    return FILES
