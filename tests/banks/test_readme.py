"""The authors' README is right: its example is an item that proves, its tables know every code and every field."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from app.banks.load import load_bank
from app.banks.verify import verify
from app.items.functions import CONSTANTS, FUNCTIONS
from app.items.registry import types

pytestmark = pytest.mark.quick
ROOT = Path(__file__).parents[2]
README = (ROOT / "question_banks" / "README.md").read_text()


def test_the_example_item_loads_checks_and_proves(make_bank: Callable[..., Path], files: dict[str, str]) -> None:
    item = next(block for block in re.findall(r"```yaml\n(.*?)```", README, re.DOTALL) if "schema:" in block)
    script = re.findall(r"```python\n(.*?)```", README, re.DOTALL)[0]
    item = item.replace("domain: deep-learning", "domain: sums").replace("dl.systems", "sums.small")
    bank = load_bank(make_bank({"items/sums.small/sharded-state.yaml": item, "verify/sharded_state.py": script}))
    assert [str(problem) for problem in bank.problems] == []
    (result,) = verify(bank, ["sums.small.sharded-state"])
    assert result.ok, result.message
    assert result.variants == 32


def test_every_code_is_in_the_table_and_every_code_of_the_table_exists() -> None:
    sources = [*(ROOT / "app" / "banks").glob("*.py"), *(ROOT / "app" / "items").rglob("*.py")]
    code = "\n".join(path.read_text() for path in sources)
    raised = set(re.findall(r'"(bank\.[a-z_]+|W\d{3}|text\.control_character)"', code))
    raised -= {"bank.unreadable", "bank.version_reused", "bank.more"}  # not about one place in a file
    table = README[README.index("## Rules") :]
    told = set(re.findall(r"`(bank\.[a-z_]+|text\.control_character)`|\b(W\d{3})\b", table))
    documented = {first or second for first, second in told}
    assert raised <= documented, raised - documented
    assert documented <= raised, documented - raised


def test_types_functions_and_constants_are_named() -> None:
    for name in (*types(), *FUNCTIONS, *CONSTANTS):
        assert re.search(rf"\b{name}\b", README), name
