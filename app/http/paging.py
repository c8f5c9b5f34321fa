"""Lists a page at a time: `?limit=` and `?cursor=`. A cursor names the last item seen: new ones do not shift it."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Query

from app.errors import FieldError, Invalid

T = TypeVar("T")
MOST = 100


class UnknownCursor(Invalid):
    code = "request.cursor"
    title = "The cursor is not one of ours"


@dataclass(frozen=True)
class Window:
    """The part of a list that is asked for."""

    limit: int
    after: str | None


async def _window(
    limit: Annotated[int, Query(ge=1, le=MOST, description="How many at most.")] = MOST,
    cursor: Annotated[str | None, Query(max_length=300, description="`next_cursor` of the page before.")] = None,
) -> Window:
    return Window(limit, None if cursor is None else _read(cursor))


Asked = Annotated[Window, Depends(_window)]


def page(items: Sequence[T], window: Window, key: Callable[[T], str]) -> dict[str, Any]:
    """The items of the window and the cursor of the next one, None at the end.

    Args:
        items: the whole list, always in the same order.
        key: what names an item.

    Raises:
        UnknownCursor: the item that the cursor names is not in the list.
    """
    start = 0
    if window.after is not None:
        start = next((place for place, item in enumerate(items, 1) if key(item) == window.after), -1)
        if start < 0:
            raise _unknown()
    shown = items[start : start + window.limit]
    more = start + len(shown) < len(items)
    return {"items": list(shown), "next_cursor": cursor(key(shown[-1])) if more else None}


def cursor(name: str) -> str:
    """The cursor of what comes after the item with this name."""
    return base64.urlsafe_b64encode(name.encode()).decode().rstrip("=")


def _read(cursor: str) -> str:
    try:
        name = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise _unknown() from error
    if not name.isprintable():  # nothing of ours is called so, and PostgreSQL takes no NUL
        raise _unknown()
    return name


def _unknown() -> UnknownCursor:
    message = "take `next_cursor` from the page before, or leave it out"
    return UnknownCursor(f"cursor: {message}", errors=[FieldError("cursor", message)])
