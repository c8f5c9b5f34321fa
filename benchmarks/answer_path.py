"""Answers a second and CPU an answer of the real server, beside the floor: FastAPI with a raw driver in its event loop.

The floors (floors.py) store rows of the same size under the same keys and compute nothing; the server scores,
estimates, chooses the next item and renders it. Both are driven by the same client over 32 connections, in turn, in one
run, on SQLite and on PostgreSQL. `--json` prints one object a line.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial

from serving import Client, Place, Turn, cpu_seconds, database, free_port, next_turn, server

CONNECTIONS = 32
GOAL = 0.5
UNLIMITED = {"PLUMBLINE_STARTS_PER_MINUTE": "0", "PLUMBLINE_ANSWERS_PER_SECOND": "0"}  # nobody answers so fast
Used = Callable[[], float]  # CPU seconds so far
PEERS = {"sqlite": "raw sqlite3 in the event loop", "postgresql": "raw asyncpg, 8 connections"}


async def drive_ours(port: int, used: Used, seconds: float) -> tuple[int, float]:
    """(answers in `seconds`, CPU seconds of server and database for them); attempts are started before the clock."""
    clients = [Client(port) for _ in range(CONNECTIONS)]
    stock: list[list[Turn]] = []
    for client in clients:
        await client.open()
        turns = []
        for _ in range(max(2, round(seconds * 2.5))):
            state = json.loads(await client.post("/api/v1/attempts", b'{"assessment":"mathematics"}'))
            path = f"/api/v1/attempts/{state['id']}/responses"
            turns.append(Turn(path, state["token"], 1, state["turn"]["item"]["id"]))
        stock.append(turns)
    before = used()
    end = time.perf_counter() + seconds

    async def work(client: Client, turns: list[Turn]) -> int:
        done = 0
        for turn in turns:
            going = True
            while going:
                if time.perf_counter() > end:
                    return done
                body = f'{{"seq":{turn.seq},"item_id":"{turn.item_id}","answer":{{"skip":true}}}}'
                going = next_turn(turn, await client.post(turn.path, body.encode(), turn.token))
                done += 1
        return done

    done = sum(await asyncio.gather(*map(work, clients, stock)))
    return done, used() - before


async def drive_floor(port: int, used: Used, seconds: float) -> tuple[int, float]:
    """(answers in `seconds`, CPU seconds of server and database for them) for the floor."""
    clients = [Client(port) for _ in range(CONNECTIONS)]
    for client in clients:
        await client.open()
    before = used()
    end = time.perf_counter() + seconds

    async def work(client: Client, number: int) -> int:
        done = 0
        while time.perf_counter() < end:
            await client.post(f"/attempts/a{number}/responses", b'{"seq":1,"item_id":"x","answer":{"skip":true}}')
            done += 1
        return done

    done = sum(await asyncio.gather(*(work(client, number) for number, client in enumerate(clients))))
    return done, used() - before


def _used(pid: int, place: Place) -> float:
    return cpu_seconds(pid) + place.cpu_seconds()


def measure(kind: str, rounds: int, seconds: float) -> dict[str, list[tuple[float, float]]]:
    """(answers a second, CPU us an answer) of each round, for the server and its floor."""
    results: dict[str, list[tuple[float, float]]] = {"ours": [], "floor": []}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        ours, floor = free_port(), free_port()
        place, floor_place = stack.enter_context(database(kind, folder)), Place(f"{folder}/floor.sqlite3")
        if kind == "postgresql":  # a cluster of its own: only one of the two has work at a time
            floor_place = stack.enter_context(database(kind, folder))
        floor_url = floor_place.url.replace("+psycopg", "")  # its driver knows no other spelling
        uvicorn = ["-m", "uvicorn", f"benchmarks.floors:{kind}", "--factory", "--no-access-log", "--log-level", "error"]
        commands = {
            "ours": (
                [sys.executable, "-m", "app.cli", "serve", "--port", str(ours)],
                {"PLUMBLINE_DATA": folder, "PLUMBLINE_DATABASE_URL": place.url, **UNLIMITED},
                ours,
            ),
            "floor": (
                [sys.executable, *uvicorn, "--port", str(floor)],
                {"FLOOR_DATABASE": floor_url},
                floor,
            ),
        }
        drivers = {"ours": (drive_ours, place), "floor": (drive_floor, floor_place)}
        for _ in range(rounds):
            for name, (command, environment, port) in commands.items():
                drive, where = drivers[name]
                with server(command, environment, port) as pid:
                    used = partial(_used, pid, where)
                    asyncio.run(drive(port, used, seconds / 2))  # warm: a server runs for weeks
                    done, cpu = asyncio.run(drive(port, used, seconds))
                    results[name].append((done / seconds, cpu / done * 1e6))
    return results


def rows_of(kind: str, results: dict[str, list[tuple[float, float]]]) -> list[dict[str, object]]:
    """Medians over the rounds; the ratio is ours to the floor's."""
    rate = {name: statistics.median(row[0] for row in rows) for name, rows in results.items()}
    cpu = {name: statistics.median(row[1] for row in rows) for name, rows in results.items()}
    ratio, peer = rate["ours"] / rate["floor"], PEERS[kind]
    return [
        {
            "operation": f"answer-{kind}",
            "size": CONNECTIONS,
            "ours": round(rate["ours"]),
            "unit": "answers/s",
            "peer": peer,
            "peers": {peer: round(rate["floor"])},
            "ratio": round(ratio, 3),
            "goal": GOAL,
            "holds": ratio >= GOAL,
        },
        {
            "operation": f"answer-{kind}-cpu",
            "size": CONNECTIONS,
            "ours": round(cpu["ours"]),
            "unit": "us CPU an answer",
            "peer": peer,
            "peers": {peer: round(cpu["floor"])},
            "ratio": round(cpu["floor"] / cpu["ours"], 3),
            "goal": None,
            "holds": None,
        },
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--database", choices=[*PEERS], action="append", help="one of them; both by default")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0)
    options = parser.parse_args(arguments)
    for kind in options.database or PEERS:
        for row in rows_of(kind, measure(kind, options.rounds, options.seconds)):
            text = f"{row['operation']}: {row['ours']} {row['unit']}, floor {row['peers']}, ratio {row['ratio']}"
            print(json.dumps(row) if options.json else text, flush=True)


if __name__ == "__main__":
    main()
