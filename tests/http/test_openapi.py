"""What the OpenAPI document says beyond the framework's: problems by their media type, tokens, links, words."""

import pytest

from app.http.openapi import PROBLEM, operations

pytestmark = pytest.mark.quick


@pytest.fixture(scope="module")
def document(shared_stand):
    return shared_stand.client.get("/openapi.json").json()


def test_a_problem_has_its_own_media_type_with_its_schema_and_no_other(document):
    seen = 0
    for path, method, operation in operations(document):
        for status, response in operation["responses"].items():
            if PROBLEM in response.get("content", {}):
                assert list(response["content"]) == [PROBLEM], (method, path, status)
                assert response["content"][PROBLEM]["schema"] == {"$ref": "#/components/schemas/Problem"}
                seen += 1
    assert seen > 50
    assert "Problem" in document["components"]["schemas"]


def test_every_route_of_the_api_may_answer_what_surrounds_it(document):
    for path, method, operation in operations(document):
        if path.startswith("/api/"):
            codes = {
                code
                for response in operation["responses"].values()
                for code in response.get("content", {}).get(PROBLEM, {}).get("examples", ())
            }
            wanted = {"request.unknown_parameter", "request.host", "request.invalid", "overloaded"}
            assert codes >= wanted | {"storage.unavailable"}, (method, path)
            if "{attempt_id}" in path:
                assert codes >= {"unauthorized", "token.invalid", "not_found"}, (method, path)
            if "requestBody" in operation:
                assert codes >= {"request.encoding", "request.range", "text.unicode", "request.content_encoding"}


def test_refusals_that_pass_say_when_to_come_again(document):
    for path, method, operation in operations(document):
        for status in {"429", "503"} & set(operation["responses"]):
            assert "Retry-After" in operation["responses"][status]["headers"], (method, path)


def test_every_call_on_an_attempt_asks_for_its_token_and_no_other_call_does(document):
    schemes = set(document["components"]["securitySchemes"])
    for path, method, operation in operations(document):
        asked = {name for one in operation.get("security", ()) for name in one}
        assert asked == (schemes if "{attempt_id}" in path else set()), (method, path)


def test_the_links_of_a_start_lead_to_every_call_on_its_attempt(document, begin):
    by_id = {operation["operationId"]: (method, path) for path, method, operation in operations(document)}
    links = document["paths"]["/api/v1/attempts"]["post"]["responses"]["201"]["links"]
    assert {by_id[one["operationId"]][1] for one in links.values()} == {
        path for path in document["paths"] if "{attempt_id}" in path
    }
    taker = begin()
    assert {one["parameters"]["attempt_id"] for one in links.values()} == {"$response.body#/id"}
    assert taker.call("GET").status_code == 200, "the id in the body is the one in the path"


def test_every_parameter_and_field_of_a_request_is_described(document):
    for path, method, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            assert parameter.get("description"), (method, path, parameter["name"])
    for shape, names in (
        ("StartBody", ("assessment", "mode", "candidate", "profile")),
        ("ResponseBody", ("confidence",)),
    ):
        for name in names:
            assert document["components"]["schemas"][shape]["properties"][name].get("description"), name
