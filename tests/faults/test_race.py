"""What many do at the same moment is done once, and everybody is told the same."""

from faults import race, stand
from faults.race import CLIENTS, DIFFERENT, ENDINGS, START

UNLOCKED = """
from app.attempts import rows

rows._LOCKED = rows._ONE
from app.cli import main

main()
"""


def test_of_sixteen_different_answers_at_once_one_stands_and_starts_and_ends_happen_once(service):
    outcome = race.run(service, races=10)
    assert outcome.is_sound, outcome
    told = outcome.statuses[DIFFERENT]
    assert told == {"200": outcome.races[DIFFERENT], "409 answer.conflict": outcome.races[DIFFERENT] * (CLIENTS - 1)}
    assert outcome.statuses[START] == {"201": outcome.races[START] * CLIENTS}
    assert all(outcome.races[ending] for ending in ENDINGS)


def test_the_race_finds_an_attempt_that_is_not_locked(durable_cluster, durable_template, tmp_path):
    """The planted fault: the attempt is read without FOR UPDATE."""
    with stand.on_postgresql(durable_cluster, tmp_path / "data", durable_template, 1, ("-c", UNLOCKED)) as unlocked:
        outcome = race.run(unlocked, races=10)
    assert not outcome.is_sound
    assert "500 internal" in str(outcome.statuses)
