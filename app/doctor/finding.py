"""What a look at one thing found, and the fence around each look: whatever breaks becomes a finding too."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, ParamSpec

P = ParamSpec("P")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `advice` says what to do unless all is well."""

    subject: str
    state: Literal["ok", "note", "bad"]
    message: str
    advice: str = ""


def ok(subject: str, message: str) -> Finding:
    return Finding(subject, "ok", message)


def note(subject: str, message: str, advice: str = "") -> Finding:
    """Worth knowing; nothing is broken."""
    return Finding(subject, "note", message, advice)


def bad(subject: str, message: str, advice: str) -> Finding:
    """Answers may be lost, the service may not start, or somebody may see what they must not."""
    return Finding(subject, "bad", message, advice)


def fenced(
    subject: str, look: Callable[P, Iterator[Finding]], /, *args: P.args, **kwargs: P.kwargs
) -> Iterator[Finding]:
    """The findings of a look; if it fails, that is the last of them, and the next look begins."""
    try:
        yield from look(*args, **kwargs)
    except Exception as error:  # an edge of the process: whoever asks what is wrong must not get a traceback
        yield bad(subject, f"could not be looked at: {reason(error)}", "Mend this first, then run `plumbline doctor`.")


def reason(error: BaseException) -> str:
    """The first line of an error, with its kind where the text alone says little."""
    said = (str(error).strip().splitlines() or [""])[0]
    return said if " " in said else f"{type(error).__name__} {said}".strip()
