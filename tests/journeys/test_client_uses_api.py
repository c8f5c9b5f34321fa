"""A client that knows only the API's reference takes three tests to their results while the server is killed under it.

No import of `app`: what is not in the contract cannot be used here.
"""

import json
import random
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass, field

import pytest
from faults.server import UNLIMITED, Server, Unreachable, call, plumbline, reply, request

NUMBER = (int, float)


def a_list_of(shape):
    return [shape]


def or_null(shape):
    return (None, shape)


def one_of(*words):
    return frozenset(words)


INTERVAL = "interval"  # [lo, hi] with lo <= hi
SHARE = "share"  # 0..1
LEVELS = one_of("beginning", "developing", "accomplished")
OPTIONS = [{"id": str, "html": str}]
VIEWS = {
    "single": {"options": OPTIONS},
    "multiple": {"options": OPTIONS},
    "numeric": {"units": a_list_of(str), "hint": or_null(str)},
}
ITEM = {"id": str, "version": int, "type": one_of(*VIEWS), "domain": str, "skill": str, "stem_html": str, "time_s": int}
STATE = {
    "id": str,
    "assessment": str,
    "mode": one_of("assess", "practice"),
    "status": one_of("created", "active", "completed", "expired", "scored", "rescored"),
    "created_at": str,
    "expires_at": or_null(str),
    "time_remaining_s": or_null(NUMBER),
    "seq": int,
    "section": {"domain": str, "index": int, "of": int},
    "progress": {"answered": int, "likely_total": INTERVAL, "precision": SHARE},
    "estimate": or_null({"score": NUMBER, "interval_90": INTERVAL}),
    "turn": or_null({"seq": int, "item": ITEM, "draft": or_null({"revision": int, "answer": dict})}),
}
FINDING = {"domain": str, "skill": or_null(str), "weight": NUMBER, "expected_gap": NUMBER, "text": str}
RESULT = {
    "attempt": str,
    "assessment": str,
    "profile": or_null(str),
    "profile_version": or_null(int),
    "status": one_of("provisional", "calibrated"),
    "parameter_version": str,
    "bank_visibility": str,
    "proctored": bool,
    "human_responses": int,
    "scored_at": str,
    "score_version": int,
    "domains": a_list_of(
        {
            "domain": str,
            "theta": NUMBER,
            "se": NUMBER,
            "score": NUMBER,
            "interval_90": INTERVAL,
            "level": LEVELS,
            "level_probabilities": {"beginning": SHARE, "developing": SHARE, "accomplished": SHARE},
            "items": int,
            "target": or_null(
                {
                    "level": LEVELS,
                    "score": NUMBER,
                    "p_meets": SHARE,
                    "expected_gap": NUMBER,
                    "gap_interval_90": INTERVAL,
                    "verdict": one_of("meets", "below", "too close"),
                }
            ),
            "skills": a_list_of(
                {
                    "skill": str,
                    "signal": or_null(one_of("stronger", "as expected", "weaker")),
                    "items": int,
                    "p_meets": or_null(SHARE),
                }
            ),
        }
    ),
    "coverage": {"index": or_null(SHARE), "interval_90": or_null(INTERVAL), "assessed": SHARE},
    "meets_profile": or_null(bool),
    "not_assessed": a_list_of(str),
    "strengths": a_list_of(FINDING),
    "gaps": a_list_of(FINDING),
    "next_steps": a_list_of(
        {
            "kind": one_of("practice", "assess", "sharpen"),
            "domain": str,
            "skill": or_null(str),
            "minutes": int,
            "text": str,
            "url": str,
        }
    ),
    "other_roles": a_list_of(
        {"profile": str, "index": or_null(SHARE), "interval_90": or_null(INTERVAL), "assessed": SHARE}
    ),
    "responses": a_list_of({"seq": int, "item_id": str, "version": int, "score": or_null(SHARE), "review_html": str}),
}
REPLAY = {
    "seed": str,
    "versions": dict,
    "steps": a_list_of(
        {
            "seq": int,
            "item_id": str,
            "version": int,
            "answer": dict,
            "score": SHARE,
            "theta": NUMBER,
            "se": NUMBER,
            "at": str,
        }
    ),
}


def misfits(value, shape, place="$"):
    """Where a value lacks something that the contract promises; more than it promises is fine."""
    if shape == INTERVAL:
        fits = isinstance(value, list) and len(value) == 2 and _is_number(value[0]) and value[0] <= value[1]
    elif shape == SHARE:
        fits = _is_number(value) and 0 <= value <= 1
    elif isinstance(shape, frozenset):
        fits = value in shape
    elif isinstance(shape, tuple) and shape[0] is None:
        return [] if value is None else misfits(value, shape[1], place)
    elif isinstance(shape, dict):
        if not isinstance(value, dict):
            return [f"{place}: {value!r} is no object"]
        missing = [f"{place}.{name}: missing" for name in shape if name not in value]
        return missing + [
            m for name in shape if name in value for m in misfits(value[name], shape[name], f"{place}.{name}")
        ]
    elif isinstance(shape, list):
        if not isinstance(value, list):
            return [f"{place}: {value!r} is no list"]
        return [m for index, one in enumerate(value) for m in misfits(one, shape[0], f"{place}[{index}]")]
    else:
        fits = _is_number(value) if shape in (NUMBER, int) else isinstance(value, shape)
        fits = fits and not (shape is int and not isinstance(value, int))
    return [] if fits else [f"{place}: {value!r} does not fit"]


