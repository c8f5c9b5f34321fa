"""How often one may ask: the rule by itself, and what the routes do with it."""

import random

import pytest
from starlette.requests import Request

from app.http import rates
from app.http.rates import Limit, Rates, Recent

pytestmark = pytest.mark.quick

OWN = {"Origin": "http://testserver"}


# --- the rule


def test_a_burst_is_let_through_and_then_a_steady_rate() -> None:
    limit = Limit(60, 5)
    assert [limit.take("a", 100.0) for _ in range(60)] == [0.0] * 60
    assert limit.take("a", 100.0) == pytest.approx(0.2, abs=1e-5)
    assert limit.take("a", 100.1) == pytest.approx(0.1, abs=1e-5), "who was refused has used up nothing"
    assert [limit.take("a", 101.0) > 0 for _ in range(6)] == [False] * 5 + [True], "five a second fill up again"


def test_whoever_waits_as_long_as_told_is_let_through() -> None:
    limit, now, rng = Limit(7, 3), 0.0, random.Random(1)
    for _ in range(2000):
        now += rng.random() / 4
        wait = limit.take("a", now)
        if wait:
            now += wait
            assert limit.take("a", now) == 0.0


def test_over_a_long_time_no_more_than_the_rate_and_one_burst_gets_through() -> None:
    limit = Limit(60, 5)
    let_through = sum(limit.take("a", tick / 100) == 0.0 for tick in range(100_000))
    assert let_through == pytest.approx(60 + 5 * 1000, abs=1)


def test_keys_do_not_touch_each_other() -> None:
    limit = Limit(1, 1)
    assert [limit.take(key, 0.0) for key in "ab"] == [0.0, 0.0]
    assert limit.take("a", 0.0) > 0


def test_no_rate_is_no_limit() -> None:
    limit = Limit(0, 0)
    assert not any(limit.take("a", 0.0) for _ in range(1000))
    assert limit.wait("a", 0.0) == 0.0


def test_asking_how_long_to_wait_takes_nothing() -> None:
    limit = Limit(1, 1)
    assert [limit.wait("a", 0.0), limit.wait("a", 0.0), limit.take("a", 0.0)] == [0.0, 0.0, 0.0]
    assert limit.wait("a", 0.25) == pytest.approx(0.75, abs=1e-5)


def test_what_is_recent_is_kept_and_what_is_not_is_forgotten() -> None:
    recent = Recent(10)
    for second in range(1000):
        recent.write(f"key{second}", second, float(second))
        assert all(recent[f"key{s}"] == s for s in range(max(0, second - 9), second + 1))
        assert len(recent) <= 21
    recent.write("much later", 1, 5000.0)
    assert len(recent) == 1


def test_forgetting_a_bucket_never_lets_more_through() -> None:
    """Limits against the same rule with a memory of everything."""
    rng = random.Random(2)
    limit, full_at, now = Limit(5, 2), {}, 1000.0
    for _ in range(20_000):
        now += rng.expovariate(20)
        key = f"key{rng.randrange(30)}"
        after = max(full_at.get(key, 0.0), now) + 0.5
        allowed = after - now <= 2.5 + 1e-6
        assert (limit.take(key, now) == 0.0) is allowed
        if allowed:
            full_at[key] = after


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("not:an address", "not:an address"),
        (None, ""),
    ],
)
def test_an_address_is_that_of_a_subscriber(host: str | None, key: str) -> None:
    scope = {"type": "http", "headers": [], "client": (host, 1) if host else None}
    assert rates.address(Request(scope)) == key


# --- the routes


@pytest.fixture
def at(stand):
    """Sets the limits of the application for this test, and their clock: at(seconds) moves it."""
    usual = stand.scanner.app.state.rates
    moment = [0.0]

    def set_limits(answers_per_second=5, starts_per_minute=600):
        stand.scanner.app.state.rates = Rates(answers_per_second, starts_per_minute, lambda: moment[0])
        return lambda seconds: moment.__setitem__(0, seconds)

    yield set_limits
    stand.scanner.app.state.rates = usual


def use_up(taker, count=60):
    """Malformed answers count: they ask as much of the server."""
    statuses = [taker.call("POST", "/responses", taker.body({"option": 1})).status_code for _ in range(count)]
    assert set(statuses) == {422}


def test_the_answers_of_an_attempt_are_limited(begin, at, problem_of) -> None:
    move_to = at()
    taker = begin()
    use_up(taker)
    refused = taker.answer()
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
    problem = problem_of(refused)
    assert problem["code"] == "rate_limited"
    assert "try again in 1 s" in problem["detail"]
    assert taker.call("GET").json()["seq"] == 1, "nothing was stored"
    move_to(1.0)
    assert taker.answer().status_code == 200


