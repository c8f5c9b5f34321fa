"""Simulated candidates on the shipped banks, and the table of verdicts that the method page shows."""

import pytest

from app.banks import on_disk, publish, simulate

SEED = 1


@pytest.fixture(scope="module")
def banks(content):
    return on_disk.banks(content.banks())


@pytest.fixture(scope="module")
def table(content):
    return simulate.read_table(content.shipped / "profiles" / simulate.TABLE)


def test_the_kept_table_is_of_the_banks_as_they_are(banks, table):
    current = {bank.definition.id: publish.bank_hash(bank) for bank in banks}
    assert table["banks"] == current, "run `plumbline bank simulate --people 500 --write`"


def test_the_kept_table_is_what_the_command_prints(banks, table):
    """A smaller run of the same simulation: shares of 400 people have a standard error of at most .025."""
    rows = list(simulate.verdict_rows([on_disk.pool(bank) for bank in banks], 100, SEED))
    for row, kept in zip(rows, table["rows"], strict=True):
        assert row.theta == kept["theta"]
        for word in ("meets", "too_close", "below"):
            assert getattr(row, word) == pytest.approx(kept[word], abs=0.1)


def test_people_above_the_target_are_rarely_called_below(table):
    above = [row for row in table["rows"] if row["theta"] > 1]
    assert len(above) == 2
    assert all(row["below"] <= 0.05 for row in above)


def test_the_words_of_a_row_are_everybody(table):
    for row in table["rows"]:
        assert row["meets"] + row["too_close"] + row["below"] == pytest.approx(1)


def test_meets_rises_and_below_falls_with_theta(table):
    meets, below = ([row[word] for row in table["rows"]] for word in ("meets", "below"))
    assert meets == sorted(meets)
    assert below == sorted(below, reverse=True)


def test_the_same_seed_gives_the_same_people(banks):
    pool = [on_disk.pool(banks[0])]
    first, again = (list(simulate.summaries(pool, 20, SEED)) for _ in range(2))
    assert first == again
