"""Every error is a problem document with a stable code, never an echo of what was sent, never a crash.

The cases of the catalogue of bad inputs are in test_bad_inputs.py; this is what lies beside them.
"""

import threading
from contextlib import closing, contextmanager

import pytest
from sqlalchemy import event, select

from app.attempts import delivery, starting
from app.database.attempts import attempts
from app.database.engine import Database

pytestmark = pytest.mark.quick

MARK = "Xq7Zmark"  # put where a value goes; no answer may hold it
START = "/api/v1/attempts"
NUL, SURROGATE = "\\u0000", "\\ud800"


def post(client, text, path=START, **headers):
    """POST this JSON text as it is."""
    return client.post(path, content=text.encode(), headers={"Content-Type": "application/json", **headers})


# body -> (status, code, path of the first error)
BODIES = {
    "nothing": ("", 422, "request.missing", ""),
    "half": ('{"assessment": "' + MARK, 400, "request.json", None),
    "a list": (f'["{MARK}"]', 422, "request.type", ""),
    "a text": (f'"{MARK}"', 422, "request.type", ""),
    "null": ("null", 422, "request.type", ""),
    "no field": ("{}", 422, "request.missing", "assessment"),
    "an object for a text": (f'{{"assessment": {{"{MARK}": 1}}}}', 422, "request.type", "assessment"),
    "a text too long": ('{"assessment": "' + MARK * 100 + '"}', 422, "request.range", "assessment"),
    "an unknown mode": (f'{{"assessment": "mathematics", "mode": "{MARK}"}}', 422, "request.range", "mode"),
    "no such assessment": (f'{{"assessment": "{MARK}"}}', 404, "assessment.not_found", None),
    "no such profile": (f'{{"assessment": "mathematics", "profile": "{MARK}"}}', 404, "profile.not_found", None),
    "an e-mail that is none": (
        f'{{"assessment": "mathematics", "candidate": {{"name": "a", "email": "{MARK}"}}}}',
        422,
        "request.range",
        "candidate.email",
    ),
}


@pytest.mark.parametrize("what", BODIES)
def test_a_body_that_cannot_be_used_gets_its_own_code_and_no_echo(client, problem_of, what):
    text, status, code, path = BODIES[what]
    response = post(client, text)
    problem = problem_of(response)
    assert response.status_code == status
    assert problem["code"] == code or code is None
    if path is not None:
        assert problem["errors"][0]["path"] == path
    assert MARK not in response.text
    assert len(response.content) < 2000


ANSWERS = [
    f'{{"option": "{MARK}"}}',
    f'{{"options": ["{MARK}"]}}',
    f'{{"value": "{MARK}"}}',
    f'{{"value": "1", "unit": "{MARK}"}}',
    f'{{"option": "{MARK}{SURROGATE}"}}',
    f'{{"options": ["{SURROGATE}"]}}',
    f'{{"value": "{SURROGATE}"}}',
    f'{{"value": "1{NUL}"}}',
    f'{{"value": "1{SURROGATE}"}}',
    f'{{"value": "1", "unit": "{SURROGATE}"}}',
    f'{{"{MARK[:4]}": 1}}',
    f'{{"{SURROGATE}": 1}}',
    f'{{"skip": "{MARK}"}}',
    '{"skip": true, "option": "a"}',
    '{"value": 1e999}',
    '{"value": NaN}',
    '{"option": null}',
    '{"options": "a"}',
    '{"options": []}',
    '{"options": [["a"]]}',
    '{"value": "1e999"}',
    '{"value": "' + "9" * 5000 + '"}',
    '{"value": ""}',
    "{}",
]


@pytest.mark.parametrize("assessment", ["mathematics", "machine-learning"])
def test_a_malformed_answer_is_422_whatever_the_type_and_stores_nothing(begin, problem_of, assessment):
    taker = begin(assessment)
    token = {"Authorization": f"Bearer {taker.state['token']}"}
    seen = set()
    while taker.state["turn"] is not None and len(seen) < 3:
        item = taker.state["turn"]["item"]
        seen.add(item["type"])
        for answer in ANSWERS:
            text = f'{{"seq": {taker.state["seq"]}, "item_id": "{item["id"]}", "answer": {answer}}}'
            response = post(taker.client, text, f"{START}/{taker.id}/responses", **token)
            problem = problem_of(response)
            assert response.status_code in (400, 422), (item["type"], answer)
            assert problem["code"].split(".")[0] in ("answer", "text", "request"), answer
            assert MARK not in response.text, (item["type"], answer)
        assert taker.call("GET").json()["seq"] == taker.state["seq"]
        taker.answer()
    taker.finish()


