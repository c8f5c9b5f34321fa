"""Faults to plant in the real application, each a few lines, each of a kind that services like this one have had.

`FAULTS` maps a name to (what it breaks, the invariant that the machine must name). They last as long as the patch.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select

from app.attempts import delivery, feedback, log, rows, scoring, state, steps, timing
from app.attempts.log import Draft, Response
from app.attempts.rows import Attempt
from app.auth import permissions
from app.auth.permissions import Action, Actor, AttemptResource
from app.database.attempts import attempts
from app.items import registry
from app.results import assemble

Plant = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Fault:
    """How it gets into the application, and how the message of whoever finds it begins."""

    plant: Plant
    breaks: str | tuple[str, ...]


def wrong_owner(patch: pytest.MonkeyPatch) -> None:
    """Whoever has any token may read: the check asks whether there is one, not whose."""
    right = permissions.can

    def can(actor: Actor, action: Action, resource: AttemptResource) -> bool:
        return right(actor, action, resource) or (action is Action.READ and actor.bearer is not None)

    patch.setattr(delivery, "can", can)


def wrong_browser(patch: pytest.MonkeyPatch) -> None:
    """Any browser may answer for any other."""
    right = permissions.can

    def can(actor: Actor, action: Action, resource: AttemptResource) -> bool:
        return right(actor, action, resource) or (action is Action.ANSWER and actor.browser is not None)

    patch.setattr(delivery, "can", can)


def key_in_view(patch: pytest.MonkeyPatch) -> None:
    """The view of an item carries its key."""
    right = registry.view
    patch.setattr(registry, "view", lambda v: {**right(v), "key": registry.type_of(v.item).key(v)})


def rationale_in_stem(patch: pytest.MonkeyPatch) -> None:
    """The worked solution of choice items stands below the question, where no field looks new."""
    right = registry.view

    def view(variant: Any) -> dict[str, Any]:
        shown = right(variant)
        if "options" in shown:
            shown["stem_html"] += variant.block(variant.item.rationale)
        return shown

    patch.setattr(registry, "view", view)


def early_result(patch: pytest.MonkeyPatch) -> None:
    """The replay of an open attempt can be had, with the seed that tells what comes next."""
    patch.setattr("app.attempts.export.state.is_over", lambda _status: True)


def repeat_rebuilt(patch: pytest.MonkeyPatch) -> None:
    """A repeat gets the state of now instead of the stored bytes."""
    right = delivery._repeated

    def repeated(connection: Connection, attempt: Attempt, *call: Any) -> str:
        right(connection, attempt, *call)
        return delivery._body(connection, attempt, attempt.last_event_at, log.draft_of(connection, attempt.id))

    patch.setattr(delivery, "_repeated", repeated)


def changed_answer_taken(patch: pytest.MonkeyPatch) -> None:
    """Another answer to an answered turn is acknowledged like a repeat."""

    def repeated(connection: Connection, attempt: Attempt, seq: int, *_: Any) -> str:
        known = log.acknowledged(connection, attempt.id, seq)
        assert known is not None
        return known[2]

    patch.setattr(delivery, "_repeated", repeated)


def second_score(patch: pytest.MonkeyPatch) -> None:
    """Finishing again writes another score."""
    right = delivery.finish

    def finish(connection: Connection, actor: Actor, attempt_id: str, now: datetime) -> str:
        before = rows.find(connection, attempt_id)
        text = right(connection, actor, attempt_id, now)
        if state.is_over(before.status):
            event = log.latest_score(connection, attempt_id)
            assert event is not None
            version = event.score_version + 1
            log.add_score(connection, attempt_id, version, event.engine_version, event.domains, now)
        return text

    patch.setattr(delivery, "finish", finish)


def answer_counted_twice(patch: pytest.MonkeyPatch) -> None:
    """The last answer weighs twice in the estimate that is stored with it."""
    right = steps.advance

    def advance(attempt: Attempt, plan: Any, pools: Any, history: Any, now: datetime) -> Any:
        decision = right(attempt, plan, pools, history, now)
        if not history or history[-1].domain not in decision.steps:
            return decision
        domain, step = history[-1].domain, decision.steps[history[-1].domain]
        moved = replace(step, theta=step.theta * 2)
        return replace(decision, steps={**decision.steps, domain: moved})

    patch.setattr(steps, "advance", advance)


def late_answer_taken(patch: pytest.MonkeyPatch) -> None:
    """The grace is a minute instead of five seconds."""
    patch.setattr(timing, "GRACE", timedelta(seconds=60))


def wrong_theta_stored(patch: pytest.MonkeyPatch) -> None:
    """Theta is rounded on its way into the log."""
    right = log.append

    def append(connection: Connection, attempt_id: str, response: Response, body: str) -> None:
        right(connection, attempt_id, replace(response, theta=round(response.theta, 6)), body)

    patch.setattr(log, "append", append)


def wrong_final_theta(patch: pytest.MonkeyPatch) -> None:
    """The last score is of the estimate before the last answer."""
    right = steps.final_scores
    patch.setattr(steps, "final_scores", lambda attempt, pools, history: right(attempt, pools, history[:-1]))


def oldest_draft_wins(patch: pytest.MonkeyPatch) -> None:
    """A draft is kept only while there is none."""
    right = log.keep_draft

    def keep(connection: Connection, attempt_id: str, draft: Draft, now: datetime) -> None:
        known = log.draft_of(connection, attempt_id)
        if known is None or known.seq != draft.seq:
            right(connection, attempt_id, draft, now)

    patch.setattr(log, "keep_draft", keep)


def time_goes_back(patch: pytest.MonkeyPatch) -> None:
    """An event is given the server's time even when its clock was set back."""
    patch.setattr(timing, "forward", lambda now, _last: now)


