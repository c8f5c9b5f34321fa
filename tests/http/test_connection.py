"""Connections of real sockets: heads that never end or are too large, peers that do not read. Times are scaled down."""

import asyncio
import contextlib
import re
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from app.http.connection import MOST_HEAD, refusing

pytestmark = pytest.mark.quick

WAIT_S = 0.3
REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
LARGE = 20 * 1024 * 1024


def full(scope):
    """A server that is full for /busy."""
    body = b"" if scope["method"] == "HEAD" else b"busy"
    return ([(b"content-length", b"4"), (b"retry-after", b"3")], body) if scope["path"] == "/busy" else None


class Hasty(refusing(full)):
    """The same, ten times and more as fast."""

    head_wait_s = WAIT_S
    reader_wait_s = WAIT_S


async def application(scope, _receive, send):
    """Answers at once; /large with more than sockets buffer, /slow after longer than a head may take."""
    assert scope["path"] != "/busy", "the connection itself refuses it"
    if scope["path"] == "/slow":
        await asyncio.sleep(3 * WAIT_S)
    body = b"x" * (LARGE if scope["path"] == "/large" else 2)
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@contextlib.contextmanager
def serving(connections) -> Iterator[int]:
    """A server in a thread of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(
            application, http=connections, ws="none", lifespan="off", log_level="critical", timeout_keep_alive=60
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join(10)
        assert not thread.is_alive()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving(Hasty) as found:
        yield found


@pytest.fixture
def connection(port: int) -> Iterator[socket.socket]:
    with contextlib.closing(socket.create_connection(("127.0.0.1", port), 10)) as opened:
        yield opened


def rest(connection: socket.socket) -> bytes:
    """Everything until the other side closes."""
    received = b""
    with contextlib.suppress(ConnectionError):
        while part := connection.recv(65536):
            received += part
    return received


def rest_until(connection: socket.socket, end: bytes) -> bytes:
    """Everything until what comes ends so."""
    received = b""
    while not received.endswith(end):
        received += connection.recv(65536) or pytest.fail("closed before")
    return received


def drip(connection: socket.socket, piece: bytes) -> float:
    """Send a piece now and then until the other side closes; after how many seconds it did."""
    begun = time.monotonic()
    connection.settimeout(WAIT_S / 6)
    while time.monotonic() - begun < 20 * WAIT_S:
        try:
            connection.sendall(piece)
            if connection.recv(1000) == b"":
                break
        except TimeoutError:
            continue
        except OSError:
            break
    return time.monotonic() - begun


def test_a_connection_over_which_nothing_comes_is_closed(connection) -> None:
    assert rest(connection) == b""


def test_a_head_that_stops_is_answered_408(connection) -> None:
    connection.sendall(REQUEST[:-6])
    assert rest(connection).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("begin", [b"", b"GET / HTTP/1.1\r\nX-Slow: ", REQUEST, REQUEST + b"GET / HT"])
@pytest.mark.parametrize("piece", [b"a", b"\r\n"])
def test_a_head_that_drips_is_cut_off_also_after_a_good_request(connection, begin, piece) -> None:
    if begin.endswith(b": ") and piece == b"\r\n":
        piece = b"\r\nX-More: 1"
    connection.sendall(begin)
    assert drip(connection, piece) < 15 * WAIT_S


def test_a_head_that_is_too_large_is_answered_431(connection) -> None:
    connection.sendall(b"GET / HTTP/1.1\r\n" + b"X-Large: " + b"x" * MOST_HEAD * 2)
    assert rest(connection).startswith(b"HTTP/1.1 431 ")


def test_the_rest_of_a_body_that_was_answered_already_may_not_drip_for_ever(connection) -> None:
    connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n")
    time.sleep(WAIT_S / 3)
    assert drip(connection, b"a") < 15 * WAIT_S


def test_an_idle_connection_is_kept_and_a_slow_answer_is_waited_for(connection) -> None:
    for _ in range(3):
        connection.sendall(REQUEST)
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")
        time.sleep(1.5 * WAIT_S)
    connection.sendall(REQUEST.replace(b"/", b"/slow", 1))
    assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_a_body_may_take_longer_than_a_head(connection) -> None:
    connection.sendall(b"POST /slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\na")
    time.sleep(2 * WAIT_S)
    connection.sendall(b"b")
    assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_requests_that_come_together_are_answered_in_turn(connection) -> None:
    connection.sendall(REQUEST * 3)
    received = b""
    while received.count(b"xx") < 3:
        received += connection.recv(1000)
    assert received.count(b"HTTP/1.1 200 ") == 3


def test_a_peer_that_does_not_read_is_cut_off(connection) -> None:
    connection.sendall(REQUEST.replace(b"/", b"/large", 1))
    time.sleep(4 * WAIT_S)
    assert len(rest(connection)) < LARGE


def test_a_peer_that_reads_gets_all_of_a_large_answer(connection) -> None:
    connection.sendall(REQUEST.replace(b"/", b"/large", 1).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    assert len(rest(connection)) > LARGE


BUSY = REQUEST.replace(b"/", b"/busy", 1)


def test_a_refusal_is_whole_and_the_connection_goes_on(connection) -> None:
    for _ in range(3):
        connection.sendall(BUSY)
        refused = connection.recv(1000)
        assert refused.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
        assert refused.endswith(b"\r\nretry-after: 3\r\n\r\nbusy")
        connection.sendall(REQUEST)
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")
    connection.sendall(BUSY.replace(b"GET", b"HEAD"))
    assert connection.recv(1000).endswith(b"\r\n\r\n")


def test_refusals_among_requests_that_come_together_keep_their_place(connection) -> None:
    connection.sendall(REQUEST + BUSY + BUSY + REQUEST)
    received = b""
    while received.count(b"xx") < 2:
        received += connection.recv(1000)
    assert re.findall(rb"HTTP/1.1 (\d+)", received) == [b"200", b"503", b"503", b"200"]


MANY = 1500  # more than the stack is deep; together less than a head may have, however they are cut on the way


def test_many_refusals_that_come_together_are_all_sent_and_the_connection_goes_on(connection) -> None:
    connection.sendall(REQUEST + BUSY * MANY + REQUEST)
    received = b""
    while received.count(b"xx") < 2:
        received += connection.recv(65536) or pytest.fail(f"closed after {received.count(b'HTTP/1.1 503 ')} refusals")
    assert re.findall(rb"HTTP/1.1 (\d+)", received) == [b"200", *[b"503"] * MANY, b"200"]
    connection.sendall(REQUEST + BUSY)
    assert rest_until(connection, b"busy").startswith(b"HTTP/1.1 200 ")


def test_who_asks_for_it_is_closed_after_many_refusals_and_not_before(connection) -> None:
    connection.sendall(REQUEST + BUSY * MANY + BUSY.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    received = rest(connection)
    assert received.count(b"HTTP/1.1 503 ") == received.count(b"busy") == MANY + 1
    assert received.count(b"connection: close") == 1
    assert received.endswith(b"connection: close\r\n\r\nbusy")


def test_the_body_of_a_refused_request_is_not_taken_for_the_next_one(connection) -> None:
    head = b"POST /busy HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(REQUEST)
    connection.sendall(head)
    assert connection.recv(1000).startswith(b"HTTP/1.1 503 ")
    connection.sendall(REQUEST)  # the body, which looks like a request
    connection.settimeout(WAIT_S / 2)
    with pytest.raises(TimeoutError):
        connection.recv(1000)
    connection.sendall(REQUEST)
    assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_who_asks_for_it_is_closed_after_a_refusal(connection) -> None:
    connection.sendall(BUSY.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    assert rest(connection).endswith(b"connection: close\r\n\r\nbusy")


def test_a_connection_that_was_refused_is_kept_like_any(connection) -> None:
    connection.sendall(BUSY)
    connection.recv(1000)
    time.sleep(2 * WAIT_S)
    connection.sendall(REQUEST)
    assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_many_requests_that_come_together_are_not_taken_for_one_large_head(connection) -> None:
    many = 2 * MOST_HEAD // len(REQUEST)
    threading.Thread(target=connection.sendall, args=(REQUEST * many,), daemon=True).start()
    received = b""
    while received.count(b"HTTP/1.1 ") < many and (piece := connection.recv(1 << 20)):
        received += piece
    assert (received.count(b"HTTP/1.1 200"), received.count(b"HTTP/1.1 ")) == (many, many)


def test_a_peer_that_sends_and_does_not_read_is_not_read_either_and_gets_its_answers_when_it_does() -> None:
    busy = b"GET /busy HTTP/1.1\r\nHost: localhost\r\n\r\n" * 1000
    with serving(refusing(full)) as port, socket.create_connection(("127.0.0.1", port), timeout=1) as peer:
        sent = _send_as_much_as_is_taken(peer, busy)
        received, answers = b"", 0
        while answers < sent * 1000 // len(busy):
            received = received[-20:] + peer.recv(1 << 20)
            answers += received.count(b"HTTP/1.1 503 ")
            received = received[received.rfind(b"HTTP/1.1 503 ") + 1 :]
    assert sent < 10_000_000, "beyond what the buffers of both sockets hold"


def _send_as_much_as_is_taken(peer: socket.socket, requests: bytes) -> int:
    peer.settimeout(0.2)
    sent, until = 0, time.monotonic() + 4
    while time.monotonic() < until:
        with contextlib.suppress(TimeoutError):
            sent += peer.send(requests)
    peer.settimeout(20)
    return sent
