"""Creations that may be repeated: the same key and request give the stored answer, another request is refused."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Concatenate, ParamSpec

from sqlalchemy import Connection, Table, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.database.attempts import idempotency_keys
from app.errors import AppError, Conflict

P = ParamSpec("P")
_INSERTS: dict[str, Callable[[Table], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}
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

    The key's row is claimed first: of two requests at once the second waits there for the first to commit.

    Args:
        hidden: a token in the answer, derived from the key: it is taken out of what is stored and put back in.

    Raises:
        KeyReused: the key came before with another request.
    """
    if not key:
        return create(connection, *args, **kwargs)
    # with the token: derived from another server secret, it would not be the one that belongs to the stored answer
    key_hash, request_hash = (hashlib.sha256(text.encode()).hexdigest() for text in (key, f"{request}\0{hidden}"))
    row = idempotency_keys.c.key_hash == key_hash
    claim = (
        _INSERTS[connection.dialect.name](idempotency_keys)
        .on_conflict_do_nothing()
        .returning(idempotency_keys.c.key_hash)
    )
    values = {"key_hash": key_hash, "request_hash": request_hash, "body": "", "created_at": now}
    if connection.execute(claim, values).first() is None:
        known = connection.execute(select(idempotency_keys).where(row)).one()
        if known.request_hash != request_hash:
            raise KeyReused(
                "This Idempotency-Key came with another request before, or the server's secret has changed since; "
                "use a new key for a new request."
            )
        body: str = known.body
        return body.replace(_HIDDEN, hidden)
    try:
        text = create(connection, *args, **kwargs)
    except AppError:
        connection.execute(delete(idempotency_keys).where(row))  # for those errors that commit
        raise
    connection.execute(update(idempotency_keys).where(row).values(body=text.replace(hidden, _HIDDEN)))
    return text
