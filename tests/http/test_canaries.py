"""No key, rationale or feedback leaves before the attempt is over (I12), proved by a bank whose every secret sings."""

import itertools
import re

import pytest

from app.items.numeric.item import Numeric
from app.items.options import presented
from app.items.single.item import SingleChoice

CANARY = "kanarie"  # in every secret text, slug, tag and name of the bank below; nowhere else in the product
KEY, MISS = 918273, 645546  # numeric keys and near misses begin with these digits
BANK = """\
schema: plumbline.bank/1
id: canaries
title: Caged birds
version: "1"
description: A bank whose secrets can be told from everything else.
visibility: open
license: CC-BY-4.0
minutes: 20
test_lengths:
  standard: {min: 10, max: 30, stop_se: 0.35}
  verified: {min: 10, max: 40, stop_se: 0.3}
cut_scores: {developing: 100, accomplished: 200}
levels:
  - {id: beginning, title: Beginning, description: Adds.}
  - {id: developing, title: Developing, description: Multiplies.}
  - {id: accomplished, title: Accomplished, description: Proves.}
blueprint:
  skills:
    - {id: canaries.all, title: All, weight: 1, description: All of it., slots: {apply: {B1: 2}}}
"""
COMMON = """\
schema: plumbline.item/1
id: canaries.all.item-{n}
version: 1
status: live
domain: canaries
skill: canaries.all
cognitive: apply
difficulty: {{developing: 0.{low}, accomplished: 0.8, judges: 1}}
time_seconds: 60
rationale: |
  Because **kanarie-rationale-{n}** says so.
references:
  - {{title: "kanarie-title-{n}", authors: "kanarie-author-{n}", url: "https://kanarie.example/{n}"}}
verify: {{script: verify/kanarie_{n}.py, method: kanarie-method}}
tags: [kanarie-tag-{n}]
authorship: {{author: kanarie-writer, created: "2026-11-23", license: CC-BY-4.0, ai_assisted: true, reviews: []}}
"""
OPTION = '  - {{id: {id}, text: "Bird {id} of {n}", misconception: kanarie-error-{n}, why: "kanarie-why-{n}-{id}"}}\n'
KEY_OPTION = '  - {{id: {id}, text: "Bird {id} of {n}", correct: true, why: "kanarie-why-{n}-{id}"}}\n'
NUMERIC = """\
type: numeric
stem: |
  How many birds are in cage {n}?
answer: {{value: {key}, tolerance: {{abs: 0.5}}}}
near_misses:
  - {{value: {miss}, misconception: kanarie-error-{n}, why: "kanarie-why-{n}"}}
  - {{value: {miss} + 100, misconception: kanarie-error-{n}, why: "kanarie-why-{n}"}}
"""


def _item(n):
    text = COMMON.format(n=n, low=30 + n)
    if n % 3 == 0:
        return text + NUMERIC.format(n=n, key=KEY * 100 + n, miss=MISS * 1000 + n)
    kind = "single" if n % 3 == 1 else "multiple"
    keys = "b" if kind == "single" else "ac"
    scoring = "scoring: all-or-nothing\n" if kind == "multiple" else ""
    options = "".join((KEY_OPTION if letter in keys else OPTION).format(id=letter, n=n) for letter in "abcd")
    return f"{text}type: {kind}\n{scoring}stem: |\n  Which birds sing in cage {n}?\noptions:\n{options}"


@pytest.fixture(scope="module")
def aviary(make_stand, tmp_path_factory):
    """An application with the bank of canaries beside the shipped ones; its scanner knows their song."""
    folder = tmp_path_factory.mktemp("banks") / "canaries"
    (folder / "items" / "canaries.all").mkdir(parents=True)
    (folder / "bank.yaml").write_text(BANK, encoding="utf-8")
    (folder / "verify").mkdir()
    for n in range(1, 19):
        (folder / "verify" / f"kanarie_{n}.py").touch()
        (folder / "items" / "canaries.all" / f"item-{n}.yaml").write_text(_item(n), encoding="utf-8")
    return make_stand([CANARY, str(KEY), str(MISS)], banks=str(folder))


@pytest.fixture
def birds(aviary):
    """The same, quiet before the test; what the test lets out is the test's to assert."""
    aviary.client.cookies.clear()
    aviary.scanner.found.clear()
    yield aviary
    aviary.scanner.found.clear()


def _wrong(item, n):
    """Answers of every kind, right ones among them, without knowing the key."""
    if n % 4 == 3:
        return {"skip": True}
    if item["type"] == "numeric":
        return {"value": str(n)}
    letters = [option["id"] for option in item["options"]]
    return {"option": letters[n % 4]} if item["type"] == "single" else {"options": sorted(letters[: 1 + n % 3])}


def _addresses(client, attempt):
    """Every GET address of the application, with this attempt's id where one is asked for."""
    names = {
        "{attempt_id}": [attempt],
        "{seq}": ["1", "2", "999"],
        "{assessment_id}": ["canaries", "none"],
        "{profile_id}": ["machine-learning-researcher", "none"],
        "{name}": ["help", "privacy", "accessibility", "nothing"],
        "{path:path}": ["x/css/app.css", "x/nothing"],
    }
    for route in _routes(client.app.app):
        if "GET" not in (getattr(route, "methods", None) or ()):
            continue
        path = getattr(route, "path", "")
        kinds = re.findall(r"\{[^}]+\}", path)
        unknown = [kind for kind in kinds if kind not in names]
        assert not unknown, f"{path}: say in this test what to put in for {unknown}"
        for values in itertools.product(*(names[kind] for kind in kinds)):
            filled = path
            for kind, value in zip(kinds, values, strict=True):
                filled = filled.replace(kind, value)
            yield filled


