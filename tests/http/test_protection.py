"""What surrounds every request: headers, host, cross-site requests, media type, size."""

import pytest

from app.attempts import starting

pytestmark = pytest.mark.quick

PAGE_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types plumbline"
)
EXACT = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), clipboard-read=(), payment=()",
    "cache-control": "no-store",
}
API_CSP = "default-src 'none'; frame-ancestors 'none'"
OWN = {"Origin": "http://testserver"}
FOREIGN = {"Origin": "https://evil.example"}


def broken(*_arguments):
    raise RuntimeError("planted")


ANSWERS = {
    "a list": ("GET", "/api/v1/assessments", {}, 200),
    "a page": ("GET", "/", {}, 200),
    "health": ("GET", "/healthz", {}, 200),
    "metrics": ("GET", "/metrics", {}, 200),
    "the document": ("GET", "/openapi.json", {}, 200),
    "no token": ("GET", "/api/v1/attempts/none", {}, 401),
    "no such address": ("GET", "/api/v1/none", {}, 404),
    "no such page": ("GET", "/tests/none", {}, 404),
    "another method": ("DELETE", "/api/v1/attempts", {}, 405),
    "an unknown field": ("POST", "/api/v1/attempts", {"json": {"assessment": "mathematics", "x": 1}}, 422),
    "no JSON": ("POST", "/api/v1/attempts", {"content": b"{", "headers": {"Content-Type": "application/json"}}, 400),
    "another media type": ("POST", "/api/v1/attempts", {"content": b"x", "headers": {"Content-Type": "text/csv"}}, 415),
    "too much": ("POST", "/api/v1/attempts", {"json": {"assessment": "x" * 300_000}}, 413),
    "cross-site": ("POST", "/tests/mathematics/start", {"headers": {"Cookie": "a=b", **FOREIGN}}, 403),
}


@pytest.mark.parametrize("what", ANSWERS)
def test_every_answer_has_exactly_the_security_headers(client, what):
    method, path, more, status = ANSWERS[what]
    _has_exactly_the_headers(client.request(method, path, **more), path, status)


@pytest.mark.parametrize("path", ["/api/v1/assessments", "/"])
def test_a_fault_of_ours_has_the_security_headers_too(client, monkeypatch, path):
    monkeypatch.setattr(starting, "offered", broken)
    response = client.get(path)
    _has_exactly_the_headers(response, path, 500)
    assert "planted" not in response.text
    assert "Traceback" not in response.text


def _has_exactly_the_headers(response, path, status):
    assert response.status_code == status
    csp = API_CSP if path.startswith("/api/") else PAGE_CSP
    expected = {**EXACT, "content-security-policy": csp}
    assert {name: response.headers.get(name) for name in expected} == expected
    assert len(response.headers.get_list("content-security-policy")) == 1
    assert response.headers["x-request-id"]
    assert "server" not in response.headers
    assert "strict-transport-security" not in response.headers, "http: a browser would ignore it"


def test_strict_transport_security_comes_with_https_alone(make_stand):
    secure = make_stand(address="https://testserver").client
    for path in ("/healthz", "/api/v1/assessments", "/none"):
        assert secure.get(path).headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"


def test_request_ids_differ(client):
    assert len({client.get("/healthz").headers["x-request-id"] for _ in range(20)}) == 20


def test_static_files_may_be_kept_and_nothing_else_may(client, stand):
    build = stand.scanner.app.state.assets.root
    kept = client.get(f"{build}/css/app.css")
    assert kept.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert client.get("/s/old/css/app.css").headers["cache-control"] == "no-cache"
    assert client.get("/s/old/../../settings.py").status_code == 404
    assert client.get("/s/x/%2e%2e/%2e%2e/settings.py").status_code == 404


# --- host


@pytest.fixture(scope="module")
def named(make_stand):
    """An application that knows its own address."""
    return make_stand(address="https://skills.example.org", base_url="https://skills.example.org").client


