"""The shipped proxy configurations, in a real nginx and a real Caddy before a real server.

Only names, ports, certificates and shorter times are filled in; a text that is not in the shipped file any more fails
the test. Skipped with a reason where a proxy is missing, unless PLUMBLINE_REQUIRE_PROXY=1.
"""

import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from faults.server import REPOSITORY, Server

RECIPES = REPOSITORY / "docs" / "recipes"
HEAD_WAIT_S = 1
HASTY = "from app.http import bodies; bodies.WAIT_S = 1.0; from app.cli import main; main()"  # instead of 10 s
PATHS = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"])


@dataclass
class Proxy:
    """A running proxy; its log, for what it says when it does not start."""

    kind: str
    port: int
    plain_port: int
    context: ssl.SSLContext

    @property
    def origin(self) -> str:
        return f"https://localhost:{self.port}"

    def call(self, method: str, path: str, body: bytes | None = None, **headers: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPSConnection("localhost", self.port, timeout=20, context=self.context)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, sent)
        response = connection.getresponse()
        response.text = response.read().decode()  # type: ignore[attr-defined]
        connection.close()
        return response

    def post(self, path: str, body: object, token: str = "") -> http.client.HTTPResponse:
        bearer = {"Authorization": f"Bearer {token}"} if token else {}
        return self.call("POST", path, json.dumps(body).encode(), Content_Type="application/json", **bearer)

    def raw(self, request: bytes) -> ssl.SSLSocket:
        """A connection over which these bytes were sent."""
        plain = socket.create_connection(("127.0.0.1", self.port), 20)
        wrapped = self.context.wrap_socket(plain, server_hostname="localhost")
        wrapped.sendall(request)
        return wrapped


@pytest.fixture(scope="session", params=["nginx", "caddy"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which proxy; skips, or fails where proxies are required, when it is not installed."""
    missing = [tool for tool in (request.param, "openssl") if shutil.which(tool, path=PATHS) is None]
    if missing:
        if os.environ.get("PLUMBLINE_REQUIRE_PROXY") == "1":
            pytest.fail(f"PLUMBLINE_REQUIRE_PROXY=1, but {missing[0]} is not installed")
        pytest.skip(f"{missing[0]} is not installed")
    return str(request.param)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate for localhost and its key."""
    folder = tmp_path_factory.mktemp("certificate")
    name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *name, *files]
    subprocess.run(command, check=True, capture_output=True)
    folder.chmod(0o755)
    return folder


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, published_file: Path) -> Iterator[Server]:
    """The real server, as behind a proxy that people reach by https."""
    data = tmp_path_factory.mktemp("served") / "data"
    data.mkdir()
    shutil.copy(published_file, data / "plumbline.sqlite3")
    with Server(data, more={"PLUMBLINE_BASE_URL": "https://skills.example.org"}, program=("-c", HASTY)) as running:
        yield running


StartProxy = Callable[..., Proxy]


@pytest.fixture(scope="session")
def start(kind: str, certificate: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartProxy]:
    """start(8000, 8001) runs the shipped configuration before these ports; ended by its process at the end."""
    with ExitStack() as running:

        def start_before(*ports: int) -> Proxy:
            folder = tmp_path_factory.mktemp(kind)
            context = ssl.create_default_context(cafile=str(certificate / "fullchain.pem"))
            proxy = Proxy(kind, _free_port(), _free_port(), context)
            fill = {"nginx": _nginx, "caddy": _caddy}[kind]
            command = fill(folder, certificate, proxy, ports)
            with (folder / "log").open("wb") as log:
                environment = {**os.environ, "PATH": PATHS, "HOME": str(folder), "XDG_DATA_HOME": str(folder)}
                process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
            running.callback(process.wait)
            running.callback(process.terminate)
            _wait_until_open(proxy.port, process, folder / "log")
            return proxy

        yield start_before


