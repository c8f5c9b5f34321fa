"""Speed of the measurement engine against its goals, and against girth and catsim where they are installed.

    python benchmarks/measurement.py [--json]

Prints one JSON object per line with --json, a table otherwise. Set OPENBLAS_NUM_THREADS=1, as the server does.
"""

import argparse
import importlib.util
import json
import random
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from app.measurement import estimation, irt, scale
from app.measurement.adaptive import Response, advance
from app.measurement.exposure import draw_barred
from app.measurement.selection import Pool, PoolItem, build_pool
from app.measurement.simulation import simulate
from app.measurement.stopping import STANDARD, Rules

SKILLS = {f"skill-{k}": 0.2 for k in range(5)}


def made_up_pool(n_items: int) -> Pool:
    rng = np.random.default_rng(n_items)
    items = [
        PoolItem(
            f"i{i}",
            f"skill-{i % 5}",
            irt.ItemParameters(float(np.exp(rng.normal(0, 0.3))), float(rng.normal()), 0.15, 0.0),
            None,
            frozenset(),
            60.0,
        )
        for i in range(n_items)
    ]
    return build_pool(items, SKILLS, shift_sd=0.0)


def best_of(runs: int, work: Callable[[], object]) -> float:
    """Seconds of the fastest run: the one the machine disturbed least."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def row(
    operation: str, size: str, ours: float, unit: str, *, goal: str, holds: bool | None, **peers: float
) -> dict[str, Any]:
    peer = min(peers, key=lambda name: peers[name]) if peers else None
    return {
        "operation": operation,
        "size": size,
        "ours": round(ours, 3),
        "unit": unit,
        "peer": peer,
        "peers": {name: round(value, 3) for name, value in peers.items()},
        "ratio": round(peers[peer] / ours, 2) if peer else None,
        "goal": goal,
        "holds": holds,
    }


def eap() -> dict[str, Any]:
    """10,000 patterns x 40 items, each with its standard error: what rescoring a bank does."""
    rng = np.random.default_rng(1)
    a, b = np.exp(rng.normal(0, 0.3, 40)), rng.normal(0, 1, 40)
    table = irt.category_tables(a, b, np.zeros(40), np.zeros(40))
    scores = (rng.random((10_000, 40)) < irt.probability(a, b, 0.0, rng.normal(size=(10_000, 1)))).astype(int)
    ours = 1e3 * best_of(5, lambda: estimation.score_patterns(table, scores, shift_sd=0.0))
    peers = {}
    if importlib.util.find_spec("girth"):
        from girth import ability_eap

        peers["girth"] = 1e3 * best_of(3, lambda: ability_eap(scores.T, b, a))
    holds = ours <= peers["girth"] / 3 if peers else None
    return row("eap", "10000x40", ours, "ms", goal="<= 1/3 of girth", holds=holds, **peers)


def step(n_items: int) -> dict[str, Any]:
    """p95 of one step at 0 to 29 answers, with content, lottery, stop rule and level probabilities."""
    pool, times = made_up_pool(n_items), []
    exposure = dict.fromkeys(pool.item_ids[: n_items // 4], 0.3)
    for attempt in range(60):
        rng = random.Random(attempt)
        barred = draw_barred(pool, exposure, 100, 0.25, rng)
        history: list[Response] = []
        while len(history) < 30:
            start = time.perf_counter()
            now = advance(pool, history, Rules(30, 30, None), rng, barred)
            scale.level_probabilities(now.weights)
            times.append(time.perf_counter() - start)
            if now.next_item is None:
                break
            history.append(Response(now.next_item, float(rng.random() < 0.6)))
    ours = 1e6 * float(np.percentile(times, 95))
    return row("step", f"bank {n_items}", ours, "us", goal="<= 25 us p95", holds=ours <= 25.0)


def simulated_tests() -> dict[str, Any]:
    """1,000 tests x 20 items on a bank of 5,000, without the lottery, which the peer does not have."""
    pool, thetas = made_up_pool(5000), np.random.default_rng(2).normal(size=1000)
    rules = Rules(20, 20, None, lottery=False)
    ours = best_of(2, lambda: simulate(pool, thetas, rules, 3))
    peers = {}
    if importlib.util.find_spec("catsim"):
        peers["catsim"] = _catsim(pool, thetas[:20]) * 50  # it takes a minute for all; its time grows in proportion
    holds = peers["catsim"] / ours >= 5000 if peers else None
    return row("simulate", "1000x20, bank 5000", ours, "s", goal=">= 5000x catsim", holds=holds, **peers)


def _catsim(pool: Pool, thetas: np.ndarray) -> float:
    from catsim import estimation as c_estimation
    from catsim import initialization, selection, simulation, stopping

    bank = np.column_stack([pool.discrimination, pool.difficulty, pool.guessing, np.ones(len(pool.item_ids))])
    simulator = simulation.Simulator(
        bank,
        thetas,
        initialization.FixedPointInitializer(0.0),
        selection.MaxInfoSelector(),
        c_estimation.NumericalSearchEstimator(),
        stopping.TestLengthStopper(max_items=20),
    )
    return best_of(1, lambda: simulator.simulate(verbose=False))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    as_json = parser.parse_args().json
    advance(made_up_pool(50), [], STANDARD, random.Random(0))  # first calls fill caches
    operations: list[Callable[[], dict[str, Any]]] = [eap, lambda: step(500), lambda: step(5000), simulated_tests]
    for operation in operations:
        result = operation()
        if as_json:
            print(json.dumps(result), flush=True)
        else:
            print(
                "{operation:10} {size:22} {ours:>10} {unit:3} peer {peers} goal {goal} holds {holds}".format(**result)
            )


if __name__ == "__main__":
    main()