def _routes(app):
    found = []
    for route in app.routes:
        included = getattr(route, "original_router", None)  # FastAPI keeps an included router as one
        found += [route] if included is None else included.routes
    assert len(found) > 20
    return found


def _start(client):
    """An attempt that the client owns both by token and by cookie, so that pages show it too."""
    page = client.post("/tests/canaries/start", data={"time": "none"}, headers={"Origin": "http://testserver"})
    assert page.status_code == 303
    return page.headers["location"].split("/")[2]


def test_no_secret_leaves_by_any_address_before_the_attempt_is_over(birds):
    client, own = birds.client, {"Origin": "http://testserver"}
    attempt = _start(client)
    state = client.get(f"/api/v1/attempts/{attempt}").json()
    answered = 0
    while state["turn"] is not None:
        turn = state["turn"]
        if answered in (0, 5):
            for address in _addresses(client, attempt):
                assert client.get(address).status_code < 500, address
        for bad in (
            {},
            {"option": "zz"},
            {"options": ["zz"]},
            {"value": "zz"},
            {"value": 1},
            {"skip": "yes"},
            {"parts": {}},
        ):
            sent = {"seq": turn["seq"], "item_id": turn["item"]["id"], "answer": bad}
            assert client.post(f"/api/v1/attempts/{attempt}/responses", json=sent, headers=own).status_code == 422
        draft = {"seq": turn["seq"], "revision": 1, "answer": _wrong(turn["item"], answered)}
        assert client.put(f"/api/v1/attempts/{attempt}/draft", json=draft, headers=own).status_code == 204
        for path in ("result", "replay"):
            assert client.get(f"/api/v1/attempts/{attempt}/{path}").status_code == 409
        sent = {"seq": turn["seq"], "item_id": turn["item"]["id"], "answer": _wrong(turn["item"], answered)}
        response = client.post(f"/api/v1/attempts/{attempt}/responses", json=sent, headers=own)
        assert response.status_code == 200
        other = {
            **sent,
            "answer": {"skip": True} if "skip" not in sent["answer"] else _wrong(turn["item"], answered + 1),
        }
        assert client.post(f"/api/v1/attempts/{attempt}/responses", json=other, headers=own).status_code in (409, 422)
        assert client.post(f"/api/v1/attempts/{attempt}/responses", json=sent, headers=own).content == response.content
        state, answered = response.json(), answered + 1
    assert birds.scanner.found == []
    assert answered >= 10
    assert birds.scanner.responses > 100


def test_the_result_of_a_finished_attempt_does_show_them(birds):
    client = birds.client
    attempt = _start(client)
    state = client.get(f"/api/v1/attempts/{attempt}").json()
    sent = {"seq": 1, "item_id": state["turn"]["item"]["id"], "answer": {"skip": True}}
    own = {"Origin": "http://testserver"}
    client.post(f"/api/v1/attempts/{attempt}/responses", json=sent, headers=own)
    client.post(f"/api/v1/attempts/{attempt}/finish", json={}, headers=own)
    result = client.get(f"/api/v1/attempts/{attempt}/result")
    assert "kanarie-rationale" in result.text
    assert birds.scanner.found == []
    # nobody else's eyes: without the cookie the same address gives nothing
    client.cookies.clear()
    assert client.get(f"/api/v1/attempts/{attempt}/result").status_code == 401


@pytest.mark.parametrize("leak", ["rationale", "why", "key", "header"])
def test_the_scan_finds_a_planted_leak(birds, monkeypatch, leak):
    def present(self, variant):
        shown = {"options": presented(variant)}
        if leak == "rationale":
            shown["note"] = variant.block(variant.item.rationale)
        if leak == "why":
            for option in shown["options"]:
                option["why"] = variant.item.option(option["id"]).why
        return shown

    def numeric(self, variant):
        return {"units": [], "hint": f"about {variant.item.answer.value}" if leak == "key" else None}

    monkeypatch.setattr(SingleChoice, "present", present)
    monkeypatch.setattr(Numeric, "present", numeric)
    if leak == "header":
        birds.scanner.scan("GET", "/x", [b"etag: kanarie", b""])
        assert birds.scanner.found
        return
    attempt = _start(birds.client)
    own = {"Origin": "http://testserver"}
    state = birds.client.get(f"/api/v1/attempts/{attempt}").json()
    while state["turn"] is not None and not birds.scanner.found:
        sent = {"seq": state["seq"], "item_id": state["turn"]["item"]["id"], "answer": {"skip": True}}
        state = birds.client.post(f"/api/v1/attempts/{attempt}/responses", json=sent, headers=own).json()
    assert birds.scanner.found, "the scan is blind"
    birds.client.post(f"/api/v1/attempts/{attempt}/finish", json={}, headers=own)


def test_every_http_test_is_scanned_for_the_secrets_of_the_shipped_items(shared_stand, secrets, content):
    from app.banks import load, publish  # noqa: PLC0415  (only this test looks at the files)

    items = [item for folder in content.banks() for item in publish.published_items(load.load_bank(folder))]
    known = [item for item in items if any(run in item.rationale for run in secrets)]
    assert len(known) >= 0.9 * len(items), "most rationales can be told from what is public"
    assert len(secrets) > 500
    assert shared_stand.scanner.secrets == secrets


def test_a_rationale_of_a_shipped_item_that_leaks_is_found(stand, begin, monkeypatch):
    plain = SingleChoice.present

    def present(self, variant):
        return {**plain(self, variant), "hint": variant.block(variant.item.rationale)}

    monkeypatch.setattr(SingleChoice, "present", present)
    taker = begin("machine-learning")
    while taker.state["turn"] is not None and not stand.scanner.found:
        taker.answer()
    assert stand.scanner.found
    taker.finish()
    stand.scanner.found.clear()
