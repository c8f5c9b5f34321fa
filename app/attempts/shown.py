"""The state of an attempt as clients see it. The active turn is kept as text: the same bytes at every resume."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.attempts import timing
from app.attempts.course import Progress
from app.attempts.log import TURN, Draft
from app.attempts.rows import Attempt
from app.measurement import scale
from app.measurement.adaptive import Step


@dataclass(frozen=True)
class Standing:
    """How far the candidate is; `step` is None where estimates are not shown during the test."""

    answered: int
    progress: Progress | None
    domain: str | None
    step: Step | None


_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))  # json.dumps would make one each time


def dumps(value: Any) -> str:
    """JSON as short as it gets."""
    return _encoder.encode(value)


def turn(seq: int, view: Mapping[str, Any]) -> str:
    """A turn as it is shown first, without a draft."""
    return dumps({"seq": seq, "item": view, "draft": None})


def with_draft(turn_text: str, draft: Draft | None, seq: int) -> str:
    """The turn with the candidate's draft set in, all other bytes as they were."""
    if draft is None or draft.seq != seq:
        return turn_text
    return f'{turn_text.removesuffix("null}")}{{"revision":{draft.revision},"answer":{draft.answer}}}}}'


def rfc3339(moment: datetime) -> str:
    """A time in UTC with microseconds, as every time in the API is written."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def body(
    attempt: Attempt,
    standing: Standing,
    now: datetime,
    turn_text: str | None,
    feedback: Mapping[str, Any] | None = None,
) -> str:
    """The state of an attempt as JSON text, the turn last; with the feedback on the answer just given, in practice."""
    head = {
        "id": attempt.id,
        "assessment": attempt.assessment,
        "mode": attempt.mode,
        "status": attempt.status,
        "created_at": rfc3339(attempt.created_at),
        "expires_at": None if attempt.expires_at is None else rfc3339(attempt.expires_at),
        "time_remaining_s": None if turn_text is None else timing.remaining_s(now, attempt.expires_at),
        "seq": attempt.seq,
        "section": _section(attempt, standing),
        "progress": _progress(standing),
        "estimate": _estimate(standing),
    }
    text = dumps(head)[:-1]
    if feedback is not None:
        # the turn is found by its name: a key that has an entry of this name must spell it in another way
        text += f',"feedback":{dumps(feedback)}'.replace(TURN, TURN.replace("t", "\\u0074"))
    return f"{text}{TURN}{turn_text or 'null'}}}"


def _section(attempt: Attempt, standing: Standing) -> dict[str, Any]:
    plan = attempt.plan
    if plan.is_quick:
        return {"domain": standing.domain or plan.sections[0].domain, "index": 1, "of": 1}
    return {
        "domain": plan.sections[attempt.section_index].domain,
        "index": attempt.section_index + 1,
        "of": len(plan.sections),
    }


def _progress(standing: Standing) -> dict[str, Any]:
    known = standing.progress
    if known is None:
        return {"answered": standing.answered, "likely_total": [standing.answered, standing.answered], "precision": 1.0}
    return {
        "answered": known.answered,
        "likely_total": list(known.likely_total),
        "precision": round(known.precision, 3),
        "half_width_90": round(known.half_width, 1),
        "more": None
        if known.more_items is None
        else {"items": known.more_items, "half_width_90": round(known.more_half_width or 0.0, 1)},
    }


def _estimate(standing: Standing) -> dict[str, Any] | None:
    if standing.step is None:
        return None
    return {
        "domain": standing.domain,
        "score": scale.score(standing.step.theta),
        "interval_90": list(scale.score_interval(standing.step.weights, 0.90)),
    }