@pytest.fixture(scope="session")
def proxy(start: StartProxy, server: Server) -> Proxy:
    """The proxy before the one server."""
    return start(server.port)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _wait_until_open(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until and process.poll() is None:
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError(f"the proxy does not listen:\n{log.read_text(errors='replace')[-3000:]}")


def _filled(file: str, replacements: dict[str, str]) -> str:
    text = (RECIPES / file).read_text()
    for shipped, here in replacements.items():
        assert shipped in text, f"{file} has no {shipped!r} any more"
        text = text.replace(shipped, here)
    return text


def _nginx(folder: Path, certificate: Path, proxy: Proxy, ports: tuple[int, ...]) -> list[str]:
    servers = " ".join(f"server 127.0.0.1:{port} max_fails=1 fail_timeout=2s;" for port in ports)
    site = _filled(
        "nginx.conf",
        {
            "server 127.0.0.1:8000 max_fails=1 fail_timeout=2s;": servers,
            "listen 443 ssl": f"listen 127.0.0.1:{proxy.port} ssl",
            "listen 80 ": f"listen 127.0.0.1:{proxy.plain_port} ",
            "server_name skills.example.org;": "server_name localhost;",
            "/etc/ssl/skills.example.org": str(certificate),
            "client_header_timeout 10s;": f"client_header_timeout {HEAD_WAIT_S}s;",
            "client_body_timeout  10s;": f"client_body_timeout {HEAD_WAIT_S}s;",
        },
    )
    (folder / "site.conf").write_text(site)
    temporary = "".join(
        f"{what}_temp_path {folder}/{what};" for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = folder / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""
    main.write_text(
        f"{user} worker_processes 1; daemon off; pid {folder}/pid; error_log stderr warn; events {{}}\n"
        f"http {{ access_log off; {temporary} include {folder}/site.conf; }}\n"
    )
    return ["nginx", "-p", str(folder), "-c", str(main)]


def _caddy(folder: Path, certificate: Path, proxy: Proxy, ports: tuple[int, ...]) -> list[str]:
    keys = f"{certificate}/fullchain.pem {certificate}/privkey.pem"
    site = _filled(
        "Caddyfile",
        {
            "\n{\n": f"\n{{\n\tadmin off\n\thttp_port {proxy.plain_port}\n\thttps_port {proxy.port}\n",
            "\nskills.example.org {\n": f"\nlocalhost {{\n\ttls {keys}\n\tbind 127.0.0.1\n",
            "\treverse_proxy 127.0.0.1:8000 {": f"\treverse_proxy {' '.join(f'127.0.0.1:{p}' for p in ports)} {{",
            "read_header 10s": f"read_header {HEAD_WAIT_S}s",
            "read_body 15s": "read_body 2s",
            "lb_try_duration 5s": "lb_try_duration 1s",
        },
    )
    (folder / "Caddyfile").write_text(site)
    return ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


# --- slow and ambiguous requests


def test_a_head_that_never_ends_is_cut_off(proxy: Proxy) -> None:
    begun = time.monotonic()
    with proxy.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ") as slow:
        ended = _drip(slow, begun + 8 * HEAD_WAIT_S)
    assert ended
    assert time.monotonic() - begun < 6 * HEAD_WAIT_S


def test_a_body_that_never_comes_is_cut_off(proxy: Proxy) -> None:
    head = b"POST /api/v1/attempts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    begun = time.monotonic()
    with proxy.raw(head + b'Content-Length: 100\r\n\r\n{"ass') as slow:
        slow.settimeout(15)
        answer = _rest(slow)
    assert time.monotonic() - begun < 6 * HEAD_WAIT_S
    # nginx closes; Caddy hands on what the service says
    assert answer == b"" if proxy.kind == "nginx" else answer.startswith(b"HTTP/1.1 408"), answer[:200]


def test_a_length_told_in_two_ways_does_not_reach_the_service_so(proxy: Proxy, server: Server) -> None:
    head = (
        b"POST /api/v1/attempts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n"
    )
    both = b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n"
    with proxy.raw(head + both) as connection:
        answer = _rest(connection)
    # nginx refuses; Caddy takes the chunks, drops the other length and passes on a request with one
    assert answer.startswith(b"HTTP/1.1 400" if proxy.kind == "nginx" else b"HTTP/1.1 422"), answer[:200]
    assert answer.count(b"HTTP/1.1 ") == 1, "the rest was not taken for a second request"
    with proxy.raw(head + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ") as connection:
        assert _rest(connection).startswith(b"HTTP/1.1 400")


def _drip(connection: ssl.SSLSocket, until: float) -> bool:
    """Send a byte now and then; whether the other side ended it."""
    connection.settimeout(0.2)
    while time.monotonic() < until:
        try:
            connection.sendall(b"a")
            if connection.recv(1000) == b"":
                return True
        except TimeoutError:
            continue
        except OSError:
            return True
    return False


def _rest(connection: socket.socket) -> bytes:
    """Everything until the other side closes."""
    received = b""
    try:
        while part := connection.recv(65536):
            received += part
    except ConnectionError:
        pass
    return received


# --- what the service is told


def test_pages_get_secure_cookies_and_strict_transport(proxy: Proxy) -> None:
    form = {"Content_Type": "application/x-www-form-urlencoded", "Origin": proxy.origin}
    started = proxy.call("POST", "/tests/mathematics/start", b"time=none", **form)
    assert started.status == 303
    cookie = started.headers["Set-Cookie"]
    assert cookie.startswith("__Host-pl_browser=")
    assert "Secure" in cookie
    assert started.headers["Strict-Transport-Security"].startswith("max-age=63072000")
    assert proxy.call("GET", "/").status == 200


def test_a_client_cannot_give_itself_another_address(proxy: Proxy) -> None:
    form = {"Content_Type": "application/x-www-form-urlencoded", "Origin": proxy.origin}
    statuses = [
        proxy.call("POST", "/resume", b"code=wrong", X_Forwarded_For=f"203.0.113.{n}", **form).status for n in range(21)
    ]
    assert statuses[-1] == 429, "each of them counted for the one address that they came from"


def test_another_site_is_refused_behind_the_proxy_too(proxy: Proxy) -> None:
    foreign = {"Content_Type": "application/x-www-form-urlencoded", "Origin": "https://evil.example"}
    assert proxy.call("POST", "/tests/mathematics/start", b"time=none", **foreign).status == 403


def test_another_host_finds_nothing(proxy: Proxy) -> None:
    answer = proxy.call("GET", "/", Host="evil.example")
    assert (answer.status, answer.text) in {(421, answer.text), (200, "")}  # type: ignore[attr-defined]
    assert "Plumbline" not in answer.text  # type: ignore[attr-defined]


def test_plain_http_leads_to_https(proxy: Proxy) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", proxy.plain_port, timeout=10)
    connection.request("GET", "/tests", headers={"Host": "localhost"})
    with closing(connection):
        answer = connection.getresponse()
    assert answer.status in (301, 308)
    assert answer.headers["Location"].startswith("https://")


# --- what passes and what stays inside


def test_what_operators_ask_stays_inside(proxy: Proxy) -> None:
    assert [proxy.call("GET", path).status for path in ("/metrics", "/readyz", "/healthz")] == [404, 404, 200]


def test_a_body_over_the_limit_gets_the_same_document_as_from_the_service(proxy: Proxy, server: Server) -> None:
    answer = proxy.post("/api/v1/attempts", {"assessment": "x" * 256 * 1024})
    assert answer.status == 413
    problem = json.loads(answer.text)  # type: ignore[attr-defined]
    direct = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    direct.putrequest("POST", "/api/v1/attempts")
    direct.putheader("Content-Length", "300000")
    direct.endheaders()
    with closing(direct):
        own = json.loads(direct.getresponse().read())
    assert {**problem, "instance": ""} == {**own, "instance": ""}
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_problems_of_the_service_pass_as_they_are(proxy: Proxy) -> None:
    answer = proxy.post("/api/v1/attempts", {"assessment": "none"})
    assert answer.status == 404
    assert json.loads(answer.text)["code"] == "assessment.not_found"  # type: ignore[attr-defined]


# --- without a proxy


def test_the_service_itself_ends_heads_that_are_too_large_and_bodies_that_are_too_slow(server: Server) -> None:
    head = b"POST /api/v1/attempts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    for request, status in [
        (head + b"X-Large: " + b"x" * 150_000, b"431"),
        (head + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", b"408"),
        (head + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", b"400"),
    ]:
        with closing(socket.create_connection(("127.0.0.1", server.port), 10)) as connection:
            connection.sendall(request)
            assert _rest(connection).startswith(b"HTTP/1.1 " + status)


# --- servers that are gone


def test_a_service_that_is_down_gives_503_with_retry_after(start: StartProxy) -> None:
    before_nothing = start(_free_port())
    program = before_nothing.call("GET", "/api/v1/assessments")
    assert (program.status, program.headers["Retry-After"]) == (503, "3")
    assert program.headers["Content-Type"] == "application/problem+json"
    assert json.loads(program.text)["code"] == "storage.unavailable"  # type: ignore[attr-defined]
    page = before_nothing.call("GET", "/tests")
    assert (page.status, page.headers["Retry-After"]) == (503, "3")
    assert "load this page again" in page.text  # type: ignore[attr-defined]
    assert page.headers["Content-Type"].startswith("text/html")


class Dying:
    """A server that reads a request and dies over it, again and again: nobody knows whether it was carried out."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                received = connection.recv(65536)
                if received:
                    self.requests.append(received)

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()


@pytest.fixture
def dying() -> Iterator[Dying]:
    with closing(Dying()) as one:
        yield one


def test_an_answer_over_which_a_server_dies_is_not_lost(start: StartProxy, server: Server, dying: Dying) -> None:
    begun = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    begun.request("POST", "/api/v1/attempts", b'{"assessment": "mathematics"}', {"Content-Type": "application/json"})
    with closing(begun):
        state = json.loads(begun.getresponse().read())
    both = start(dying.port, server.port)
    path, token = f"/api/v1/attempts/{state['id']}/responses", state["token"]
    statuses = []
    while state["seq"] < 3:  # in turn, so one of the two meets the dying server first
        turn = state["turn"]
        body = {"seq": turn["seq"], "item_id": turn["item"]["id"], "answer": {"skip": True}}
        answer = both.post(path, body, token)
        statuses.append(answer.status)
        if answer.status == 200:
            state = json.loads(answer.text)  # type: ignore[attr-defined]
    assert [request.split(b" ")[0] for request in dying.requests] == [b"POST"]
    if both.kind == "nginx":
        assert statuses == [200, 200], "sent again to the other server"
    else:
        assert sorted(statuses) == [200, 200, 503], "Caddy does not keep what it has sent: the client repeats it"


def test_a_start_over_which_a_server_dies_is_not_sent_again(start: StartProxy, server: Server, dying: Dying) -> None:
    both = start(dying.port, server.port)
    statuses = sorted(both.post("/api/v1/attempts", {"assessment": "mathematics"}).status for _ in range(2))
    assert statuses == [201, 503]
    assert len(dying.requests) == 1


def test_the_recipe_for_caddy_is_valid_as_it_is_shipped(kind: str, tmp_path: Path) -> None:
    if kind == "nginx":
        assert "client_header_timeout 10s" in (RECIPES / "nginx.conf").read_text()  # nginx -t needs the certificate
        return
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    command = ["caddy", "validate", "--config", str(RECIPES / "Caddyfile"), "--adapter", "caddyfile"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
