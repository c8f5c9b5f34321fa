"""Lists by page, and HEAD."""

import pytest

pytestmark = pytest.mark.quick


def test_pages_of_one_add_up_to_the_whole_list(client):
    whole = client.get("/api/v1/profiles").json()
    assert whole["next_cursor"] is None
    seen, cursor = [], None
    for _ in range(len(whole["items"])):
        query = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        page = client.get("/api/v1/profiles", params=query).json()
        seen += page["items"]
        cursor = page["next_cursor"]
    assert cursor is None
    assert seen == whole["items"]


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=1e2", "cursor=abc", "cursor=%00", "limit=1&limit=2"])
def test_a_window_that_cannot_be_is_refused(client, query):
    response = client.get(f"/api/v1/domains?{query}")
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"


def test_head_answers_like_get_without_a_body(client):
    get, head = client.get("/api/v1/domains"), client.head("/api/v1/domains")
    assert head.status_code == get.status_code == 200
    assert head.content == b""
    assert head.headers["content-length"] == get.headers["content-length"]
