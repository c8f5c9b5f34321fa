"""The routes of the contract, detail by detail. The whole way through them is in tests/journeys."""

import json

import pytest
from conftest import START

from app.auth import tokens

pytestmark = pytest.mark.quick

ATTEMPTS = "/api/v1/attempts"


# --- tokens


def test_without_a_token_an_attempt_is_401_and_says_what_to_send(client, begin, problem_of):
    taker = begin()
    for method, path in (
        ("GET", ""),
        ("GET", "/result"),
        ("GET", "/replay"),
        ("POST", "/finish"),
        ("POST", "/continue"),
    ):
        response = client.request(method, f"{ATTEMPTS}/{taker.id}{path}")
        assert response.status_code == 401, path
        problem = problem_of(response)
        assert problem["code"] == "unauthorized"
        assert "Bearer pla_" in problem["detail"]


@pytest.mark.parametrize(
    "broken",
    [
        lambda token: token[:-1] + ("0" if token[-1] != "0" else "1"),
        lambda token: token[:10] + token[11] + token[10] + token[12:] if token[10] != token[11] else token[1:],
        lambda token: token[:-3],
        lambda token: token + ".",
        lambda token: token.swapcase(),
        lambda token: token.replace("pla_", "plb_"),
        lambda token: "",
        lambda token: "pla_" + "é" * 34,
    ],
    ids=["last", "swapped", "cut", "full stop", "case", "prefix", "empty", "letters"],
)
def test_a_token_that_is_not_complete_is_401_without_a_look_up(client, begin, problem_of, broken):
    taker = begin()
    token = broken(taker.state["token"])
    headers = [(b"authorization", f"Bearer {token}".encode())]
    response = client.get(f"{ATTEMPTS}/{taker.id}", headers=headers)
    problem = problem_of(response)
    assert (response.status_code, problem["code"]) == (401, "token.invalid")
    assert not token or token not in response.text


@pytest.mark.parametrize("scheme", ["Basic", "Token", "bearer", "BEARER"])
def test_the_scheme_is_bearer_in_any_case(client, begin, scheme):
    taker = begin()
    response = client.get(f"{ATTEMPTS}/{taker.id}", headers={"Authorization": f"{scheme} {taker.state['token']}"})
    assert response.status_code == (200 if scheme.lower() == "bearer" else 401)


def test_the_token_of_another_attempt_is_404_as_if_there_were_none(begin, problem_of):
    mine, other = begin(), begin()
    foreign = {"Authorization": f"Bearer {other.state['token']}"}
    never = {"Authorization": f"Bearer {tokens.mint(tokens.ATTEMPT)}"}
    draft = {"seq": 1, "revision": 1, "answer": {}}
    calls = [
        ("GET", "", None),
        ("GET", "/result", None),
        ("GET", "/replay", None),
        ("PUT", "/draft", draft),
        ("POST", "/responses", mine.body()),
        ("POST", "/finish", None),
        ("POST", "/continue", None),
    ]
    for method, path, body in calls:
        answers = {}
        for who, attempt, headers in (
            ("a foreign token", mine.id, foreign),
            ("a token of nothing", mine.id, never),
            ("no such attempt", "x" * 16, foreign),
        ):
            response = mine.client.request(method, f"{ATTEMPTS}/{attempt}{path}", json=body, headers=headers)
            problem = problem_of(response)
            assert response.status_code == 404, (who, path)
            answers[who] = {**problem, "instance": ""}
        assert len({json.dumps(one, sort_keys=True) for one in answers.values()}) == 1, "they must not differ"
    assert mine.call("GET").json()["seq"] == 1


def test_a_browser_that_started_an_attempt_reaches_it_by_its_cookie(client):
    own = {"Origin": "http://testserver"}
    attempt = (
        client.post("/tests/mathematics/start", data={"time": "none"}, headers=own).headers["location"].split("/")[2]
    )
    assert client.get(f"{ATTEMPTS}/{attempt}").status_code == 200
    assert client.post(f"{ATTEMPTS}/{attempt}/finish", json={}, headers=own).json()["status"] == "scored"
    client.cookies.clear()
    assert client.get(f"{ATTEMPTS}/{attempt}").status_code == 401


# --- starting


def test_a_start_without_a_key_starts_anew_each_time(begin):
    assert begin().id != begin().id


