"""A changed secret, seen by clients: what they hold and what they repeat goes on to work, with the same bytes."""

import re
import warnings
from datetime import timedelta

import pytest
from conftest import START

from app.auth import server_secret
from app.main import create_app
from app.settings import Settings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it would rather have another HTTP client than ours; it works with both
    from starlette.testclient import TestClient

QUICK = "machine-learning-researcher-quick"


@pytest.fixture
def data(tmp_path, monkeypatch):
    for name in ("PLUMBLINE_SECRET", "PLUMBLINE_SECRET_OLD"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "data"


@pytest.fixture
def client(data, new_database):
    """A running application with its secret in the data folder."""
    app = create_app(Settings(data=data, database_url=new_database()), lambda: START)
    with TestClient(app, base_url="https://localhost", follow_redirects=False) as client:
        yield client


def change(data):
    """What `plumbline secret rotate` does beside the running server."""
    server_secret.rotate(data, START, timedelta(days=30))


def start(client, **headers):
    return client.post("/api/v1/attempts", json={"assessment": QUICK}, headers=headers)


def call(client, method, path, state, **headers):
    return client.request(method, path, headers={"Authorization": f"Bearer {state['token']}", **headers})


def test_a_start_that_is_repeated_after_the_change_gets_the_same_bytes(client, data):
    first = start(client, **{"Idempotency-Key": "one"})
    change(data)
    again = start(client, **{"Idempotency-Key": "one"})
    assert (again.status_code, again.content) == (201, first.content)
    other = client.post("/api/v1/attempts", json={"assessment": "mathematics"}, headers={"Idempotency-Key": "one"})
    assert other.json()["code"] == "request.idempotency_key"


@pytest.mark.parametrize("keys", [{}, {"Idempotency-Key": "two"}])
def test_a_continuation_that_is_repeated_after_the_change_is_the_same_one_with_the_same_token(client, data, keys):
    quick = start(client).json()
    address = f"/api/v1/attempts/{quick['id']}"
    assert call(client, "POST", f"{address}/finish", quick).status_code == 200
    first = call(client, "POST", f"{address}/continue", quick, **keys)
    change(data)
    again = call(client, "POST", f"{address}/continue", quick, **keys)
    assert first.status_code == again.status_code == 201
    assert again.content == first.content


def test_a_revoked_resume_code_is_said_to_be_no_longer_valid(client, data):
    origin = {"Origin": "https://localhost"}
    begun = client.post("/tests/mathematics/start", data={}, headers=origin)
    attempt = begun.headers["location"].split("/")[2]
    code = re.search(rf"{attempt}-\w+", client.get(f"/a/{attempt}/saved").text)[0]
    server_secret.rotate(data, START, timedelta(0))
    refused = client.post("/resume", data={"code": code}, headers=origin)
    assert refused.status_code == 422
    assert "This code is not complete, or no longer valid. Copy it again from the page" in refused.text


def test_a_resume_code_of_before_the_change_still_opens_and_the_page_shows_a_new_one(client, data):
    origin = {"Origin": "https://localhost"}
    begun = client.post("/tests/mathematics/start", data={}, headers=origin)
    attempt = begun.headers["location"].split("/")[2]

    def shown():
        page = client.get(f"/a/{attempt}/saved").text
        return re.search(rf"{attempt}-\w+", page)[0]

    before = shown()
    change(data)
    after = shown()
    assert before != after
    for code in (before, after):
        client.cookies.clear()
        moved = client.post("/resume", data={"code": code}, headers=origin)
        assert (moved.status_code, moved.headers["location"]) == (303, f"/a/{attempt}/q")
