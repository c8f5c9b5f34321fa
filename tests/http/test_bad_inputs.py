"""The HTTP and answer cases of the catalogue of bad inputs, each with the rules that hold for all (R1 to R4)."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from bad_inputs import catalogue, cost
from bad_inputs.sent import ATTEMPTS, JSON, MARK, PAGES, REQUESTS, Sent
from sqlalchemy import func, select

from app.database.base import metadata

pytestmark = pytest.mark.quick

FILE = "tests/http/test_bad_inputs.py"
CASES = catalogue.cases()
ROOT = str(Path(__file__).parents[2])
SLOWEST_S, MOST_MIB = 1.0, 64.0
OURS_ALONE = re.compile(
    r"Traceback|File \"|site-packages|sqlalchemy|psycopg|sqlite|pydantic|\b(SELECT|INSERT INTO|UPDATE) "
)
OWN = {"Origin": "http://testserver"}


# --- the rules that hold for all


@contextmanager
def unchanged(stand, attempt: str) -> Iterator[None]:
    """R3: inside, no table gets or loses a row, and nothing of the attempt changes."""
    before = held(stand, attempt)
    yield
    assert held(stand, attempt) == before


def held(stand, attempt: str) -> dict[str, Any]:
    """How many rows each table has, and all that is kept of an attempt."""
    found: dict[str, Any] = {}
    with stand.scanner.app.state.db.reader.connect() as connection:
        for name, table in metadata.tables.items():
            found[name] = connection.execute(select(func.count()).select_from(table)).scalar_one()
            column = table.c.get("attempt_id", table.c.id if name == "attempts" else None)
            if column is not None:
                found[f"{name} of it"] = connection.execute(select(table).where(column == attempt)).all()
    return found


def check_all_rules(stand, response, sent: str | bytes) -> None:
    """R1: no fault of ours, nothing of ours in the answer, and of what was sent no more than 80 characters."""
    assert response.status_code < 500
    text = response.text
    assert not OURS_ALONE.search(text)
    assert ROOT not in text
    assert MARK not in text
    assert str(stand.data) not in text
    written = sent if isinstance(sent, str) else sent.decode("latin-1")
    most = catalogue.MOST_ECHOED + 1
    assert not any(written[at : at + most] in text for at in range(min(len(written) - most + 1, 4000)))


def send(client, request: Sent, taker, **more: Any):
    """Send it, measured: R4."""
    method, _, path = filled(request.to, taker).partition(" ")
    body = filled(request.body, taker) if isinstance(request.body, str) else request.body
    headers = {"Authorization": f"Bearer {taker.state['token']}", **(JSON if body else {}), **request.headers, **more}
    with cost.measured() as taken:
        response = client.request(method, path, content=body, headers={k: v for k, v in headers.items() if v})
    assert taken.is_within(SLOWEST_S, MOST_MIB), taken
    return response, body or path


def filled(text: str, taker) -> str:
    turn = taker.state["turn"]
    text = text.replace("@attempt", taker.id).replace("@item", turn["item"]["id"] if turn else "none")
    return text.replace("@seq", str(taker.state["seq"]))


def at_an_item_of(begin, kind: str):
    """An attempt whose active item is of this type."""
    taker = begin("mathematics" if kind == "numeric" else "machine-learning")
    while taker.state["turn"]["item"]["type"] != kind:
        assert taker.answer().status_code == 200
    return taker


@pytest.fixture
def sitting(begin) -> Iterator[Callable[[str], Any]]:
    """sitting("single"): an attempt at an item of this type, the same one for all requests of a test."""
    known: dict[str, Any] = {}

    def at(kind: str) -> Any:
        if kind not in known:
            known[kind] = at_an_item_of(begin, kind)
        return known[kind]

    yield at
    for taker in known.values():
        taker.finish()


@pytest.fixture
def refused(stand, problem_of) -> Callable[..., dict[str, Any]]:
    """refused("A02", request, taker): send it, hold it against its case and all rules; the problem document."""

    def check(name: str, request: Sent, taker) -> dict[str, Any]:
        case = CASES[name]
        with unchanged(stand, taker.id):
            response, sent = send(stand.client, request, taker)
        problem = problem_of(response)
        what = (request.to[:100], str(request.body)[:200], problem)
        assert response.status_code == (request.status or case.status), what
        assert problem["code"] == (request.code or case.code) or case.code is None, what
        assert (request.says or case.says) in problem["detail"], what
        check_all_rules(stand, response, sent)
        return problem

    return check


@pytest.mark.parametrize("name", REQUESTS)
def test_a_bad_request_gets_its_own_answer_and_leaves_no_trace(refused, sitting, name):
    for request in REQUESTS[name]:
        refused(name, request, sitting(request.of))


# --- what takes more than one request


def test_a02_another_answer_to_an_answered_turn_is_refused_and_the_first_stands(begin, refused):
    taker = at_an_item_of(begin, "numeric")
    seq, item = taker.state["seq"], taker.state["turn"]["item"]["id"]
    taken = taker.answer({"value": "1"})
    assert taken.status_code == 200
    body = f'{{"seq": {seq}, "item_id": "{item}", "answer": '
    for other in ('{"value": "2"}', '{"skip": true}'):
        refused("A02", Sent(body + other + "}"), taker)
    assert taker.call("POST", "/responses", json.loads(body + '{"value": "1"}}')).content == taken.content


def test_a03_an_answer_to_another_turn_or_item_is_refused_with_the_active_one(begin, refused):
    other, taker = begin("machine-learning"), begin()
    taker.answer()
    foreign = other.state["turn"]["item"]["id"]
    for seq, item in ((1, "@item"), (3, "@item"), (1000, "@item"), (2, "math.calculus.guessed"), (2, foreign)):
        body = f'{{"seq": {seq}, "item_id": "{item}", "answer": {{"skip": true}}}}'
        assert refused("A03", Sent(body), taker)["turn"] == taker.state["turn"]
    refused("A03", Sent('{"seq": 1, "revision": 1, "answer": {}}', f"PUT {ATTEMPTS}/@attempt/draft"), taker)


def test_a06_an_attempt_goes_on_whatever_the_servers_clock_does_and_its_time_never_grows(begin, stand):
    taker = begin("machine-learning-researcher")
    left = [taker.state["time_remaining_s"]]
    for step in (-3600, 3600, 3600, -3600, 60):
        stand.clock.forward(seconds=step)
        assert taker.answer().status_code == CASES["A06"].status
        left.append(taker.state["time_remaining_s"])
    assert left == sorted(left, reverse=True)
    assert left[-1] <= left[0] - 3600, "the hour that the clock ran ahead is gone: nobody may win time by it"


def test_a07_the_clock_of_the_client_has_no_effect(begin):
    yesterday, tomorrow = "Sun, 22 Nov 2026 09:00:00 GMT", "Tue, 24 Nov 2026 09:00:00 GMT"
    taker = begin()
    before = taker.state["time_remaining_s"]
    for date in (yesterday, tomorrow):
        assert taker.call("GET", headers={"Date": date, "If-Modified-Since": date}).status_code == 200
        heard = taker.call("POST", "/responses", taker.body(), headers={"Date": date})
        assert heard.status_code == CASES["A07"].status
        taker.state = {**heard.json(), "token": taker.state["token"]}
        assert taker.state["time_remaining_s"] == before


def test_a13_the_browser_that_takes_up_an_attempt_has_its_turn_and_the_other_has_none(client, problem_of):
    attempt = client.post("/tests/mathematics/start", data={"time": "none"}, headers=OWN).headers["location"][3:-2]
    first, seen = dict(client.cookies), client.get(f"{ATTEMPTS}/{attempt}").json()
    code = re.search(r'id="code"[^>]* value="([^"]+)"', client.get(f"/a/{attempt}/saved").text)[1]
    client.cookies.clear()
    assert client.post("/resume", data={"code": code}, headers=OWN).status_code == 303
    assert client.get(f"{ATTEMPTS}/{attempt}").json() == seen
    client.cookies.clear()
    client.cookies.update(first)
    gone = client.get(f"{ATTEMPTS}/{attempt}")
    assert gone.status_code == CASES["A13"].status
    assert problem_of(gone)["code"] == "not_found"


# --- pages: a sentence that helps, and the same rules


@pytest.mark.parametrize("name", PAGES)
def test_a_bad_form_or_address_gets_a_page_that_helps_and_leaves_no_trace(stand, begin, name):
    taker = at_an_item_of(begin, "numeric")  # for the id of such an item; the attempt below is the browser's own
    client = stand.client
    client.post("/tests/mathematics/start", data={"time": "none"}, headers=OWN)
    location = client.get("/me").text
    mine = re.search(r'href="/a/(\w+)/q"', location)[1]
    while (state := client.get(f"{ATTEMPTS}/{mine}").json())["turn"]["item"]["type"] != "numeric":
        body = {"seq": state["seq"], "item_id": state["turn"]["item"]["id"], "answer": {"skip": True}}
        assert client.post(f"{ATTEMPTS}/{mine}/responses", json=body, headers=OWN).status_code == 200
    taker.state = {**state, "token": taker.state["token"]}
    for to, form, status in PAGES[name]:
        body = filled(form, taker).encode()
        method, _, path = filled(to, taker).partition(" ")
        headers = {**OWN, **({"Content-Type": "application/x-www-form-urlencoded"} if body else {})}
        with unchanged(stand, mine), cost.measured() as taken:
            response = client.request(method, path, content=body, headers=headers)
        assert taken.is_within(SLOWEST_S, MOST_MIB), taken
        what = (to[:80], form[:80], response.status_code, response.text[:300])
        assert response.status_code == status, what
        if response.content:
            assert response.headers["content-type"].startswith("text/html"), what
            assert "<h1" in response.text, what
            assert (
                "resume" not in to
                or "is not complete, or no longer valid. Copy it again" in response.text
                or status == 413
            ), what
        check_all_rules(stand, response, body)


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (500, "{}"),
        (422, "Traceback (most recent call last)"),
        (422, "SELECT attempts.id"),
        (422, f"{ROOT}/app/main.py"),
        (422, MARK),
        (422, "x" * (catalogue.MOST_ECHOED + 1)),
    ],
)
def test_the_rules_find_what_breaks_them(stand, status, text):
    with pytest.raises(AssertionError):
        check_all_rules(stand, SimpleNamespace(status_code=status, text=text), "x" * 200)
    check_all_rules(stand, SimpleNamespace(status_code=422, text="x" * catalogue.MOST_ECHOED), "x" * 200)


def test_the_rules_find_an_answer_that_was_stored(stand, begin):
    taker = begin()
    with pytest.raises(AssertionError), unchanged(stand, taker.id):
        taker.answer()


def test_every_case_runs_here() -> None:
    told_in_words = {name[:3].upper() for name in re.findall(r"def test_(a\d\d_)", Path(__file__).read_text())}
    assert set(catalogue.run_by(FILE)) == {*REQUESTS, *told_in_words}
    assert set(PAGES) <= set(REQUESTS)
