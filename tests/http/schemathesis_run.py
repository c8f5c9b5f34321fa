"""schemathesis against a running service: every operation of its OpenAPI document, with attempts that are under way.

`python tests/http/schemathesis_run.py --database sqlite|postgresql --requests 20000` prints what it found as JSON and
exits with 1 when that is anything at all. --seconds ends it earlier; --database-url takes a database made before.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "faults")]

import schemathesis
from postgres import Postgres
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from server import PROGRAM, Server, call

LIFTED = {
    "PLUMBLINE_STARTS_PER_MINUTE": "0",
    "PLUMBLINE_ANSWERS_PER_SECOND": "0",
}  # or the limits answer, not the service
ATTEMPTS = "/api/v1/attempts"
ACCEPTED = ["2xx", "401", "403", "404", "409", "410"]  # well formed, though perhaps not for now or not for everybody
OPEN = "active"
QUICK = "machine-learning-researcher-quick"


@dataclass
class Desk:
    """The attempts that the campaign knows, with their tokens; one of them is always under way."""

    port: int
    rng: random.Random
    tokens: dict[str, str] = field(default_factory=dict)
    states: dict[str, Any] = field(default_factory=dict)

    def attempt(self, path: str) -> str:
        """An attempt to ask about: mostly one under way, now and then one that is over; to continue, a quick one."""
        if path.endswith("/continue") and self.rng.random() < 0.5:
            return self.quick()
        over = [one for one, state in self.states.items() if state["status"] != OPEN]
        if over and self.rng.random() < 0.25:
            return self.rng.choice(over)
        under_way = [one for one in self.states if one not in over]
        return under_way[-1] if under_way else self.begin()

    def quick(self) -> str:
        """A quick attempt that is over."""
        attempt = self.begin(QUICK, "assess")
        over = call(self.port, "POST", f"{ATTEMPTS}/{attempt}/finish", {}, token=self.tokens[attempt])
        assert over.status == 200, over.body
        return self.learn(over.json) or ""

    def begin(self, assessment: str = "", mode: str = "") -> str:
        """Start an attempt, not counted as a request of the campaign."""
        assessment = assessment or self.rng.choice(["mathematics", "machine-learning", QUICK])
        mode = mode or self.rng.choice(["assess", "assess", "practice"])
        started = call(self.port, "POST", ATTEMPTS, {"assessment": assessment, "mode": mode})
        assert started.status == 201, started.body
        return self.learn(started.json) or ""

    def learn(self, state: Any) -> str | None:
        """Remember what a state says; its attempt."""
        if not isinstance(state, dict) or not {"id", "status", "turn"} <= set(state):
            return None
        if "token" in state:
            self.tokens[state["id"]] = state["token"]
        if state["id"] in self.tokens:
            self.states[state["id"]] = state
        return str(state["id"])

    def answer(self, attempt: str) -> dict[str, Any] | None:
        """A well-formed answer to the active turn of an attempt."""
        turn = self.states.get(attempt, {}).get("turn")
        if turn is None:
            return None
        item = turn["item"]
        letters = [option["id"] for option in item.get("options", ())]
        by_type: Mapping[str, Any] = {
            "single": lambda: {"option": self.rng.choice(letters)},
            "multiple": lambda: {"options": self.rng.sample(letters, self.rng.randint(1, len(letters)))},
            "numeric": lambda: {"value": str(self.rng.randint(-9, 99))},
        }
        return {"seq": turn["seq"], "item_id": item["id"], "answer": by_type[item["type"]]()}


@dataclass
class Found:
    """What a campaign came to."""

    requests: int = 0
    rounds: int = 0
    phases: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    operations: dict[str, Counter[int]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)

    def add(self, event: Any) -> None:
        """Take in what the engine says."""
        if isinstance(event, events.ScenarioFinished | events.FuzzScenarioFinished):
            recorder = event.recorder
            for name, interaction in recorder.interactions.items():
                self.requests += 1
                self.phases[getattr(event, "phase", "fuzzing")] += 1
                if interaction.response is not None:
                    case = recorder.cases[name].value if name in recorder.cases else None
                    label = case.operation.label if case is not None else "probe"
                    self.statuses[str(interaction.response.status_code)] += 1
                    self.operations.setdefault(label, Counter())[interaction.response.status_code] += 1
            for name, checks in recorder.checks.items():
                for check in checks:
                    if check.failure_info is not None:
                        self._fail(recorder.label, check, recorder.cases[name].value)
        elif isinstance(event, events.NonFatalError | events.FatalError):
            self.errors.append(str(getattr(event, "value", getattr(event, "exception", event)))[:500])

    def _fail(self, label: str, check: Any, case: Any) -> None:
        self.kinds[check.name] += 1
        failure = check.failure_info.failure
        key = f"{label}: {check.name}: {failure.title}"
        self.failures.setdefault(key, f"{failure.message[:600]}\n{case.as_curl_command()[:600]}")


def configuration(base_url: str, seed: int, examples: int) -> SchemathesisConfig:
    """How one round runs. What is left out has its reason beside it."""
    # what no schema says: which answers fit the active turn, which cursors are ours, that 1.0 is no whole number to us
    refusable = {"positive_data_acceptance": {"expected-statuses": [*ACCEPTED, "422"]}}
    paths = ["/api/v1/domains", "/api/v1/assessments", "/api/v1/profiles"]
    paths += [f"{ATTEMPTS}/{{attempt_id}}/{what}" for what in ("responses", "draft")]
    return SchemathesisConfig.from_dict(
        {
            "base-url": base_url,
            "seed": seed,
            "continue-on-failure": True,
            "request-timeout": 10,
            "suppress-health-check": ["all"],
            "generation": {"max-examples": examples, "allow-x00": True, "database": "none"},
            "checks": {"positive_data_acceptance": {"expected-statuses": ACCEPTED}},
            "operations": [{"include-path": path, "checks": refusable} for path in paths],
        }
    )


def campaign(port: int, least: int, seed: int, seconds: float, examples: int) -> dict[str, Any]:
    """Rounds with one seed after another until there were `least` requests or the time is over."""
    began, found, base = time.monotonic(), Found(), f"http://127.0.0.1:{port}"
    desk = Desk(port, random.Random(seed))
    use(desk)
    while found.requests < least and time.monotonic() - began < seconds and not found.errors:
        schema = schemathesis.openapi.from_url(f"{base}/openapi.json", config=configuration(base, seed, examples))
        stream = from_schema(schema).execute()
        for event in stream:
            found.add(event)
            if time.monotonic() - began > seconds:
                stream.stop()
            elif isinstance(event, events.EngineFinished):
                found.rounds += 1
        seed += 1
    return {
        "requests": found.requests,
        "rounds": found.rounds,
        "phases": {str(phase): n for phase, n in found.phases.items()},
        "operations": len([label for label in found.operations if label != "probe"]),
        "statuses": dict(sorted(found.statuses.items())),
        "server_errors": sum(n for status, n in found.statuses.items() if status >= "500"),
        "undocumented": found.kinds["status_code_conformance"],
        "failures": sum(found.kinds.values()),
        "kinds": dict(found.kinds),
        "examples": found.failures,
        "errors": found.errors,
        "by_operation": {label: {str(k): n for k, n in sorted(c.items())} for label, c in found.operations.items()},
        "seconds": round(time.monotonic() - began, 1),
    }


def use(desk: Desk) -> None:
    """Hand the attempts to schemathesis: ids into paths, the token that belongs to each, answers that fit."""
    schemathesis.hooks.unregister_all()
    schemathesis.auths.unregister()

    @schemathesis.hook
    def map_path_parameters(context: Any, path_parameters: Any) -> Any:
        if not path_parameters or desk.rng.random() < 0.1:
            return path_parameters
        known = {"attempt_id": desk.attempt, "profile_id": lambda _path: "machine-learning-researcher"}
        path = context.operation.path
        return {name: known[name](path) if name in known else value for name, value in path_parameters.items()}

    @schemathesis.auth(refresh_interval=None)
    class Token:
        def get(self, case: Any, context: Any) -> str:
            attempt = (case.path_parameters or {}).get("attempt_id")
            return desk.tokens.get(attempt) or desk.tokens[desk.attempt("")]

        def set(self, case: Any, data: str, context: Any) -> None:
            if "attempt_id" in (case.path_parameters or {}):
                case.headers["Authorization"] = f"Bearer {data}"

    @schemathesis.hook
    def before_call(context: Any, case: Any, kwargs: Any) -> None:
        attempt = (case.path_parameters or {}).get("attempt_id")
        is_meant_well = case.meta is not None and case.meta.generation.mode.is_positive
        if is_meant_well and isinstance(case.body, dict) and "seq" in case.body and desk.rng.random() < 0.9:
            fitting = desk.answer(attempt)
            if fitting is not None:
                case.body = {**case.body, **{k: v for k, v in fitting.items() if k in case.body}}

    @schemathesis.hook
    def after_call(context: Any, case: Any, response: Any) -> None:
        if response.status_code in (200, 201):
            with suppress(ValueError):  # metrics are text
                desk.learn(response.json())


def served(stack: ExitStack, database: str, url: str | None, program: Sequence[str]) -> int:
    """The port of a service over a database of its own, or that at `url`."""
    data = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "data"
    data.mkdir()
    if url is None and database == "postgresql":
        cluster = stack.enter_context(Postgres())
        url = cluster.url(cluster.create())
    return stack.enter_context(Server(data, url, LIFTED, program)).port


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--database-url", help="a database with published banks, instead of a new one")
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=7200.0)
    parser.add_argument("--examples", type=int, default=50, help="of each operation in a round")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--program", type=Path, help="a file that Python runs instead of the command line, with faults planted"
    )
    asked = parser.parse_args()
    with ExitStack() as stack:
        port = served(
            stack, asked.database, asked.database_url, ["-c", asked.program.read_text()] if asked.program else PROGRAM
        )
        found = campaign(port, asked.requests, asked.seed, asked.seconds, asked.examples)
    print(json.dumps({"database": asked.database, **found}, indent=1))  # noqa: T201
    return 1 if found["failures"] or found["server_errors"] or found["errors"] else 0


if __name__ == "__main__":
    sys.exit(main())
