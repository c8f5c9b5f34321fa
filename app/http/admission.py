"""Who is let in when the server is full: answers last of all to be turned away, what can wait first.

Each kind of request may fill a share of the places. What comes too late costs next to nothing and is told to repeat.
"""

import random
from enum import IntEnum

from prometheus_client import Counter

from app.telemetry import SHEDS


class Urgency(IntEnum):
    """What a request is for; the lower, the later it is turned away."""

    ANSWER = 0
    RESUME = 1
    START = 2
    OTHER = 3


SHARES = {Urgency.ANSWER: 1.0, Urgency.RESUME: 0.9, Urgency.START: 0.7, Urgency.OTHER: 0.5}
RETRY_S = (1, 5)  # drawn between them, so that those turned away do not all come back at once
_ALWAYS = frozenset({"/healthz", "/readyz", "/metrics"})
_ANSWERS = ("/responses", "/q", "/finish")
_STARTS = ("/start", "/continue")


def urgency(method: str, path: str) -> Urgency | None:
    """What a request is for, by its address; None for what is never turned away: files, and what operators ask."""
    if method == "POST":
        if path.startswith(("/api/v1/attempts/", "/a/")):
            if path.endswith(_ANSWERS):
                return Urgency.ANSWER
            return Urgency.START if path.endswith(_STARTS) else Urgency.RESUME
        if path == "/api/v1/attempts" or path.startswith("/tests/"):
            return Urgency.START
    if path.startswith("/s/") or path in _ALWAYS:
        return None
    if path.startswith(("/api/v1/attempts/", "/a/", "/resume")):
        return Urgency.OTHER if path.endswith(("/result", "/replay")) else Urgency.RESUME
    return Urgency.OTHER


class Gate:
    """The places of one process and who is in them. Belongs to one event loop, so it needs no lock."""

    def __init__(self, places: int, rng: random.Random) -> None:
        """`places`: requests under way at once. `rng` spreads when those turned away shall come again."""
        self.places = places
        self.inside = [0] * len(Urgency)
        self._total = 0
        self._room = [max(1, int(places * SHARES[kind])) for kind in Urgency]
        self._turned_away: list[Counter] = [SHEDS.labels(kind.name.lower()) for kind in Urgency]
        self._rng = rng

    def has_room(self, kind: Urgency) -> bool:
        """Whether a request of this kind may come in now."""
        return self._total < self._room[kind]

    def enter(self, kind: Urgency) -> None:
        self.inside[kind] += 1
        self._total += 1

    def leave(self, kind: Urgency) -> None:
        self.inside[kind] -= 1
        self._total -= 1

    def turn_away(self, kind: Urgency) -> int:
        """Count a request that is not let in; after how many seconds it shall be repeated."""
        self._turned_away[kind].inc()
        return self._rng.randint(*RETRY_S)