@pytest.mark.parametrize(
    "host", ["skills.example.org", "127.0.0.1:8123", "localhost", "localhost:1", "[::1]:80", "[::1]"]
)
def test_its_own_host_and_loopback_are_answered(named, host):
    assert named.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "attacker.example",
        "skills.example.org.attacker.example",
        "skills.example.org:8443",
        "localhost.attacker.example",
        "attacker.example:127.0.0.1",
        "",
    ],
)
def test_another_host_is_refused(named, problem_of, host):
    refused = named.get("/api/v1/assessments", headers={"Host": host})
    assert refused.status_code == 421
    assert problem_of(refused)["code"] == "request.host"
    assert "attacker" not in refused.text
    assert named.get("/", headers={"Host": host}).status_code == 421


def test_without_a_base_url_every_host_is_answered(client):
    assert client.get("/healthz", headers={"Host": "box.local:8000"}).status_code == 200


# --- cross-site


SHAPES = {
    "a foreign origin": (FOREIGN, 403),
    "the opaque origin": ({"Origin": "null"}, 403),
    "our host over another scheme": ({"Origin": "https://testserver"}, 403),
    "our host at another port": ({"Origin": "http://testserver:81"}, 403),
    "an origin that begins like ours": ({"Origin": "http://testserver.evil.example"}, 403),
    "an empty origin": ({"Origin": ""}, 403),
    "a foreign origin that says it is the same": ({**FOREIGN, "Sec-Fetch-Site": "same-origin"}, 403),
    "no origin, cross-site": ({"Sec-Fetch-Site": "cross-site"}, 403),
    "no origin, same-site": ({"Sec-Fetch-Site": "same-site"}, 403),
    "no origin and nothing else": ({}, 403),
    "our own origin": (OWN, None),
    "no origin, same-origin": ({"Sec-Fetch-Site": "same-origin"}, None),
    "no origin, typed by the user": ({"Sec-Fetch-Site": "none"}, None),
}
UNSAFE = [
    ("POST", "/api/v1/attempts", {"assessment": "mathematics"}),
    ("POST", "/api/v1/attempts/none/finish", {}),
    ("POST", "/tests/mathematics/start", None),
    ("POST", "/settings", None),
    ("POST", "/resume", None),
    ("DELETE", "/api/v1/attempts/none", {}),
    ("PUT", "/api/v1/attempts/none/draft", {"seq": 1, "revision": 1, "answer": {}}),
    ("PATCH", "/api/v1/attempts/none", {}),
]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_request_with_a_cookie_must_come_from_here(client, problem_of, shape):
    headers, status = SHAPES[shape]
    for method, path, body in UNSAFE:
        response = client.request(method, path, json=body, headers={"Cookie": "pl_theme=dark", **headers})
        if status is None:
            assert response.status_code != 403, (method, path)
        else:
            assert response.status_code == status, (method, path)
            if path.startswith("/api/"):
                assert problem_of(response)["code"] == "csrf"
                assert "evil" not in response.text


def test_a_refused_cross_site_request_changes_nothing(client, stand):
    client.post("/tests/mathematics/start", data={"time": "none"}, headers=OWN)
    mine = client.get("/me").text
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    refused = client.post("/tests/mathematics/start", data={"time": "none"}, headers={"Cookie": cookies, **FOREIGN})
    assert refused.status_code == 403
    assert client.get("/me").text == mine


def test_a_program_with_a_token_and_no_cookie_needs_no_origin(begin):
    taker = begin()
    assert taker.call("POST", "/responses", taker.body(), headers=FOREIGN).status_code == 200
    taker.finish()


def test_the_address_that_people_use_is_an_own_origin(named):
    headers = {"Cookie": "a=b", "Host": "127.0.0.1:8000", "Origin": "https://skills.example.org"}
    assert named.post("/settings", data={"theme": "dark"}, headers=headers).status_code == 303


def test_safe_methods_are_answered_whatever_the_origin(client):
    assert client.get("/api/v1/assessments", headers={"Cookie": "a=b", **FOREIGN}).status_code == 200


def test_no_answer_allows_another_origin_to_read_it(client):
    response = client.get("/api/v1/assessments", headers=FOREIGN)
    assert not [name for name in response.headers if name.startswith("access-control-")]
    preflight = {**FOREIGN, "Access-Control-Request-Method": "POST"}
    asked = client.options("/api/v1/attempts", headers=preflight)
    assert asked.status_code == 405
    assert not [name for name in asked.headers if name.startswith("access-control-")]