METHODS = {
    "/api/v1/attempts": {"POST"},
    "/api/v1/attempts/x": {"GET"},
    "/api/v1/attempts/x/draft": {"PUT"},
    "/api/v1/attempts/x/responses": {"POST"},
    "/api/v1/attempts/x/finish": {"POST"},
    "/api/v1/attempts/x/continue": {"POST"},
    "/api/v1/attempts/x/result": {"GET"},
    "/api/v1/domains": {"GET"},
    "/healthz": {"GET"},
    "/settings": {"GET", "POST"},
    "/resume": {"GET", "POST"},
    "/a/x/q": {"GET", "POST"},
}


@pytest.mark.parametrize("path", METHODS)
def test_a_wrong_method_is_405_and_allow_names_every_right_one(client, path):
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"} - METHODS[path]:
        response = client.request(method, path, json={} if method != "GET" else None)
        assert response.status_code == 405, method
        allowed = {name.strip() for name in response.headers["allow"].split(",")}
        assert allowed - {"HEAD"} == METHODS[path]


def test_a_fault_of_ours_is_500_with_a_reference_and_says_nothing_else(client, problem_of, monkeypatch):
    def broken(*_arguments):
        raise RuntimeError(f"planted {MARK}")

    monkeypatch.setattr(starting, "offered", broken)
    response = client.get("/api/v1/assessments")
    problem = problem_of(response)
    assert (response.status_code, problem["code"]) == (500, "internal")
    assert response.headers["x-request-id"] in problem["detail"]
    assert MARK not in response.text


def test_a_fault_while_an_answer_is_taken_stores_nothing(begin, monkeypatch):
    taker = begin()
    with monkeypatch.context() as patched:
        patched.setattr(delivery, "submit", lambda *_arguments: 1 / 0)
        assert taker.call("POST", "/responses", taker.body()).status_code == 500
    assert taker.call("GET").json()["seq"] == 1
    assert taker.answer().status_code == 200


@contextmanager
def locked(stand, attempt):
    """Another process holds what an answer must write, and ours gives up at once instead of after five seconds."""
    engine = stand.scanner.app.state.db.writer
    impatience = "PRAGMA busy_timeout = 50" if engine.dialect.name == "sqlite" else "set lock_timeout = 50"

    def hurry(connection, *_more):
        connection.execute(impatience)
        connection.commit()

    event.listen(engine, "checkout", hurry)
    with closing(Database(stand.url)) as other, other.writer.connect() as connection, connection.begin():
        connection.execute(select(attempts).where(attempts.c.id == attempt).with_for_update())
        yield
    event.remove(engine, "checkout", hurry)
    engine.dispose()  # with the connections that are in a hurry


def test_a_locked_database_is_503_repeat_and_the_answer_is_not_stored(stand, begin, problem_of):
    taker = begin()
    with locked(stand, taker.id):
        refused = taker.call("POST", "/responses", taker.body())
        assert refused.status_code == 503
        assert problem_of(refused)["code"] == "storage.unavailable"
        assert int(refused.headers["retry-after"]) >= 1
        assert "repeat" in refused.json()["detail"]
        assert taker.call("GET").json()["seq"] == 1, "reading goes on"
    assert taker.answer().status_code == 200


def test_sixteen_different_answers_at_once_store_one(begin):
    taker = begin("machine-learning")
    while len(taker.state["turn"]["item"].get("options", ())) < 3:
        taker.answer()
    item = taker.state["turn"]["item"]
    letters = [option["id"] for option in item["options"]]
    several = [{"options": [letter]} if item["type"] == "multiple" else {"option": letter} for letter in letters]
    heard = []

    def send(answer):
        heard.append(taker.call("POST", "/responses", taker.body(answer)))

    threads = [threading.Thread(target=send, args=(several[n % len(several)],)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = [response for response in heard if response.status_code == 200]
    assert {response.status_code for response in heard} == {200, 409}
    assert len({response.content for response in taken}) == 1
    assert taken[0].json()["seq"] == taker.state["seq"] + 1