def _is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


@dataclass
class Client:
    """A script against the API. `kills` counts the deaths of the server that it lived through."""

    server: Server
    rng: random.Random
    kills: int = 0
    acknowledged: dict = field(default_factory=dict)  # (attempt, seq) -> (sent, body)

    def call(self, method, path, body=None, token=None, **headers):
        return call(self.server.port, method, f"/api/v1{path}", body, token=token, **headers)

    def start(self, assessment):
        created = self.call("POST", "/attempts", {"assessment": assessment}, Idempotency_Key=f"start-{assessment}")
        assert created.status == 201
        assert created.headers["location"] == f"/api/v1/attempts/{created.json['id']}"
        assert created.json["token"].startswith("pla_")
        assert misfits(created.json, STATE) == []
        assert created.json["status"] == "active", "it starts at once"
        repeated = self.call("POST", "/attempts", {"assessment": assessment}, Idempotency_Key=f"start-{assessment}")
        assert repeated.body == created.body
        return created.json

    def take(self, started, kill_at):
        """Answer to the end; the server dies before the answers numbered in `kill_at`, in turn idle and in flight."""
        attempt, token, state = started["id"], started["token"], started
        while state["turn"] is not None:
            seq = state["seq"]
            if seq in kill_at:
                (self.die_idle if self.kills % 2 else self.die_in_flight)(attempt, token, state)
            state = self.answer(attempt, token, state)
            assert state["seq"] == seq + 1
        assert state["status"] == "scored"
        return state

    def answer(self, attempt, token, state):
        turn = state["turn"]
        assert turn["seq"] == state["seq"]
        assert misfits(turn["item"], VIEWS[turn["item"]["type"]]) == []
        sent = self.acknowledged.get((attempt, turn["seq"]), ({},))[0] or {
            "seq": turn["seq"],
            "item_id": turn["item"]["id"],
            "answer": self.choose(turn["item"]),
            "confidence": self.rng.choice([None, 0.5, 1]),
        }
        heard = self.call("POST", f"/attempts/{attempt}/responses", sent, token)
        assert heard.status == 200, heard.body
        assert misfits(heard.json, STATE) == []
        self.acknowledged[attempt, turn["seq"]] = (sent, heard.body)
        if self.rng.random() < 0.2:
            assert self.call("POST", f"/attempts/{attempt}/responses", sent, token).body == heard.body
        return heard.json

    def choose(self, item):
        if self.rng.random() < 0.1:
            return {"skip": True}
        if item["type"] == "numeric":
            return {"value": str(self.rng.randint(0, 50)), **({"unit": item["units"][0]} if item["units"] else {})}
        ids = [option["id"] for option in item["options"]]
        return {"option": self.rng.choice(ids)} if item["type"] == "single" else {"options": sorted(ids[:2])}

    def die_idle(self, attempt, token, state):
        """Killed between two requests: the same turn, to the byte, is there afterwards."""
        before = self.call("GET", f"/attempts/{attempt}", None, token)
        self.restart()
        after = self.call("GET", f"/attempts/{attempt}", None, token)
        assert _turn_bytes(after.body) == _turn_bytes(before.body)
        assert after.headers["etag"] == before.headers["etag"]
        assert after.json["turn"] == state["turn"]

    def die_in_flight(self, attempt, token, state):
        """Killed while an answer is on its way: it is stored once or not at all, and sending it again settles it."""
        turn = state["turn"]
        sent = {
            "seq": turn["seq"],
            "item_id": turn["item"]["id"],
            "answer": self.choose(turn["item"]),
            "confidence": None,
        }
        under_way = request(self.server.port, "POST", f"/api/v1/attempts/{attempt}/responses", sent, token=token)
        self.restart()
        with suppress(Unreachable):  # most often the answer died with the server
            assert reply(under_way).status == 200
        now = self.call("GET", f"/attempts/{attempt}", None, token).json
        assert now["seq"] in (turn["seq"], turn["seq"] + 1)
        if now["seq"] == turn["seq"]:
            assert now["turn"] == turn
        self.acknowledged[attempt, turn["seq"]] = (sent, None)

    def restart(self):
        self.server.kill()
        self.server.start()
        self.kills += 1


def _turn_bytes(body):
    return body[body.index(b'"turn":') :]


@pytest.fixture
def client(data_folder):
    with Server(data_folder, more=UNLIMITED) as server:  # it answers faster than people do
        yield Client(server, random.Random(7))