def test_the_same_idempotency_key_and_body_give_the_same_bytes(client, problem_of):
    body, key = {"assessment": "mathematics"}, {"Idempotency-Key": tokens.new_id()}
    first = client.post(ATTEMPTS, json=body, headers=key)
    again = client.post(ATTEMPTS, json=body, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert first.headers["location"] == again.headers["location"]
    spelled_out = client.post(ATTEMPTS, json={**body, "mode": "assess"}, headers=key)
    assert spelled_out.content == first.content, "a default written out is the same request"
    other = client.post(ATTEMPTS, json={"assessment": "machine-learning"}, headers=key)
    assert (other.status_code, problem_of(other)["code"]) == (409, "request.idempotency_key")


def test_a_start_that_failed_can_be_repeated_with_its_key(client):
    key = {"Idempotency-Key": tokens.new_id()}
    assert client.post(ATTEMPTS, json={"assessment": "none"}, headers=key).status_code == 404
    assert client.post(ATTEMPTS, json={"assessment": "mathematics"}, headers=key).status_code == 201


def test_an_idempotency_key_has_a_limit(client, problem_of):
    refused = client.post(ATTEMPTS, json={"assessment": "mathematics"}, headers={"Idempotency-Key": "k" * 201})
    assert refused.status_code == 422
    assert "kkkk" not in refused.text


def test_the_token_is_shown_this_once(begin):
    taker = begin()
    for response in (taker.call("GET"), taker.answer(), taker.finish()):
        assert taker.state["token"] not in response.text
        assert "token" not in response.json()


def test_a_candidate_and_a_profile_can_be_named_and_do_not_come_back(begin):
    candidate = {"name": "Ada Lovelace", "email": "ada@example.org"}
    taker = begin("mathematics", candidate=candidate, profile="machine-learning-researcher")
    assert "ada@example.org" not in json.dumps(taker.state)
    assert "Lovelace" not in taker.finish().text


def test_the_deadline_is_the_assessments_own_time(begin, client):
    minutes = {one["id"]: one["minutes"] for one in client.get("/api/v1/assessments").json()["items"]}
    taker = begin()
    assert taker.state["time_remaining_s"] == minutes["mathematics"] * 60
    assert taker.state["created_at"] == "2026-11-23T09:00:00.000000Z"


# --- reading


def test_an_etag_saves_the_body_while_nothing_has_changed(begin, stand):
    taker = begin()
    first = taker.call("GET")
    stand.clock.forward(seconds=30)
    seen = {"If-None-Match": first.headers["etag"]}
    unchanged = taker.call("GET", headers=seen)
    assert unchanged.status_code == 304
    assert unchanged.content == b""
    assert unchanged.headers["etag"] == first.headers["etag"]
    taker.answer()
    changed = taker.call("GET", headers=seen)
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]


def test_a_draft_changes_the_etag(begin):
    taker = begin()
    before = taker.call("GET").headers["etag"]
    taker.call("PUT", "/draft", {"seq": 1, "revision": 1, "answer": {"value": "3"}})
    assert taker.call("GET").headers["etag"] != before


def test_the_turn_is_the_same_bytes_from_start_answer_and_reading(begin):
    taker = begin()

    def turn(response):
        return response.content[response.content.index(b'"turn":') :]

    for _ in range(3):
        heard = taker.answer()
        assert turn(taker.call("GET")) == turn(taker.call("GET")) == turn(heard)


# --- answering


def test_the_same_answer_again_gives_the_same_bytes_and_another_409(begin, problem_of):
    taker = begin()
    sent = taker.body()
    first = taker.call("POST", "/responses", sent)
    assert taker.call("POST", "/responses", sent).content == first.content
    assert taker.call("POST", "/responses", {**sent, "confidence": 0.3}).content == first.content, "the first stands"
    item = taker.state["turn"]["item"]
    if item["type"] == "numeric":
        other = {"value": "12", **({"unit": item["units"][0]} if item["units"] else {})}
    elif item["type"] == "single":
        other = {"option": item["options"][0]["id"]}
    else:
        other = {"options": [item["options"][0]["id"]]}
    conflict = taker.call("POST", "/responses", {**sent, "answer": other})
    assert (conflict.status_code, problem_of(conflict)["code"]) == (409, "answer.conflict")
    assert taker.call("POST", "/responses", sent).content == first.content


