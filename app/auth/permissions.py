"""The one rule of who may do what. Pure: an actor, an action, a resource; deny by default."""

import hmac
from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    READ = "attempt.read"
    ANSWER = "attempt.answer"
    FINISH = "attempt.finish"
    CONTINUE = "attempt.continue"


@dataclass(frozen=True)
class Actor:
    """Who asks: digests of the tokens that came with the request, never the tokens."""

    bearer: str | None = None  # of an attempt token
    browser: str | None = None  # of the anonymous browser's cookie


@dataclass(frozen=True)
class AttemptResource:
    """What decides about an attempt: digests of its own token and of the browser that started it."""

    token: str
    browser: str | None


# of an attempt's token or browser; an action that is in no such set is denied to everybody
_OWNERS = frozenset({Action.READ, Action.ANSWER, Action.FINISH, Action.CONTINUE})


def can(actor: Actor, action: Action, resource: AttemptResource) -> bool:
    """Whether the actor may do this with the attempt: its token or its browser may do everything that exists today."""
    if action not in _OWNERS:
        return False
    return _same(actor.bearer, resource.token) or _same(actor.browser, resource.browser)


def _same(given: str | None, wanted: str | None) -> bool:
    return given is not None and wanted is not None and hmac.compare_digest(given, wanted)
