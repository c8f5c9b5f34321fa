"""A good request of every route, and what comes of it; checked against the application's own routes.

Who adds a route that may write adds a case here, or test_statements.py fails.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import factories
from conftest import START
from factories import Sitting
from faults.world import ASSESSMENT, SECRET, Call, World

from app.attempts import delivery
from app.auth import tokens

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
QUICK = "machine-learning-researcher-quick"


@dataclass(frozen=True)
class Case:
    """A request with what it is about. `again`: what a repeat finds whose first sending was stored but not heard.

    same: the same reply; elsewhere: the same rows, another page; another: a second creation, as nothing named the first
    """

    name: str
    route: str
    make: Callable[[World], Call]
    status: int
    is_late: bool = False
    writes: bool = True
    again: str = "same"


def _api(sitting: Sitting, method: str, path: str, body: Mapping[str, Any] | None = None, **headers: str) -> Call:
    """A request of the API with the attempt's token."""
    sent = {
        "Authorization": f"Bearer {sitting.token}",
        **{name.replace("_", "-"): text for name, text in headers.items()},
    }
    return Call(method, f"/api/v1/attempts/{sitting.attempt_id}{path}", body, headers=sent)


def answer(sitting: Sitting, answer: Mapping[str, Any] | None = None, **changes: Any) -> Call:
    turn = sitting.state["turn"]
    body = {"seq": sitting.state["seq"], "item_id": turn["item"]["id"], "answer": answer or sitting.wrong(), **changes}
    return _api(sitting, "POST", "/responses", body)


def form(sitting: Sitting, path: str, **fields: str) -> Call:
    """A form of the active question's page."""
    turn = sitting.state["turn"]
    form = {"seq": str(sitting.state["seq"]), "item": turn["item"]["id"], "skip": "1", **fields}
    return Call("POST", f"/a/{sitting.attempt_id}/{path}", form=form)


def _last_answer(world: World) -> Call:
    """The answer with which a test ends: found by a twin, drawn from the same seed."""
    twin = world.begin(time_factor=None)
    twin.answer_all()
    sitting = world.begin(time_factor=None)
    sitting.answer_all(most=twin.state["seq"] - 2)
    return answer(sitting, factories.SKIP)


def _conflict(world: World) -> Call:
    sitting = world.begin()
    first = answer(sitting, factories.SKIP)
    other = sitting.wrong()
    sitting.submit()
    assert first.body is not None
    return Call(first.method, first.path, {**first.body, "answer": other}, headers=first.headers)


def _repeat(world: World) -> Call:
    sitting = world.begin()
    first = answer(sitting, factories.SKIP)
    sitting.submit()
    return first


def _ended_quick(world: World) -> Sitting:
    sitting = world.begin(QUICK, time_factor=None)
    sitting.answer_all(most=3)
    world.db.write_now(delivery.finish, sitting.actor, sitting.attempt_id, START)
    return sitting


def _resume(world: World) -> Call:
    sitting = factories.begin(world.db, browser=tokens.derived(tokens.BROWSER, SECRET, "another browser"))
    return Call("POST", "/resume", form={"code": tokens.resume_code(SECRET, sitting.attempt_id)})