def test_a_stale_answer_is_409_with_the_active_turn(begin, problem_of):
    taker = begin()
    sent = taker.body()
    taker.answer()
    for stale in ({**sent, "seq": 7}, {**sent, "seq": 2}, {**sent, "item_id": "math.calculus.guessed"}):
        refused = taker.call("POST", "/responses", stale)
        problem = problem_of(refused)
        assert (refused.status_code, problem["code"]) == (409, "answer.stale")
        assert problem["turn"] == taker.state["turn"]


def test_right_and_wrong_answers_are_acknowledged_in_the_same_form(begin):
    shapes = set()
    for number in range(6):
        taker = begin("machine-learning")
        item = taker.state["turn"]["item"]
        options = item.get("options") or []
        if item["type"] == "numeric":
            answer = {"value": str(number), **({"unit": item["units"][0]} if item["units"] else {})}
        else:
            letter = options[number % len(options)]["id"]
            answer = {"option": letter} if item["type"] == "single" else {"options": [letter]}
        heard = taker.answer(answer).json()
        shapes.add((tuple(heard), tuple(heard["progress"]), tuple(heard["estimate"])))
    assert len(shapes) == 1


def test_nothing_of_a_result_is_told_before_the_end(begin, problem_of):
    taker = begin()
    taker.answer()
    for path in ("/result", "/replay"):
        early = taker.call("GET", path)
        assert (early.status_code, problem_of(early)["code"]) == (409, "attempt.open")
    taker.finish()
    for path in ("/result", "/replay"):
        assert taker.call("GET", path).status_code == 200


def test_finishing_twice_changes_nothing(begin, stand):
    taker = begin()
    taker.answer()
    first = taker.finish()
    stand.clock.forward(hours=1)
    assert taker.finish().content == first.content
    result = taker.call("GET", "/result").content
    stand.clock.forward(hours=1)
    assert taker.call("GET", "/result").content == result


def test_an_attempt_finished_before_its_first_answer_has_an_honest_empty_result(begin):
    taker = begin()
    taker.finish()
    result = taker.call("GET", "/result").json()
    assert result["domains"] == []
    assert result["responses"] == []
    assert "mathematics" in result["not_assessed"]
    assert result["meets_profile"] is None


def test_only_a_finished_quick_test_can_be_continued(begin, problem_of):
    quick, whole = begin("machine-learning-researcher-quick"), begin("mathematics")
    quick.answer()
    whole.finish()
    for taker in (quick, whole):
        refused = taker.call("POST", "/continue")
        assert (refused.status_code, problem_of(refused)["code"]) == (409, "attempt.cannot_continue")


# --- drafts


def drafts(taker):
    return taker.call("GET").json()["turn"]["draft"]


def test_the_highest_revision_of_a_draft_wins(begin):
    taker = begin()
    for revision, value in ((1, "1"), (3, "3"), (2, "2"), (3, "other")):
        kept = taker.call("PUT", "/draft", {"seq": 1, "revision": revision, "answer": {"value": value}})
        assert kept.status_code == 204
        assert kept.content == b""
    assert drafts(taker) == {"revision": 3, "answer": {"value": "3"}}


def test_a_draft_goes_with_its_question(begin):
    taker = begin()
    taker.call("PUT", "/draft", {"seq": 1, "revision": 9, "answer": {"value": "1"}})
    taker.answer()
    assert drafts(taker) is None
    assert taker.call("PUT", "/draft", {"seq": 2, "revision": 1, "answer": {}}).status_code == 204
    assert drafts(taker) == {"revision": 1, "answer": {}}


def test_a_draft_for_another_question_is_stale(begin, problem_of):
    taker = begin()
    refused = taker.call("PUT", "/draft", {"seq": 2, "revision": 1, "answer": {}})
    assert (refused.status_code, problem_of(refused)["code"]) == (409, "answer.stale")


@pytest.mark.parametrize("revision", [-1, 2**31, "1", 1.0, True, None])
def test_a_revision_is_a_whole_number(begin, revision):
    taker = begin()
    assert taker.call("PUT", "/draft", {"seq": 1, "revision": revision, "answer": {}}).status_code == 422
    assert drafts(taker) is None