def test_three_tests_come_to_their_results_although_the_server_is_killed_again_and_again(client, data_folder, tmp_path):
    offered = {one["id"]: one for one in client.call("GET", "/assessments").json["items"]}
    results = {}
    for assessment, kill_at in (
        ("mathematics", {2, 5, 9}),
        ("machine-learning-researcher-quick", {1, 6}),
        ("machine-learning-researcher", {3, 14, 30}),
    ):
        started = client.start(assessment)
        open_result = client.call("GET", f"/attempts/{started['id']}/result", None, started["token"])
        assert (open_result.status, open_result.json["code"]) == (409, "attempt.open")
        state = client.take(started, kill_at)
        assert misfits(state, STATE) == []
        result = client.call("GET", f"/attempts/{started['id']}/result", None, started["token"])
        assert result.status == 200, result.body
        assert misfits(result.json, RESULT) == []
        assert [row["domain"] for row in result.json["domains"]] == offered[assessment]["domains"]
        assert sum(row["items"] for row in result.json["domains"]) == len(result.json["responses"]) == state["seq"] - 1
        results[assessment] = (started, result.json)
    assert client.kills == 8

    _every_acknowledged_answer_is_in_the_log_once(client, data_folder)
    for (attempt, seq), (sent, body) in client.acknowledged.items():
        token = next(started["token"] for started, _ in results.values() if started["id"] == attempt)
        repeated = client.call("POST", f"/attempts/{attempt}/responses", sent, token)
        assert repeated.status == 200
        assert repeated.body == body, f"{attempt} {seq}"

    started, quick = results["machine-learning-researcher-quick"]
    sharpened = _continue_into_the_whole_profile(client, started, quick)
    for attempt, token in (*((s["id"], s["token"]) for s, _ in results.values()), sharpened):
        _replay_holds(client, attempt, token, tmp_path, data_folder)
    assert plumbline(data_folder, "db", "verify").returncode == 0


def _every_acknowledged_answer_is_in_the_log_once(client, data_folder):
    with closing(sqlite3.connect(data_folder / "plumbline.sqlite3")) as log:
        rows = log.execute("select attempt_id, seq, item_id, answer, body from responses").fetchall()
    stored = {
        (attempt, seq): (item_id, json.loads(answer), body.encode()) for attempt, seq, item_id, answer, body in rows
    }
    assert len(stored) == len(rows) == len(client.acknowledged)
    for key, (sent, body) in client.acknowledged.items():
        assert stored[key] == (sent["item_id"], sent["answer"], body)


def _continue_into_the_whole_profile(client, started, quick):
    """Sharpen the quick test: no answer is lost, and the test goes on to a narrower result."""
    created = client.call("POST", f"/attempts/{started['id']}/continue", None, started["token"])
    assert created.status == 201
    attempt, token = created.json["id"], created.json["token"]
    assert created.json["assessment"] == "machine-learning-researcher"
    assert created.json["seq"] == len(quick["responses"]) + 1
    client.take(created.json, {created.json["seq"] + 2})
    result = client.call("GET", f"/attempts/{attempt}/result", None, token).json
    assert misfits(result, RESULT) == []
    kept = [(row["seq"], row["item_id"], row["score"]) for row in quick["responses"]]
    assert [(row["seq"], row["item_id"], row["score"]) for row in result["responses"]][: len(kept)] == kept
    assert len(result["responses"]) > len(kept)
    wide, narrow = ({row["domain"]: row["se"] for row in one["domains"]} for one in (quick, result))
    assert all(narrow[domain] < wide[domain] for domain in wide)
    return attempt, token


def _replay_holds(client, attempt, token, folder, data_folder):
    """The replay document alone, on a machine without this database, gives the same attempt."""
    document = client.call("GET", f"/attempts/{attempt}/replay", None, token)
    assert misfits(document.json, REPLAY) == []
    file = folder / f"{attempt}.json"
    file.write_bytes(document.body)
    replayed = plumbline(folder / "nothing-here", "db", "verify", "--replay", str(file))
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr
    assert not (folder / "nothing-here").exists(), "a replay needs no data folder"


def test_sigterm_lets_the_server_go_with_exit_code_0(client):
    assert client.server.stop() == 0


def test_the_shape_check_itself_finds_what_is_missing_or_wrong():
    assert misfits({"a": 1}, {"a": int}) == []
    assert misfits({"a": 1, "more": 2}, {"a": int}) == []
    assert misfits({}, {"a": int}) == ["$.a: missing"]
    assert misfits({"a": True}, {"a": int}) == ["$.a: True does not fit"]
    assert misfits({"a": 1.5}, {"a": SHARE}) == ["$.a: 1.5 does not fit"]
    assert misfits([{"a": [2, 1]}], [{"a": INTERVAL}]) == ["$[0].a: [2, 1] does not fit"]
    assert misfits({"a": None}, {"a": or_null(str)}) == []
    assert misfits({"a": "other"}, {"a": LEVELS}) == ["$.a: 'other' does not fit"]