def test_a_repeat_is_never_refused_and_costs_nothing(begin, at) -> None:
    at()
    taker = begin()
    body = taker.body()
    first = taker.answer()
    repeats = [taker.call("POST", "/responses", body) for _ in range(100)]
    assert {(one.status_code, one.content) for one in repeats} == {(200, first.content)}
    use_up(taker, 59)
    assert taker.answer().status_code == 429
    assert taker.call("POST", "/responses", body).content == first.content


def test_a_repeat_is_not_refused_by_a_process_that_has_not_seen_the_first(begin, at) -> None:
    at()
    taker = begin()
    body = taker.body()
    first = taker.answer()
    at()  # another process, or the same one after a restart
    use_up(taker)
    assert taker.answer().status_code == 429
    assert taker.call("POST", "/responses", body).content == first.content


def test_a_stranger_cannot_use_up_what_an_owner_has(begin, client, at) -> None:
    at()
    taker, stranger = begin(), begin()
    path, token = f"/api/v1/attempts/{taker.id}/responses", {"Authorization": f"Bearer {stranger.state['token']}"}
    assert {client.post(path, json=taker.body(), headers=token).status_code for _ in range(60)} == {404}
    assert client.post(path, json=taker.body(), headers=token).status_code == 429
    assert taker.answer().status_code == 200


def test_a_stranger_who_asks_too_often_learns_nothing_of_an_attempt(begin, client, at) -> None:
    at()
    taker, stranger = begin(), begin()
    path, token = f"/api/v1/attempts/{taker.id}/responses", {"Authorization": f"Bearer {stranger.state['token']}"}
    answered = taker.body()
    assert taker.answer().status_code == 200
    while client.post(path, json=taker.body(), headers=token).status_code != 429:
        pass
    assert client.post(path, json=answered, headers=token).status_code == 429


def test_a_second_credential_brings_no_second_bucket(begin, client, at) -> None:
    at()
    taker = begin()
    use_up(taker)
    others = [begin().state["token"] for _ in range(3)]
    for token in others:
        cookie = {"Cookie": f"pl_browser=plb{token[3:]}", **OWN}
        assert taker.call("POST", "/responses", taker.body(), headers=cookie).status_code == 429


def test_drafts_are_limited_by_themselves(begin, at) -> None:
    at()
    taker = begin()
    drafts = [taker.call("PUT", "/draft", {"seq": 1, "revision": n, "answer": {}}).status_code for n in range(1, 62)]
    assert drafts == [204] * 60 + [429]
    assert taker.answer().status_code == 200


def test_starts_from_one_address_are_limited(client, begin, at, problem_of) -> None:
    move_to = at(starts_per_minute=3)
    begin()
    assert [client.post("/tests/mathematics/start", headers=OWN).status_code for _ in range(2)] == [303, 303]
    refused = client.post("/api/v1/attempts", json={"assessment": "mathematics"}, headers=OWN)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "20")
    assert "your network" in problem_of(refused)["detail"]
    page = client.post("/tests/mathematics/start", headers=OWN)
    assert page.status_code == 429
    assert "Wait 20 seconds" in page.text
    move_to(20.0)
    assert client.post("/tests/mathematics/start", headers=OWN).status_code == 303


def test_wrong_codes_are_limited_and_right_ones_cost_nothing(client, at) -> None:
    at()
    started = client.post("/tests/mathematics/start", headers=OWN)
    saved = client.get(started.headers["location"].replace("/q", "/saved")).text
    code = saved.split('value="')[1].split('"')[0]
    right = [client.post("/resume", data={"code": code}, headers=OWN).status_code for _ in range(25)]
    assert right == [303] * 25
    wrong = [client.post("/resume", data={"code": "x"}, headers=OWN).status_code for _ in range(21)]
    assert wrong == [422] * 20 + [429]
    assert client.post("/resume", data={"code": code}, headers=OWN).status_code == 429, "or guessing would go on"


def test_page_answers_count_too(client, at) -> None:
    at(answers_per_second=1 / 12)
    location = client.post("/tests/mathematics/start", headers=OWN).headers["location"]
    page = client.get(location).text
    fields = {name: page.split(f'name="{name}" value="')[1].split('"')[0] for name in ("seq", "item")}
    assert client.post(location, data={**fields, "skip": "1"}, headers=OWN).status_code == 303
    page = client.get(location).text
    fields = {name: page.split(f'name="{name}" value="')[1].split('"')[0] for name in ("seq", "item")}
    refused = client.post(location, data={**fields, "skip": "1"}, headers=OWN)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "12")


def test_refusals_are_counted(begin, client, at) -> None:
    at(starts_per_minute=1)
    begin()
    before = _counted(client, "starts")
    client.post("/api/v1/attempts", json={"assessment": "mathematics"})
    assert _counted(client, "starts") == before + 1


def _counted(client, kind: str) -> float:
    name = f'plumbline_rate_limited_total{{kind="{kind}"}} '
    return sum(float(line.removeprefix(name)) for line in client.get("/metrics").text.splitlines() if name in line)