def test_a_draft_may_be_half_an_answer_but_not_endless(begin, problem_of):
    taker = begin()
    half = {"value": "3.", "x": [1, {"y": None}], "z": "\u0000<script>"}
    assert taker.call("PUT", "/draft", {"seq": 1, "revision": 1, "answer": half}).status_code == 204
    assert drafts(taker)["answer"] == half
    refused = taker.call("PUT", "/draft", {"seq": 1, "revision": 2, "answer": {"value": "x" * 70_000}})
    assert (refused.status_code, problem_of(refused)["code"]) == (422, "answer.too_long")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_draft_that_could_not_be_read_back_as_json_is_refused(begin, client, number):
    taker = begin()
    token = {"Authorization": f"Bearer {taker.state['token']}", "Content-Type": "application/json"}
    text = f'{{"seq": 1, "revision": 1, "answer": {{"value": {number}}}}}'
    assert client.put(f"{ATTEMPTS}/{taker.id}/draft", content=text, headers=token).status_code == 400
    assert drafts(taker) is None


def test_a_draft_with_half_a_surrogate_pair_is_refused_because_no_page_could_show_it(client, problem_of):
    own = {"Origin": "http://testserver"}
    attempt = (
        client.post("/tests/mathematics/start", data={"time": "none"}, headers=own).headers["location"].split("/")[2]
    )
    for answer in ('{"value": "\\ud800"}', '{"\\ud800": 1}', '{"options": [["\\udfff"]]}'):
        text = f'{{"seq": 1, "revision": 1, "answer": {answer}}}'
        headers = {**own, "Content-Type": "application/json"}
        refused = client.put(f"{ATTEMPTS}/{attempt}/draft", content=text, headers=headers)
        assert (refused.status_code, problem_of(refused)["code"]) == (422, "text.unicode")
    assert client.get(f"/a/{attempt}/q").status_code == 200


# --- time


def test_after_the_deadline_everything_is_410_or_over(begin, stand, problem_of):
    taker = begin()
    sent = taker.body()
    taker.answer()
    stand.clock.forward(seconds=taker.state["time_remaining_s"] + 5)
    assert taker.call("POST", "/responses", taker.body()).status_code == 200, "inside the grace"
    taker.state = {**taker.call("GET").json(), "token": taker.state["token"]}
    stand.clock.forward(seconds=0.1)
    for method, path, body in (
        ("POST", "/responses", taker.body()),
        ("PUT", "/draft", {"seq": 3, "revision": 1, "answer": {}}),
    ):
        late = taker.call(method, path, body)
        assert late.status_code in (410, 409), path
    late = taker.call("POST", "/responses", taker.body())
    assert (late.status_code, problem_of(late)["code"]) == (410, "attempt.expired")
    assert "2 answers are kept" in late.json()["detail"]
    over = taker.call("GET").json()
    assert (over["status"], over["turn"], over["time_remaining_s"]) == ("scored", None, None)
    assert taker.call("POST", "/responses", sent).status_code == 200, "a repeat of what was acknowledged is still heard"
    assert taker.call("GET", "/result").status_code == 200


def test_an_expired_attempt_is_closed_by_whoever_looks_first(begin, stand):
    for path in ("", "/result"):
        stand.clock.now = START
        taker = begin()
        taker.answer()
        stand.clock.forward(days=1)
        seen = taker.call("GET", path)
        assert seen.status_code == 200
        assert seen.json()["status"] in ("scored", "provisional")


def test_a_draft_is_scored_when_the_time_runs_out(begin, stand):
    taker = begin()
    taker.call("PUT", "/draft", {"seq": 1, "revision": 1, "answer": {"skip": True}})
    stand.clock.forward(days=1)
    assert [row["score"] for row in taker.call("GET", "/result").json()["responses"]] == [0.0]


# --- catalogue


