"""A full server: who is turned away, in which order, with which words; and bodies that come slowly."""

import asyncio
import html
import json
import random
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute

from app.http import admission, bodies, connection, rates
from app.http.admission import SHARES, Gate, Urgency
from app.http.protection import HEADERS, Protection, Site
from app.main import protocol

pytestmark = pytest.mark.quick

OWN = {"Origin": "http://testserver"}
ANSWER, RESUME, START, OTHER = Urgency


# --- the order


KINDS = {
    ("POST", "/api/v1/attempts/x1/responses"): ANSWER,
    ("POST", "/api/v1/attempts/x1/finish"): ANSWER,
    ("POST", "/a/x1/q"): ANSWER,
    ("POST", "/a/x1/finish"): ANSWER,
    ("GET", "/api/v1/attempts/x1"): RESUME,
    ("PUT", "/api/v1/attempts/x1/draft"): RESUME,
    ("GET", "/a/x1/q"): RESUME,
    ("POST", "/a/x1/draft"): RESUME,
    ("GET", "/a/x1/saved"): RESUME,
    ("POST", "/resume"): RESUME,
    ("POST", "/api/v1/attempts"): START,
    ("POST", "/tests/mathematics/start"): START,
    ("POST", "/api/v1/attempts/x1/continue"): START,
    ("POST", "/a/x1/continue"): START,
    ("GET", "/"): OTHER,
    ("GET", "/me"): OTHER,
    ("GET", "/tests/mathematics"): OTHER,
    ("GET", "/api/v1/assessments"): OTHER,
    ("GET", "/api/v1/attempts/x1/result"): OTHER,
    ("GET", "/api/v1/attempts/x1/replay"): OTHER,
    ("GET", "/r/x1"): OTHER,
    ("GET", "/s/abc/css/app.css"): None,
    ("GET", "/healthz"): None,
    ("GET", "/readyz"): None,
    ("GET", "/metrics"): None,
}


@pytest.mark.parametrize("request_line", KINDS, ids=" ".join)
def test_every_kind_of_request_has_its_urgency(request_line: tuple[str, str]) -> None:
    assert admission.urgency(*request_line) is KINDS[request_line]


def test_every_route_that_writes_is_known_to_be_more_urgent_than_looking(stand) -> None:
    """A new unsafe route must be given its place: in admission.py, or in this list of what may wait."""
    may_wait = {"/settings"}
    for route in stand.scanner.app.routes:
        for method in getattr(route, "methods", None) or ():
            if isinstance(route, APIRoute) and method not in ("GET", "HEAD") and route.path not in may_wait:
                assert admission.urgency(method, re.sub(r"{\w+}", "x1", route.path)) in (ANSWER, RESUME, START)


def test_answers_are_the_last_to_be_turned_away() -> None:
    gate = Gate(100, random.Random(1))
    let_in = dict.fromkeys(Urgency, 0)
    while any(gate.has_room(kind) for kind in Urgency):
        for kind in Urgency:
            if gate.has_room(kind):
                let_in[kind] = sum(gate.inside)
        gate.enter(ANSWER)
    assert {kind: round(most / 100, 1) for kind, most in let_in.items()} == SHARES
    gate.leave(ANSWER)
    assert [gate.has_room(kind) for kind in Urgency] == [True, False, False, False]


def test_the_smallest_gate_still_lets_everybody_in_when_it_is_empty() -> None:
    assert all(Gate(1, random.Random(1)).has_room(kind) for kind in Urgency)


def test_those_turned_away_do_not_all_come_back_at_once() -> None:
    gate = Gate(1, random.Random(1))
    assert {gate.turn_away(OTHER) for _ in range(100)} == {1, 2, 3, 4, 5}