def test_the_browser_cookie_is_out_of_reach_of_scripts_and_other_sites(make_stand, client):
    secure = make_stand(address="https://testserver").client
    over_https = secure.post("/tests/mathematics/start", data={"time": "none"}).headers["set-cookie"]
    assert over_https.startswith("__Host-pl_browser=plb_")
    attributes = {part.strip().lower() for part in over_https.split(";")[1:]}
    assert {"httponly", "secure", "path=/", "samesite=lax"} <= attributes
    assert not [part for part in attributes if part.startswith("domain")]
    plain = client.post("/tests/mathematics/start", data={"time": "none"}).headers["set-cookie"]
    assert plain.startswith("pl_browser=plb_"), "plain http elsewhere: browsers refuse __Host- there"


# --- media type and size


@pytest.mark.parametrize(
    "media",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", ""],
)
def test_the_api_takes_json_alone(client, problem_of, media):
    headers = {"Content-Type": media} if media else {}
    response = client.post("/api/v1/attempts", content=b'{"assessment": "mathematics"}', headers=headers)
    assert response.status_code == 415
    assert problem_of(response)["code"] == "request.media_type"


def test_a_body_in_pieces_of_another_type_is_refused_all_the_same(client, problem_of):
    pieces = iter([b'{"assessment": ', b'"mathematics"}'])
    response = client.post("/api/v1/attempts", content=pieces, headers={"Content-Type": "text/plain"})
    assert (response.status_code, problem_of(response)["code"]) == (415, "request.media_type")


def test_json_may_name_its_charset(client, begin):
    headers = {"Content-Type": "application/json; charset=utf-8"}
    assert client.post("/api/v1/attempts", content=b'{"assessment": "mathematics"}', headers=headers).status_code == 201


def test_a_compressed_body_is_refused(client, problem_of):
    response = client.post("/api/v1/attempts", json={}, headers={"Content-Encoding": "gzip"})
    assert response.status_code == 415
    assert problem_of(response)["code"] == "request.content_encoding"


def test_a_body_over_the_limit_is_refused_by_its_length(client, problem_of):
    response = client.post("/api/v1/attempts", json={"assessment": "x" * 256 * 1024})
    assert response.status_code == 413
    assert problem_of(response)["code"] == "request.too_large"
    assert "xxx" not in response.text


def test_a_body_over_the_limit_is_refused_while_it_comes_in_pieces(client, problem_of):
    sent = 0

    def endless():
        nonlocal sent
        while sent < 1000:
            sent += 1
            yield b" " * 16 * 1024

    response = client.post("/api/v1/attempts", content=endless(), headers={"Content-Type": "application/json"})
    assert response.status_code == 413
    assert problem_of(response)["code"] == "request.too_large"


def test_a_form_over_the_limit_is_refused(client):
    assert client.post("/resume", data={"code": "x" * 300_000}, headers=OWN).status_code == 413


def test_the_largest_allowed_body_is_read(client, problem_of):
    body = b'{"assessment": "none"' + b" " * (256 * 1024 - 22) + b"}"
    assert len(body) == 256 * 1024
    response = client.post("/api/v1/attempts", content=body, headers={"Content-Type": "application/json"})
    assert problem_of(response)["code"] == "assessment.not_found"


def test_another_site_cannot_start_a_test_in_a_browser_without_a_cookie(client):
    for headers in (FOREIGN, {"Sec-Fetch-Site": "cross-site"}):
        response = client.post("/tests/mathematics/start", data={"time": "none"}, headers=headers)
        assert response.status_code == 403
        assert "set-cookie" not in response.headers


@pytest.mark.parametrize("host", ["skills.example.org", "SKILLS.example.org", "skills.example.org:443"])
def test_the_named_host_is_known_however_it_is_written(named, host):
    assert named.get("/healthz", headers={"Host": host}).status_code == 200


def test_cookies_are_secure_where_people_come_by_https_through_a_proxy(named):
    headers = {"Host": "skills.example.org", "Origin": "https://skills.example.org"}
    response = named.post("/tests/mathematics/start", data={"time": "none"}, headers=headers)
    cookie = response.headers["set-cookie"]
    assert cookie.startswith("__Host-pl_browser=")
    assert "Secure" in cookie
    assert "strict-transport-security" in response.headers