START_ROUTE, ATTEMPT = "POST /api/v1/attempts", "/api/v1/attempts/{attempt_id}"
UNSAFE_CASES = (
    Case(
        "start",
        START_ROUTE,
        lambda _: Call(
            "POST",
            "/api/v1/attempts",
            {"assessment": ASSESSMENT, "candidate": {"name": "Ada", "email": "ada@example.org"}},
            headers={"Idempotency-Key": "1"},
        ),
        201,
    ),
    Case("answer", f"POST {ATTEMPT}/responses", lambda w: answer(w.begin(answered=2)), 200),
    Case("answer in practice", f"POST {ATTEMPT}/responses", lambda w: answer(w.begin(mode="practice")), 200),
    Case("last answer", f"POST {ATTEMPT}/responses", _last_answer, 200),
    Case("repeated answer", f"POST {ATTEMPT}/responses", _repeat, 200, writes=False),
    Case("changed answer", f"POST {ATTEMPT}/responses", _conflict, 409, writes=False),
    Case("late answer", f"POST {ATTEMPT}/responses", lambda w: answer(w.begin(answered=1)), 410, is_late=True),
    Case(
        "draft",
        f"PUT {ATTEMPT}/draft",
        lambda w: _api(w.begin(), "PUT", "/draft", {"seq": 1, "revision": 1, "answer": {"skip": True}}),
        204,
    ),
    Case("finish", f"POST {ATTEMPT}/finish", lambda w: _api(w.begin(answered=2), "POST", "/finish"), 200),
    Case(
        "continue",
        f"POST {ATTEMPT}/continue",
        lambda w: _api(_ended_quick(w), "POST", "/continue", Idempotency_Key="1"),
        201,
    ),
    Case(
        "start by page",
        "POST /tests/{assessment_id}/start",
        lambda _: Call("POST", f"/tests/{ASSESSMENT}/start", form={"time": "standard"}),
        303,
        again="another",
    ),
    Case("answer by page", "POST /a/{attempt_id}/q", lambda w: form(w.begin(), "q"), 303, again="elsewhere"),
    Case(
        "late answer by page",
        "POST /a/{attempt_id}/q",
        lambda w: form(w.begin(answered=1), "q"),
        303,
        is_late=True,
    ),
    Case("draft by page", "POST /a/{attempt_id}/draft", lambda w: form(w.begin(), "draft", revision="1"), 204),
    Case("finish by page", "POST /a/{attempt_id}/finish", lambda w: form(w.begin(), "finish"), 303),
    Case(
        "continue by page",
        "POST /a/{attempt_id}/continue",
        lambda w: Call("POST", f"/a/{_ended_quick(w).attempt_id}/continue", form={}),
        303,
    ),
    Case("resume", "POST /resume", _resume, 303),
    Case("settings", "POST /settings", lambda _: Call("POST", "/settings", form={"theme": "dark"}), 303, writes=False),
)
_NAMES = {
    "{seq}": "1",
    "{assessment_id}": ASSESSMENT,
    "{profile_id}": "machine-learning-researcher",
    "{path:path}": "x/nothing",
}


def routes(app: Any) -> list[tuple[str, str]]:
    """(method, path) of every route."""
    found = []
    for route in app.routes:
        included = getattr(route, "original_router", None)  # FastAPI keeps an included router as one
        found += [route] if included is None else included.routes
    return [(method, route.path) for route in found for method in sorted(route.methods - {"HEAD", "OPTIONS"})]


def without_case(app: Any, cases: Iterable[Case] = UNSAFE_CASES) -> list[str]:
    """The routes that may write and have no case here: say in UNSAFE_CASES what a good request of each is."""
    known = {case.route for case in cases}
    return [f"{method} {path}" for method, path in routes(app) if method in UNSAFE and f"{method} {path}" not in known]


def reading_cases(app: Any) -> list[Case]:
    """A case for every GET route; one of an attempt comes when its time is over: what closes it writes."""
    return [_reading(path) for method, path in routes(app) if method == "GET"]


def _reading(path: str) -> Case:
    def make(world: World) -> Call:
        filled = path
        for name in re.findall(r"\{[^}]+\}", path):
            if name != "{attempt_id}":
                filled = filled.replace(name, _NAMES[name])
        if "{attempt_id}" not in path:
            return Call("GET", filled)
        sitting = world.begin(answered=1)
        headers = {"Authorization": f"Bearer {sitting.token}"} if path.startswith("/api/") else {}
        return Call("GET", filled.replace("{attempt_id}", sitting.attempt_id), headers=headers)

    return Case(f"GET {path}", f"GET {path}", make, 0, is_late="{attempt_id}" in path)