def test_the_shares_and_times_in_the_documentation_are_these() -> None:
    text = " ".join((Path(__file__).parents[2] / "docs" / "deployment.md").read_text().split())
    shares = f"starts {SHARES[START]:.0%}, resuming and drafts {SHARES[RESUME]:.0%}, answers all".replace("%", " %")
    assert (SHARES[OTHER], SHARES[ANSWER]) == (0.5, 1.0)
    assert shares in text
    assert "`Retry-After` of {} to {} s".format(*admission.RETRY_S) in text
    assert f"{connection.HEAD_WAIT_S:.0f} s for a head of at most {connection.MOST_HEAD // 1024} KiB" in text
    assert f"{bodies.WAIT_S:.0f} s for a body, {connection.READER_WAIT_S:.0f} s for a client" in text
    assert f"more than {rates.WRONG_CODES_PER_MINUTE} wrong resume codes a minute" in text


# --- a full server


@pytest.fixture
def full(stand):
    """full() fills every place; full(kind) leaves room for what is more urgent."""
    gate: Gate = stand.scanner.app.state.gate
    filled = []

    def fill(kind: Urgency = ANSWER) -> Gate:
        while gate.has_room(kind):
            gate.enter(kind)
            filled.append(kind)
        return gate

    yield fill
    for kind in filled:
        gate.leave(kind)
    assert gate.inside == [0, 0, 0, 0], "every request has left again"


def test_a_program_is_told_to_repeat(client, full, problem_of) -> None:
    full()
    for method, path in [("GET", "/api/v1/assessments"), ("POST", "/api/v1/attempts"), ("GET", "/api/v1/attempts/x")]:
        refused = client.request(method, path)
        problem = problem_of(refused)
        assert (refused.status_code, problem["code"]) == (503, "overloaded")
        assert problem["instance"] == path
        assert "Nothing was stored; repeat the same request" in problem["detail"]
        assert 1 <= int(refused.headers["Retry-After"]) <= 5


def test_a_refusal_has_every_security_header(client, full) -> None:
    full()
    for path in ("/api/v1/assessments", "/tests"):
        refused = client.get(path)
        assert refused.status_code == 503
        assert {name: refused.headers.get(name) for name in HEADERS} == HEADERS
        assert refused.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in refused.headers["content-security-policy"]
        assert refused.headers["x-request-id"]


def test_the_address_in_a_refusal_is_quoted(client, full) -> None:
    full()
    refused = client.get('/api/v1/"},{"x":"' + "y" * 300)
    assert len(json.loads(refused.content)["instance"]) == 80


def test_connections_refuse_by_the_same_gate_without_asking_the_application(stand, full) -> None:
    connections = protocol(stand.scanner.app)
    scope = {"method": "POST", "path": "/api/v1/attempts", "scheme": "http", "headers": []}
    assert connections.refusal(scope) is None
    full()
    headers, body = connections.refusal(scope)
    assert json.loads(body)["code"] == "overloaded"
    assert {name: value.encode() for name, value in HEADERS.items()}.items() <= {
        name.decode(): value for name, value in headers
    }.items()
    assert connections.refusal({**scope, "path": "/a/x1/q"}) is None, "people are refused with a page"


@pytest.mark.parametrize("path", ["/api/v1/attempts", '/api/v1/\u00e9"y'])
def test_a_program_whose_body_was_still_coming_when_the_last_place_went_is_told_the_same(
    client, full, problem_of, path
) -> None:
    json_body = {"Content-Type": "application/json"}
    kind = admission.urgency("POST", path).name.lower()

    def coming():
        assert not filled, "it is read once"
        filled.append(full())
        yield b"{}"

    filled: list[Gate] = []
    before = _metric(client, f'plumbline_sheds_total{{kind="{kind}"}}')
    late = client.post(path, content=coming(), headers=json_body)
    assert filled, "it was let in as far as its body"
    assert _metric(client, f'plumbline_sheds_total{{kind="{kind}"}}') == before + 1
    at_once = client.post(path, content=b"{}", headers=json_body)
    assert (late.status_code, problem_of(late)["code"]) == (503, "overloaded")
    assert late.content == at_once.content
    changing = {"x-request-id", "retry-after"}
    assert late.headers.keys() == at_once.headers.keys()
    assert {n: v for n, v in late.headers.items() if n not in changing} == {
        n: v for n, v in at_once.headers.items() if n not in changing
    }
    assert 1 <= int(late.headers["retry-after"]) <= 5


