"""Practice and repeats over HTTP: solutions come after their answer and to nobody else; nothing is made twice."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from app.attempts import feedback, rows, scoring, starting, steps
from app.http import paging
from app.items import registry
from app.items.single.item import SingleChoice

pytestmark = pytest.mark.quick

OWN = {"Origin": "http://testserver"}
QUICK = "machine-learning-researcher-quick"


def start_page(client, assessment="mathematics", **form):
    page = client.post(f"/tests/{assessment}/start", data={"time": "none", **form}, headers=OWN)
    assert page.status_code == 303
    return page.headers["location"].split("/")[2]


def fields(client, attempt):
    """The form of the active question, filled in with "not learned yet"."""
    page = client.get(f"/a/{attempt}/q").text
    named = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    way = re.search(r'class="opt idk"><input type="\w+" name="(\w+)" value="([^"]+)"', page)
    return {**named, way[1]: way[2]}


def heading(page):
    return re.sub(r"<[^>]+>", "", re.search(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL)[1]).strip()


# ---- the API


def test_the_feedback_comes_with_the_answer_and_again_with_its_repeat(begin):
    taker = begin("mathematics", mode="practice")
    assert (taker.state["mode"], taker.state["expires_at"], taker.state["estimate"]) == ("practice", None, None)
    assert "feedback" not in taker.state
    sent = taker.body()
    response = taker.answer()
    assert set(response.json()["feedback"]) == {"score", "key", "why", "rationale_html"}
    assert taker.call("POST", "/responses", sent).content == response.content
    assert taker.call("POST", "/responses", {**sent, "answer": response.json()["feedback"]["key"]}).status_code == 409
    assert "feedback" not in taker.call("GET").json()
    taker.finish()
    assert taker.call("GET", "/result").json()["mode"] == "practice"


def test_a_test_has_no_feedback(begin):
    taker = begin("mathematics")
    assert "feedback" not in taker.answer().json()
    taker.finish()
    assert taker.call("GET", "/result").json()["mode"] == "assess"


def test_a_mode_that_is_not_there_is_refused(client, problem_of):
    assert client.post("/api/v1/attempts", json={"assessment": "mathematics", "mode": "exam"}).status_code == 422
    page = client.post("/tests/mathematics/start", data={"mode": "exam"}, headers=OWN)
    assert page.status_code == 422


def test_a_private_bank_is_not_practised(client, problem_of, monkeypatch):
    assert "Practise" in client.get("/tests/mathematics").text
    monkeypatch.setattr(starting, "can_be_practised", lambda *_: False)
    response = client.post("/api/v1/attempts", json={"assessment": "mathematics", "mode": "practice"})
    assert (response.status_code, problem_of(response)["code"]) == (403, "practice.private")
    assert "Practise" not in client.get("/tests/mathematics").text
    assert client.post("/tests/mathematics/start", data={"mode": "practice"}, headers=OWN).status_code == 403


# ---- the pages


def test_an_answer_on_a_page_leads_to_its_solution_and_that_to_the_next_question(client):
    attempt = start_page(client, mode="practice")
    form = fields(client, attempt)
    sent = client.post(f"/a/{attempt}/q", data=form, headers=OWN)
    assert (sent.status_code, sent.headers["location"]) == (303, f"/a/{attempt}/feedback/1")
    page = client.get(f"/a/{attempt}/feedback/1")
    assert heading(page.text) == "? Not learned yet"
    assert f'href="/a/{attempt}/q"' in page.text
    assert page.content == client.get(f"/a/{attempt}/feedback/1").content, "reload-safe"
    assert 'data-turn="2"' in client.get(f"/a/{attempt}/q").text
    # the same form again, by a double click or the back button: the solution and not the next question
    assert client.post(f"/a/{attempt}/q", data=form, headers=OWN).headers["location"] == f"/a/{attempt}/feedback/1"


def test_there_is_no_solution_before_the_answer_nor_outside_practice_nor_for_others(client):
    practice, test = start_page(client, mode="practice"), start_page(client)
    for attempt in (practice, test):
        client.post(f"/a/{attempt}/q", data=fields(client, attempt), headers=OWN)
    assert client.get(f"/a/{practice}/feedback/2").headers["location"] == f"/a/{practice}/q"
    assert client.get(f"/a/{test}/feedback/1").headers["location"] == f"/a/{test}/q"
    for wrong in ("0", "x", "99999999999999999999"):
        assert client.get(f"/a/{practice}/feedback/{wrong}").status_code in (404, 422)
    client.cookies.clear()
    assert client.get(f"/a/{practice}/feedback/1").status_code == 404


def test_practice_that_is_stopped_shows_its_solutions_and_leads_to_the_test(client):
    attempt = start_page(client, mode="practice")
    client.post(f"/a/{attempt}/q", data=fields(client, attempt), headers=OWN)
    assert "Stop and see the solutions" in client.get(f"/a/{attempt}/stop").text
    client.post(f"/a/{attempt}/finish", headers=OWN)
    page = client.get(f"/r/{attempt}").text
    assert heading(page) == "Practice: 0 of 1 right"
    assert "no measurement" in page
    assert 'href="/tests/mathematics"' in page
    assert "Practice · Started" in client.get("/me").text


# ---- what the scanner sees


def finish_quietly(stand, taker):
    taker.finish()
    stand.scanner.found.clear()


def test_a_whole_practice_releases_nothing_but_the_solutions_of_its_answers(stand, begin, secrets_of):
    taker = begin("machine-learning", mode="practice")
    shown = set()
    while taker.state["turn"] is not None:
        item = taker.state["turn"]["item"]["id"]
        text = taker.answer().text
        shown |= {item for run in secrets_of[item] if run in text}
        assert stand.scanner.found == []
    assert len(shown) >= 0.8 * (taker.state["seq"] - 1), "the solutions were there to be scanned"


def test_the_scan_finds_a_solution_that_comes_before_its_answer(stand, begin, monkeypatch):
    plain = SingleChoice.present
    monkeypatch.setattr(SingleChoice, "present", lambda self, v: {**plain(self, v), "note": v.block(v.item.rationale)})
    taker = begin("machine-learning", mode="practice")
    while taker.state["turn"] is not None and not stand.scanner.found:
        taker.answer()
    assert stand.scanner.found, "the scan is blind"
    finish_quietly(stand, taker)


def test_the_scan_finds_feedback_in_a_test_that_measures(stand, begin, monkeypatch):
    plain = steps.feedback.of

    def of(connection, attempt, scored):
        return plain(connection, replace(attempt, mode="practice"), scored)

    monkeypatch.setattr(steps.feedback, "of", of)
    monkeypatch.setattr(steps, "Mode", type("Every", (), {"PRACTICE": "assess", "ASSESS": "assess"}))
    taker = begin("machine-learning")
    while taker.state["turn"] is not None and not stand.scanner.found:
        taker.answer()
    assert stand.scanner.found, "the scan is blind"
    finish_quietly(stand, taker)


def test_the_scan_finds_the_solution_of_the_question_that_comes_next(stand, client, monkeypatch):
    plain = feedback.solution

    def of_the_next(connection, actor, attempt_id, seq):
        attempt = rows.find(connection, attempt_id)
        concrete = scoring.variant(connection, attempt.seed, attempt.turn_item_version_id)
        item_type = registry.type_of(concrete.item)
        told = plain(connection, actor, attempt_id, seq)
        return replace(told, item_type=item_type.name, review=item_type.review(concrete, None))

    monkeypatch.setattr(feedback, "solution", of_the_next)
    attempt = start_page(client, "machine-learning", mode="practice")
    for seq in range(1, 11):
        client.post(f"/a/{attempt}/q", data=fields(client, attempt), headers=OWN)
        client.get(f"/a/{attempt}/feedback/{seq}")
    assert stand.scanner.found, "the scan is blind"
    stand.scanner.found.clear()


def test_a_released_solution_is_released_nowhere_else(stand, client):
    attempt = start_page(client, "machine-learning", mode="practice")
    for _ in range(3):
        client.post(f"/a/{attempt}/q", data=fields(client, attempt), headers=OWN)
    known = next(iter(stand.scanner.released(attempt))).encode()
    other = start_page(client, "machine-learning", mode="practice")
    stand.scanner.scan("GET", f"/a/{attempt}/feedback/1", [b"", known])
    assert stand.scanner.found == []
    for path in (f"/a/{attempt}/q", f"/api/v1/attempts/{attempt}", f"/a/{other}/feedback/1", "/me"):
        stand.scanner.scan("GET", path, [b"", known])
    assert len(stand.scanner.found) == 4
    stand.scanner.found.clear()


# ---- what may be repeated


@pytest.fixture
def ended(begin):
    taker = begin(QUICK)
    taker.answer()
    taker.finish()
    return taker


def test_continuing_again_returns_the_same_attempt_and_token(ended):
    first, second = ended.call("POST", "/continue"), ended.call("POST", "/continue")
    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    assert first.headers["location"] == second.headers["location"]


def test_continuing_again_with_a_key_returns_the_same_bytes_whatever_happened_since(ended, client):
    key = {"Idempotency-Key": "once-more"}
    first = ended.call("POST", "/continue", headers=key)
    new = {"Authorization": f"Bearer {first.json()['token']}"}
    turn = first.json()["turn"]
    sent = {"seq": turn["seq"], "item_id": turn["item"]["id"], "answer": {"skip": True}}
    assert client.post(f"{first.headers['location']}/responses", json=sent, headers=new).status_code == 200
    assert ended.call("POST", "/continue", headers=key).content == first.content
    assert ended.call("POST", "/continue").json()["seq"] == turn["seq"] + 1
    other = client.post(f"/api/v1/attempts/{ended.id}/continue", headers=key | new)
    assert other.status_code == 404, "the key alone opens nothing"


def test_a_double_click_on_continue_leads_to_one_attempt(client):
    quick = start_page(client, QUICK)
    client.post(f"/a/{quick}/q", data=fields(client, quick), headers=OWN)
    client.post(f"/a/{quick}/finish", headers=OWN)
    urls = {client.post(f"/a/{quick}/continue", headers=OWN).headers["location"] for _ in range(2)}
    assert len(urls) == 1
    assert urls.pop() in client.get(f"/a/{quick}/continue").text


def test_sixteen_starts_at_once_with_one_key_make_one_attempt(client):
    def start(_n):
        order = {"assessment": "mathematics"}
        return client.post("/api/v1/attempts", json=order, headers={"Idempotency-Key": "sixteen"})

    with ThreadPoolExecutor(16) as pool:
        responses = list(pool.map(start, range(16)))
    assert {response.status_code for response in responses} == {201}
    assert len({response.content for response in responses}) == 1


# ---- my tests


def test_my_tests_are_shown_twenty_at_a_time_the_newest_first(client, stand):
    for _ in range(23):
        start_page(client, "deep-learning")
        stand.clock.forward(seconds=1)
    listed = r'href="/a/(\w+)/q"'
    first = client.get("/me").text
    assert len(re.findall(listed, first)) == 20
    rest = client.get(re.search(r'href="(/me\?cursor=[\w-]+)"', first)[1]).text
    assert len(re.findall(listed, rest)) == 3
    assert "?cursor=" not in rest
    assert len({*re.findall(listed, first), *re.findall(listed, rest)}) == 23


def test_a_cursor_of_somebody_else_shows_nothing_of_theirs(client):
    theirs = start_page(client)
    client.cookies.clear()
    mine = start_page(client)
    page = client.get(f"/me?cursor={paging.cursor(theirs)}").text
    assert mine in page
    assert theirs not in page
    assert client.get("/me?cursor=%21").status_code == 422