def order_from_memory(patch: pytest.MonkeyPatch) -> None:
    """Options are shown in an order that is drawn when somebody asks, not in the one of the attempt's seed."""
    right = delivery._body
    asked = iter(range(10**9))

    def body(*call: Any) -> str:
        told = json.loads(right(*call))
        options = ((told["turn"] or {}).get("item") or {}).get("options", [])
        if next(asked) % 2:
            options.reverse()
        return json.dumps(told, ensure_ascii=False, separators=(",", ":"))

    patch.setattr(delivery, "_body", body)


def practice_everywhere(patch: pytest.MonkeyPatch) -> None:
    """The solution is told after each answer, in a test that measures too."""
    right = steps.record

    def record(connection: Connection, attempt: Attempt, scored: scoring.Scored, *call: Any) -> str:
        practice = replace(attempt, mode="practice")
        told = feedback.of(connection, practice, scored)
        text = right(connection, attempt, scored, *call)
        return text.replace(log.TURN, f',"feedback":{json.dumps(told)}{log.TURN}', 1)

    patch.setattr(steps, "record", record)


def list_of_everybody(patch: pytest.MonkeyPatch) -> None:
    """The list of one's own attempts holds everybody's."""
    right = assemble.history_of

    def history_of(connection: Connection, _actor: Actor, *window: Any) -> tuple[list[dict[str, Any]], bool]:
        browsers = connection.execute(select(attempts.c.browser_hash).distinct()).scalars().all()
        lists = [right(connection, Actor(browser=one), *window)[0] for one in browsers]
        return [attempt for one in lists for attempt in one], False

    patch.setattr(assemble, "history_of", history_of)


FAULTS: Mapping[str, Fault] = {
    "wrong owner": Fault(wrong_owner, "I13"),
    "wrong browser": Fault(wrong_browser, "I13"),
    "list of everybody": Fault(list_of_everybody, "I13"),
    "key leak": Fault(key_in_view, "I12"),
    "key leak in a text": Fault(rationale_in_stem, "I12"),
    "key leak by feedback": Fault(practice_everywhere, "I12"),
    "seed told too early": Fault(early_result, "I12"),
    "broken replay": Fault(repeat_rebuilt, "I8"),
    "changed answer taken": Fault(changed_answer_taken, "I1"),
    "double score": Fault(second_score, "I10"),
    "answer counted twice": Fault(answer_counted_twice, "I5"),
    # it is found by the late answer or draft, or by a result that is not there when the time is over
    "late answer": Fault(late_answer_taken, ("I6", "I1 what is right and in time is taken: GET /r/")),
    "time goes back": Fault(time_goes_back, "I6"),
    "wrong theta": Fault(wrong_theta_stored, "I5"),
    "wrong final theta": Fault(wrong_final_theta, "I5"),
    "oldest draft wins": Fault(oldest_draft_wins, "I7"),
    "another option order": Fault(order_from_memory, "I7"),
}
