"""The home page's picture is a simulation on the bank that is published, not a drawing."""

from app.attempts import example, strip
from app.attempts.example import AFTER, candidate
from app.banks import catalogue, pool
from app.banks.pool import DomainPool
from app.database.engine import Database


def known(db: Database) -> DomainPool:
    def load(connection):
        bank = catalogue.banks(connection)[0]
        return pool.load(connection, bank.bank_version_id, bank.parameter_version_id)

    return db.read_now(load)


def test_the_range_of_the_simulated_candidate_narrows(db: Database) -> None:
    rows = candidate(known(db))
    assert tuple(answers for answers, _, _ in rows) == AFTER
    widths = [hi - lo for _, _, (lo, hi) in rows]
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < 0.8 * widths[0]


def test_the_same_bank_gives_the_same_candidate(db: Database) -> None:
    first = candidate(known(db))
    example.candidate.cache_clear()
    assert candidate(known(db)) == first


def test_the_picture_has_a_row_for_every_stage_and_says_them_in_words(db: Database) -> None:
    svg = strip.narrowing(candidate(known(db)), chart_id="x")
    assert svg.count("<circle") == len(AFTER)
    assert ">1 answer<" in svg
    assert "after 30 answers" in svg
