"""uvicorn's connection with what it lacks: a time and a size for the head of a request, a time for slow readers, and
refusals without a task: with one they cost a tenth of an answer, and what a full server refuses it cannot answer.

The command line has the server use it. A proxy in front does the first and more (docs/recipes).
"""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

HEAD_WAIT_S = 10.0
READER_WAIT_S = 60.0  # without taking anything of an answer that waits to be sent
MOST_HEAD = 64 * 1024
_BLANK_LINE = b"\r\n\r\n"
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_BUSY = b"HTTP/1.1 503 Service Unavailable\r\n"
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"

Refusal = Callable[[Scope], tuple[list[tuple[bytes, bytes]], bytes] | None]


class Connection(HttpToolsProtocol):
    """One connection. A head that is not complete in time ends it, and so does a peer that does not read."""

    head_wait_s = HEAD_WAIT_S
    reader_wait_s = READER_WAIT_S
    refusal: Refusal = staticmethod(lambda _scope: None)
    _in_head = False
    _in_body = False
    _head_size = 0
    _head_timer: asyncio.TimerHandle | None = None
    _reader_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._head_timer = self.loop.call_later(self.head_wait_s, self._end_slow_head)

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._head_timer, self._reader_timer):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        self._in_head, self._head_size = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head, self._in_body = False, True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_body = False
        super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._in_head:
            # of what came in one piece with requests before it, only what follows the last of them
            self._head_size += len(data) - (data.rfind(_BLANK_LINE) + len(_BLANK_LINE) if _BLANK_LINE in data else 0)
            if self._head_size > MOST_HEAD:
                self.transport.write(_TOO_LARGE)
                self.transport.close()
        else:
            at_work = self.cycle is not None and not self.cycle.response_complete
            at_rest = not self._in_body and self.timeout_keep_alive_task is not None
            if at_work or at_rest:
                if self._head_timer is not None:
                    self._head_timer.cancel()
                    self._head_timer = None
                return
        # what came is no whole head: a part of one, empty lines, or the rest of a body that was answered already
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self.head_wait_s, self._end_slow_head)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        # should uvicorn rename this, the application refuses, at a higher price; a test would tell
        while (refused := self.refusal(cast(Scope, cycle.scope))) is not None:
            self._refuse(cycle, *refused)
            if not self.pipeline or self.transport.is_closing():
                cycle.on_response()
                return
            # what on_response would do, but for calling us: refusals may wait by the thousand, the stack is not so deep
            self.server_state.total_requests += 1
            cycle, app = self.pipeline.pop()
        super()._start_asgi_task(cycle, app)

    def _refuse(self, cycle: RequestResponseCycle, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        lines = [_BUSY]
        for name, value in (*self.server_state.default_headers, *headers):
            lines += (name, b": ", value, b"\r\n")
        lines.append(b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n")
        lines.append(body)
        cycle.response_started = cycle.response_complete = True
        self.transport.write(b"".join(lines))
        if not cycle.keep_alive:
            self.transport.close()

    def pause_writing(self) -> None:
        super().pause_writing()
        self.flow.pause_reading()  # who does not read shall not send either: each request adds an answer that waits
        self._watch_reader(self.transport.get_write_buffer_size())

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.flow.write_paused:
            self.flow.pause_reading()

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self.pipeline:  # else uvicorn itself goes on reading once they are answered
            self.flow.resume_reading()
        if self._reader_timer is not None:
            self._reader_timer.cancel()
            self._reader_timer = None

    def timeout_keep_alive_handler(self) -> None:
        if self.transport.get_write_buffer_size():
            self.transport.abort()  # closing would wait for the peer to read
        else:
            super().timeout_keep_alive_handler()

    def _watch_reader(self, waiting: int) -> None:
        self._reader_timer = self.loop.call_later(self.reader_wait_s, self._end_slow_reader, waiting)

    def _end_slow_reader(self, before: int) -> None:
        waiting = self.transport.get_write_buffer_size()
        if waiting < before:
            self._watch_reader(waiting)
        else:
            self.transport.abort()

    def _end_slow_head(self) -> None:
        self._head_timer = None
        if self.transport.is_closing():
            return
        if self._in_head:
            self.transport.write(_TOO_SLOW)
        self.transport.close()


def refusing(by: Refusal) -> type[Connection]:
    """The connection that answers 503 by itself where `by` gives the headers and the body of a refusal."""
    return type("RefusingConnection", (Connection,), {"refusal": staticmethod(by)})
