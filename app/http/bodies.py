"""The body of a request, read whole before anything else happens: within a size and a time, holding nothing meanwhile.

A client that sends slowly holds its connection and no more: no place at the gate, no thread, no database.
"""

import asyncio
from collections.abc import Mapping

from starlette.types import Message, Receive

from app.errors import AppError, TooLarge
from app.http import problems

WAIT_S = 10.0


class Timeout(AppError):
    status = 408
    code = "request.timeout"
    title = "The request came too slowly"


class Gone(Exception):
    """The client has left before its request was complete; nobody waits for an answer."""


async def read(receive: Receive, wait_s: float) -> bytes:
    """The whole body.

    Raises:
        TooLarge: it is over the limit; what comes after is not read.
        Timeout: it was not complete in time.
        Gone: the client has left.
    """
    parts: list[bytes] = []
    size, more = 0, True
    try:
        async with asyncio.timeout(wait_s):
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Gone
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                if size > problems.MAX_BODY:
                    raise TooLarge(problems.LIMIT_TEXT)
                more = message.get("more_body", False)
    except TimeoutError:
        raise Timeout(f"The body was not received in {wait_s:g} s. Nothing was stored; send it again.") from None
    return parts[0] if len(parts) == 1 else b"".join(parts)


def is_announced(headers: Mapping[bytes, bytes]) -> bool:
    """Whether the headers say that a body follows."""
    return headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers


def again(body: bytes, receive: Receive) -> Receive:
    """A `receive` that hands over the body that was read, then what the connection says."""
    message: Message | None = {"type": "http.request", "body": body, "more_body": False}

    async def receive_again() -> Message:
        nonlocal message
        if message is None:
            return await receive()
        first, message = message, None
        return first

    return receive_again