def test_files_and_what_operators_ask_are_never_turned_away(client, stand, full) -> None:
    full()
    build = stand.scanner.app.state.assets.root
    paths = ("/healthz", "/readyz", "/metrics", f"{build}/css/app.css")
    assert [client.get(path).status_code for path in paths] == [200] * 4


def test_each_kind_is_turned_away_in_its_turn(begin, client, full) -> None:
    taker = begin()

    def statuses() -> list[int]:
        shown = client.get("/api/v1/assessments").status_code
        start = client.post("/api/v1/attempts", json={"assessment": "mathematics"}).status_code
        return [taker.answer().status_code, taker.call("GET").status_code, start, shown]

    assert statuses() == [200, 200, 201, 200]
    full(OTHER)
    assert statuses() == [200, 200, 201, 503]
    full(START)
    assert statuses() == [200, 200, 503, 503]
    full(RESUME)
    assert statuses() == [200, 503, 503, 503]
    full(ANSWER)
    assert statuses() == [503, 503, 503, 503]


def test_a_refused_answer_is_not_stored_and_the_same_request_is_good_later(begin, stand, full) -> None:
    taker = begin()
    gate = full()
    assert taker.answer().status_code == 503
    gate.leave(ANSWER)
    assert taker.call("GET").status_code == 503, "resuming still waits"
    assert taker.answer().status_code == 200
    gate.enter(ANSWER)
    assert taker.state["seq"] == 2


def test_a_person_gets_a_page_that_sends_the_form_again(client, full) -> None:
    location = client.post("/tests/mathematics/start", headers=OWN).headers["location"]
    page = client.get(location).text
    sent = {name: page.split(f'name="{name}" value="')[1].split('"')[0] for name in ("seq", "item")}
    sent |= {"value": '1"><b>2', "skip": "1"}
    gate = full()
    busy = client.post(location, data=sent, headers=OWN)
    assert busy.status_code == 503
    assert "<b>2" not in busy.text
    fields = dict(re.findall(r'<input type="hidden" name="(.*?)" value="(.*?)">', busy.text))
    assert {html.unescape(name): html.unescape(value) for name, value in fields.items()} == sent
    assert '<form method="post">' in busy.text, "to the same address"
    assert f"Wait {busy.headers['Retry-After']} second" in busy.text
    gate.leave(ANSWER)
    sent["value"] = ""
    assert client.post(location, data=sent, headers=OWN).status_code == 303
    gate.enter(ANSWER)


def test_a_page_that_was_only_opened_is_opened_again(client, full) -> None:
    full()
    busy = client.get("/settings?saved=1")
    assert busy.status_code == 503
    assert '<form method="get">' in busy.text
    assert '<input type="hidden" name="saved" value="1">' in busy.text
    assert client.head("/tests").content == b""


