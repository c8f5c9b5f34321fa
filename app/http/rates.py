"""How often one may ask: a bucket for each key, full at first, emptied by requests and filled at a steady rate.

In the memory of one process: n server processes allow up to n times as much.
"""

import ipaddress
import math
import time
from collections.abc import Callable, Sequence

from fastapi import Request

from app.auth.permissions import Actor
from app.errors import TooMany
from app.telemetry import RATE_LIMITED

ANSWER_BURST_S = 12  # seconds' worth of answers that may come at once: 60 at the default of 5 a second
DRAFTS_PER_S, DRAFT_BURST = 5.0, 60
WRONG_CODES_PER_MINUTE = 20
_ROUNDING_S = 1e-6


class Recent:
    """A number for each key, forgotten some time after it was written. Two generations, so that nothing is searched."""

    def __init__(self, kept_s: float) -> None:
        """A number is kept for at least `kept_s` seconds and at most twice as long."""
        self._kept_s = kept_s
        self._young: dict[str, float] = {}
        self._old: dict[str, float] = {}
        self._turn = 0.0

    def __getitem__(self, key: str) -> float:
        """The number last written, 0.0 when there is none."""
        return self._young.get(key) or self._old.get(key, 0.0)

    def write(self, key: str, number: float, now: float) -> None:
        if now >= self._turn:
            self._old = self._young if now < self._turn + self._kept_s else {}
            self._young = {}
            self._turn = now + self._kept_s
        self._young[key] = number

    def __len__(self) -> int:
        return len(self._young) + len(self._old)


class Limit:
    """`burst` requests at once, then `per_second`, for each key; no limit where `per_second` is 0.

    The generic cell rate algorithm (ITU-T I.371, 1993): all it keeps of a key is when its bucket will be full again.
    """

    def __init__(self, burst: float, per_second: float) -> None:
        self._gap = 1 / per_second if per_second else 0.0
        self._slack = self._gap * max(burst, 1)
        self._full_at = Recent(self._slack)

    def wait(self, key: str, now: float) -> float:
        """Seconds until the next request of this key is in order; 0.0 when it is so now. Takes nothing."""
        wait = max(self._full_at[key], now) + self._gap - now - self._slack
        return wait if wait > _ROUNDING_S else 0.0

    def take(self, key: str, now: float) -> float:
        """Take one, and 0.0; or take nothing, and the seconds until there is one. `now` in seconds, never backwards."""
        if not self._gap:
            return 0.0
        full_at = max(self._full_at[key], now) + self._gap
        wait = full_at - now - self._slack
        if wait > _ROUNDING_S:
            return wait
        self._full_at.write(key, full_at, now)
        return 0.0


class Rates:
    """The limits of one process, and its clock."""

    def __init__(
        self, answers_per_second: float, starts_per_minute: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """A rate of 0 sets no limit. `clock` gives seconds and never goes backwards."""
        self._clock = clock
        self._answers = Limit(answers_per_second * ANSWER_BURST_S, answers_per_second)
        self._drafts = Limit(DRAFT_BURST, DRAFTS_PER_S if answers_per_second else 0)
        self._starts = Limit(starts_per_minute, starts_per_minute / 60)
        self._codes = Limit(WRONG_CODES_PER_MINUTE, WRONG_CODES_PER_MINUTE / 60)
        self._answered = Recent(ANSWER_BURST_S)

    def answer(self, keys: Sequence[str], seq: int) -> float:
        """Seconds until an answer to this turn is in order. A repeat of one that was acknowledged is always."""
        now = self._clock()
        if any(seq <= self._answered[key] for key in keys):
            return 0.0
        return max(self._answers.take(key, now) for key in keys)

    def answered(self, keys: Sequence[str], seq: int) -> None:
        """Remember that this turn has its answer: repeats of it are free for a while, and then cost like any."""
        now = self._clock()
        for key in keys:
            if seq > self._answered[key]:
                self._answered.write(key, seq, now)

    def check_answer(self, keys: Sequence[str], seq: int) -> None:
        """Raises: TooMany."""
        _check(self.answer(keys, seq), "answers")

    def check_draft(self, keys: Sequence[str]) -> None:
        """Raises: TooMany."""
        now = self._clock()
        _check(max(self._drafts.take(key, now) for key in keys), "drafts")

    def check_start(self, request: Request) -> None:
        """Raises: TooMany, when too many tests were started from this address."""
        _check(self._starts.take(address(request), self._clock()), "starts")

    def check_code(self, request: Request) -> None:
        """Raises: TooMany, when too many wrong codes came from this address. Right ones cost nothing."""
        _check(self._codes.wait(address(request), self._clock()), "codes")

    def wrong_code(self, request: Request) -> None:
        """Count a code that opened nothing."""
        self._codes.take(address(request), self._clock())


_WORDS = {
    "answers": "Too many answers in a short time.",
    "drafts": "Drafts come too fast.",
    "starts": "Too many tests were started from your network in a short time.",
    "codes": "Too many wrong codes came from your network.",
}


def refused(wait_s: float, kind: str) -> TooMany:
    """The refusal of a request that must wait; `kind` is one of `_WORDS`."""
    RATE_LIMITED.labels(kind).inc()
    seconds = math.ceil(wait_s)
    return TooMany(f"{_WORDS[kind]} Nothing was stored; try again in {seconds} s.", retry_after_s=seconds)


def _check(wait_s: float, kind: str) -> None:
    if wait_s:
        raise refused(wait_s, kind)


def address(request: Request) -> str:
    """Who asks, as far as the network tells: the address, of IPv6 the /64 that one subscriber has to themself."""
    host = request.client.host if request.client else ""
    if ":" not in host:
        return host
    try:
        return str(ipaddress.IPv6Network((host.partition("%")[0], 64), strict=False))
    except ValueError:
        return host


def rates_of(request: Request) -> Rates:
    """The limits of the application."""
    rates: Rates = request.app.state.rates
    return rates


def whose(actor: Actor, attempt_id: str) -> list[str]:
    """The keys of an attempt's own limits, one for each credential that came along.

    With them in it a stranger cannot use up an owner's, and an owner gets no new bucket by a made-up second credential.
    """
    return [f"{digest}{attempt_id}" for digest in (actor.bearer, actor.browser) if digest]
