"""Creations that may be repeated: the same key and request give the stored answer, another request is refused."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Concatenate, ParamSpec

from sqlalchemy import Connection, insert, select

from app.database.attempts import idempotency_keys
from app.errors import Conflict

P = ParamSpec("P")
_HIDDEN = "\N{BALLOT BOX}token"


class KeyReused(Conflict):
    code = "request.idempotency_key"
    title = "The Idempotency-Key was used for another request"


def once(
    connection: Connection,
    key: str | None,
    request: str,
    now: datetime,
    hidden: str,
    create: Callable[Concatenate[Connection, P], str],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> str:
    """Run `create` unless this key has been answered before; then return that answer.

    Args:
        hidden: a token in the answer, derived from the key: it is taken out of what is stored and put back in.

    Raises:
        KeyReused: the key came before with another request.
    """
    if not key:
        return create(connection, *args, **kwargs)
    key_hash, request_hash = (hashlib.sha256(text.encode()).hexdigest() for text in (key, request))
    known = connection.execute(select(idempotency_keys).where(idempotency_keys.c.key_hash == key_hash)).first()
    if known is not None:
        if known.request_hash != request_hash:
            raise KeyReused("This Idempotency-Key came with another request before; use a new key for a new request.")
        body: str = known.body
        return body.replace(_HIDDEN, hidden)
    text = create(connection, *args, **kwargs)
    connection.execute(
        insert(idempotency_keys),
        {"key_hash": key_hash, "request_hash": request_hash, "body": text.replace(hidden, _HIDDEN), "created_at": now},
    )
    return text