def test_a_full_server_shows_no_form_that_another_site_filled_in(client, full) -> None:
    full()
    foreign = client.post("/a/x1/q", data={"value": "planted"}, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403
    assert "planted" not in foreign.text


def test_a_form_that_is_not_one_of_ours_is_not_repeated(client, full) -> None:
    full()
    for kind, body in [("text/plain", b"a=1"), ("application/x-www-form-urlencoded", b"a=\xff"), ("", b"a=1")]:
        busy = client.post("/a/x1/q", content=body, headers={"Content-Type": kind, **OWN})
        assert busy.status_code == 503
        assert 'type="hidden"' not in busy.text
    many = "&".join(f"f{n}=1" for n in range(1000)).encode()
    form = {"Content-Type": "application/x-www-form-urlencoded", **OWN}
    assert 'type="hidden"' not in client.post("/a/x1/q", content=many, headers=form).text


def test_what_is_turned_away_and_what_is_under_way_is_counted(client, full) -> None:
    before = _metric(client, 'plumbline_sheds_total{kind="other"}')
    gate = full(OTHER)
    client.get("/api/v1/assessments")
    client.get("/tests")
    assert _metric(client, 'plumbline_sheds_total{kind="other"}') == before + 2
    assert _metric(client, 'plumbline_in_flight{kind="other"}') == gate.inside[OTHER]
    assert _metric(client, "plumbline_writer_queue") >= 0


def _metric(client, name: str) -> float:
    lines = [line for line in client.get("/metrics").text.splitlines() if line.startswith(name + " ")]
    return float(lines[0].rsplit(" ", 1)[1])


def test_the_number_of_places_is_a_setting(make_stand) -> None:
    assert make_stand(in_flight=17).scanner.app.state.gate.places == 17


# --- bodies


Message = dict[str, Any]


def ask(parts: list[Message], headers: list[tuple[bytes, bytes]], wait_s: float = 0.05) -> tuple[list[Message], Gate]:
    """What a Protection of its own sends for a body that comes in these parts, and then nothing more."""
    gate, sent = Gate(4, random.Random(1)), []
    coming = iter(parts)

    async def app(_scope: Message, receive: Callable[[], Awaitable[Message]], send: Any) -> None:
        assert sum(gate.inside) == 1
        body = (await receive())["body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    async def receive() -> Message:
        assert sum(gate.inside) == 0, "who is sending holds no place"
        part = next(coming, None)
        return part if part is not None else await asyncio.get_running_loop().create_future()

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/v1/attempts",
        "scheme": "http",
        "query_string": b"",
        "headers": [(b"host", b"testserver"), (b"content-type", b"application/json"), *headers],
    }
    asyncio.run(Protection(app, Site(None), gate, wait_s)(scope, receive, send))
    return sent, gate


LONG = [(b"content-length", b"100")]
IN_PIECES = [(b"transfer-encoding", b"chunked")]


def part(body: bytes, *, more: bool = True) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


@pytest.mark.parametrize("headers", [LONG, IN_PIECES])
@pytest.mark.parametrize("parts", [[], [part(b'{"')], [part(b"{"), part(b'"'), part(b"a")]])
def test_a_body_that_does_not_come_in_time_is_408_and_closes(parts, headers) -> None:
    sent, gate = ask(parts, headers)
    assert sent[0]["status"] == 408
    assert (b"connection", b"close") in sent[0]["headers"]
    assert json.loads(sent[1]["body"])["code"] == "request.timeout"
    assert sum(gate.inside) == 0


def test_a_body_in_pieces_reaches_the_route_whole() -> None:
    sent, _ = ask([part(b'{"a'), part(b'": '), part(b"1}", more=False)], IN_PIECES)
    assert (sent[0]["status"], sent[1]["body"]) == (200, b'{"a": 1}')


def test_who_leaves_while_sending_is_not_answered_and_reaches_no_route() -> None:
    sent, gate = ask([part(b"{"), {"type": "http.disconnect"}], LONG)
    assert sent == []
    assert sum(gate.inside) == 0


@pytest.mark.parametrize(
    "headers",
    [
        [*LONG, *IN_PIECES],
        [*LONG, (b"content-length", b"101")],
        [(b"host", b"other"), *LONG],
        [(b"content-type", b"text/plain"), *LONG],
        [(b"origin", b"http://testserver"), (b"origin", b"https://evil.example"), *LONG],
    ],
)
def test_a_request_that_can_be_read_in_two_ways_is_refused_and_closes(headers) -> None:
    sent, _ = ask([part(b"{}", more=False)], headers)
    assert sent[0]["status"] == 400
    assert (b"connection", b"close") in sent[0]["headers"]


def test_a_header_that_decides_nothing_may_stand_twice() -> None:
    twice = [(b"x-forwarded-for", b"203.0.113.1"), (b"x-forwarded-for", b"203.0.113.2"), *LONG]
    assert ask([part(b"{}", more=False)], twice)[0][0]["status"] == 200
