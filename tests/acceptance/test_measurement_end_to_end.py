"""Simulated candidates take the shipped tests through the real services; what the log says is held against the truth.

Every person meets item parameters redrawn from the judged prior, so the judges' errors are part of what is measured.
Thresholds leave room for chance: a coverage of .95 has a standard error of .006 in 1,200 people, of .007 in 240 x 4.
"""

import shutil
from dataclasses import dataclass

import numpy as np
import pytest
from factories import Sitting, begin

from app.attempts import log, verify
from app.banks import catalogue, pool
from app.database.engine import Database
from app.measurement import adaptive, estimation, simulation

SEED = 20261123
PEOPLE = 300  # a domain
QUICK_PEOPLE = 240
QUICK = "machine-learning-researcher-quick"
QUICK_S = 20 * 60


@dataclass(frozen=True)
class Estimated:
    """One person in one domain: the truth, and what the log says. `covered`: the 95 % interval holds the truth."""

    truth: float
    theta: float
    se: float
    covered: bool
    items: int


class OneConnection:
    """The database as `factories.Sitting` uses it, over one open transaction: a whole sitting is one commit."""

    def __init__(self, connection):
        self.connection = connection

    def write_now(self, fn, *args, **kwargs):
        return fn(self.connection, *args, **kwargs)

    read_now = write_now


@pytest.fixture(scope="module")
def population(tmp_path_factory, published_file):
    """A database of this module's own, in which hundreds of people leave their attempts."""
    file = tmp_path_factory.mktemp("population") / "plumbline.sqlite3"
    shutil.copy(published_file, file)
    db = Database(f"sqlite:///{file}")
    yield db
    db.close()


@pytest.fixture(scope="module")
def domains(population):
    """domain -> its pool, for every published bank."""
    return {
        bank.domain: population.read_now(pool.load, bank.bank_version_id, bank.parameter_version_id)
        for bank in population.read_now(catalogue.banks)
    }


def sit(db, assessment, pools, thetas, number, rng):
    """One person with these thetas takes the test to its end: (domain -> Estimated, stated seconds, attempt)."""
    truths = {domain: simulation.draw_truth(known.pool, rng) for domain, known in pools.items()}
    right = {domain: simulation.answers(truths[domain], thetas[domain], rng) for domain in pools}
    with db.writer.connect() as connection, connection.begin():
        sitting: Sitting = begin(OneConnection(connection), assessment, number=number)
        while sitting.state["turn"] is not None:
            item = sitting.state["turn"]["item"]
            known = pools[item["domain"]]
            knows = right[item["domain"]][known.position[item["id"]]]
            sitting.submit(sitting.key() if knows else sitting.wrong())
        responses = log.responses_of(connection, sitting.attempt_id)
        scored = {row["domain"]: row for row in log.latest_score(connection, sitting.attempt_id).domains}
    found = {}
    for domain, known in pools.items():
        own = [adaptive.Response(known.position[r.item_id], r.score) for r in responses if r.domain == domain]
        step = adaptive.estimate(known.pool, own)
        assert scored[domain]["theta"] == pytest.approx(step.theta, abs=1e-9)
        lo, hi = estimation.interval(step.weights, 0.95)
        found[domain] = Estimated(thetas[domain], step.theta, step.se, lo <= thetas[domain] <= hi, len(own))
    seconds = [float(pools[r.domain].pool.seconds[pools[r.domain].position[r.item_id]]) for r in responses]
    return found, seconds, sitting.attempt_id


@pytest.fixture(scope="module")
def standard(population, domains):
    """domain -> 300 people of theta ~ N(0, 1) who took its own test, and the ids of their attempts."""
    taken, attempts = {}, []
    for place, (domain, known) in enumerate(sorted(domains.items())):
        rng = np.random.default_rng([SEED, place])
        people = []
        for number in range(PEOPLE):
            theta = float(rng.standard_normal())
            found, _, attempt = sit(population, domain, {domain: known}, {domain: theta}, number + 1, rng)
            people.append(found[domain])
            attempts.append(attempt)
        taken[domain] = people
    return taken, attempts


@pytest.fixture(scope="module")
def quick(population, domains):
    """The people of the 20-minute test, each as (domain -> Estimated, stated seconds), and their attempts."""
    rng = np.random.default_rng([SEED, 100])
    people, attempts = [], []
    for number in range(QUICK_PEOPLE):
        thetas = {domain: float(rng.standard_normal()) for domain in domains}
        found, seconds, attempt = sit(population, QUICK, domains, thetas, number + 1, rng)
        people.append((found, seconds))
        attempts.append(attempt)
    return people, attempts


def test_estimates_correlate_with_the_truth_in_every_domain(standard):
    correlations = {
        domain: float(np.corrcoef([p.truth for p in people], [p.theta for p in people])[0, 1])
        for domain, people in standard[0].items()
    }
    assert min(correlations.values()) >= 0.80, correlations


def test_the_95_percent_interval_covers_what_it_says(standard):
    covered = [person.covered for people in standard[0].values() for person in people]
    assert len(covered) >= 4 * PEOPLE
    assert 0.925 <= np.mean(covered) <= 0.97


def test_nobody_is_estimated_with_a_bias_that_a_reader_would_notice(standard):
    for domain, people in standard[0].items():
        off = [person.theta - person.truth for person in people]
        # the shared leniency is drawn anew for each person, so the mean error of 300 has a standard error near .03
        assert abs(np.mean(off)) <= 0.12, domain


def test_the_quick_test_narrows_every_domain(quick):
    for domain in quick[0][0][0]:
        assert np.mean([found[domain].se for found, _ in quick[0]]) <= 0.85, domain


def test_the_quick_tests_intervals_cover_what_they_say(quick):
    covered = [person.covered for found, _ in quick[0] for person in found.values()]
    assert 0.92 <= np.mean(covered) <= 0.98


def test_the_quick_test_keeps_its_stated_time(quick):
    for _, seconds in quick[0]:
        assert sum(seconds) <= QUICK_S + max(seconds) / 2
        assert sum(seconds) - seconds[-1] < QUICK_S, "nothing is given once the budget is spent"


def test_a_sample_of_all_these_attempts_follows_from_its_log(population, standard, quick):
    sample = [*standard[1][::40], *quick[1][::20]]
    found = [
        fault for attempt in sample for fault in population.read_now(lambda c, a=attempt: list(verify.faults(c, a)))
    ]
    assert found == []