def test_the_catalogue_is_as_the_contract_says(client):
    domains = client.get("/api/v1/domains").json()
    assessments = client.get("/api/v1/assessments").json()
    profiles = client.get("/api/v1/profiles").json()
    for listed in (domains, assessments, profiles):
        assert set(listed) == {"items", "next_cursor"}
    ids = [one["id"] for one in assessments["items"]]
    assert {"machine-learning-researcher", "machine-learning-researcher-quick"} <= set(ids)
    assert {domain["id"] for domain in domains["items"]} <= set(ids)
    for domain in domains["items"]:
        assert set(domain) == {"id", "title", "skills", "live_items", "adaptive"}
        assert all(set(skill) == {"id", "title"} for skill in domain["skills"])
    for one in assessments["items"]:
        fields = "id title description domains minutes mode profile precision visibility"
        assert set(one) == set(fields.split())
    quick = assessments["items"][ids.index("machine-learning-researcher-quick")]
    assert (quick["minutes"], quick["precision"], quick["mode"]) == (20, "quick", "adaptive")
    for profile in profiles["items"]:
        assert client.get(f"/api/v1/profiles/{profile['id']}").json() == profile
        assert {"id", "version", "title", "source", "basis", "domains", "skills", "not_measured_by_tests"} <= set(
            profile
        )
        for target in profile["domains"].values():
            assert {"level", "weight", "critical", "target_score"} <= set(target)
    assert {"tasks", "tools", "teams"} <= set(client.get("/api/v1/roles").json())


def test_every_offered_assessment_can_be_started(client, begin):
    for one in client.get("/api/v1/assessments").json()["items"]:
        assert begin(one["id"]).finish().json()["status"] == "scored"


# --- operations


def test_health_readiness_and_metrics(client, begin):
    assert client.get("/healthz").json() == {"status": "alive"}
    ready = client.get("/readyz").json()
    assert ready["status"] == "ready"
    assert ready["runner"] in ("ready", "warming", "off")
    taker = begin()
    before = _answers(client)
    taker.answer()
    assert _answers(client) == before + 1
    metrics = client.get("/metrics")
    assert metrics.headers["content-type"].startswith("text/plain")
    assert 'route="/api/v1/attempts/{attempt_id}/responses"' in metrics.text
    assert taker.id not in metrics.text, "routes, not addresses: ids would be endless"
    assert taker.state["token"] not in metrics.text


def _answers(client):
    (line,) = [line for line in client.get("/metrics").text.splitlines() if line.startswith("plumbline_answers_total ")]
    return float(line.split()[1])


def test_a_service_without_a_bank_is_alive_and_not_ready(client, monkeypatch, problem_of):
    from app.http import operations  # noqa: PLC0415  (for this one patch)

    monkeypatch.setattr(operations, "_published_banks", lambda _connection: 0)
    waiting = client.get("/readyz")
    assert (waiting.status_code, problem_of(waiting)["code"]) == (503, "not_ready")
    assert waiting.headers["retry-after"] == "2"
    assert client.get("/healthz").status_code == 200


# --- the document


@pytest.fixture(scope="module")
def document(shared_stand):
    return shared_stand.client.get("/openapi.json").json()


def operations_of(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_every_body_has_an_example_that_is_accepted_in_form(document):
    found = 0
    for name, operation in operations_of(document):
        if "requestBody" not in operation:
            continue
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        body = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        assert body.get("examples"), name
        for example in body["examples"]:
            assert set(example) <= set(body["properties"]), name
            assert set(body.get("required", ())) <= set(example), name
        found += 1
    assert found >= 3


def test_every_api_route_says_what_it_does_and_which_problems_it_answers(document):
    for name, operation in operations_of(document):
        if "/api/v1/" not in name:
            continue
        assert operation.get("description") or operation.get("summary"), name
        problems = [
            code
            for response in operation["responses"].values()
            for code in response.get("content", {}).get("application/problem+json", {}).get("examples", {})
        ]
        assert "request.unknown_parameter" in problems, name
        if "{attempt_id}" in name:
            assert {"token.invalid", "not_found"} <= set(problems), name
        if "requestBody" in operation:
            assert {"request.json", "request.unknown_field", "request.too_large", "csrf"} <= set(problems), name


def test_the_422_of_the_document_is_ours_and_not_the_frameworks(document):
    text = json.dumps(document)
    assert "HTTPValidationError" not in text


def test_the_examples_of_the_document_work(client, begin, document):
    schemas = document["components"]["schemas"]
    started = client.post(ATTEMPTS, json=schemas["StartBody"]["examples"][0])
    assert started.status_code == 201
    taker = begin()
    draft = schemas["DraftBody"]["examples"][0]
    assert taker.call("PUT", "/draft", {**draft, "seq": 1}).status_code == 204
    example = schemas["ResponseBody"]["examples"][0]
    assert taker.call("POST", "/responses", example).status_code == 409, "well formed, of another question"
