"""Recompute every attempt from its log and say what differs: the check behind `plumbline db verify`."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, select

from app.attempts import log, plan, replay, rows, scoring, state, steps
from app.attempts.course import Given
from app.attempts.log import Response
from app.attempts.replay import Logged, Sitting
from app.attempts.rows import Attempt
from app.attempts.schemas import ReplayShape, ReplayStep
from app.banks import load, on_disk, publish
from app.banks.places import Shelf
from app.banks.pool import DomainPool
from app.database.attempts import attempts
from app.errors import Invalid, NotFound
from app.items import registry, variants
from app.items.contract import Item


@dataclass(frozen=True)
class Fault:
    """Something stored that its log does not imply."""

    attempt_id: str
    message: str

    def __str__(self) -> str:
        return f"attempt {self.attempt_id}: {self.message}"


class UnknownVersions(NotFound):
    code = "replay.versions"
    title = "The versions that the replay names are not here"


class UnreadableReplay(Invalid):
    code = "replay.unreadable"
    title = "This is not a replay document"


def attempt_ids(connection: Connection) -> list[str]:
    """Every attempt, oldest first."""
    return list(connection.execute(select(attempts.c.id).order_by(attempts.c.created_at)).scalars())


def faults(connection: Connection, attempt_id: str) -> Iterator[Fault]:
    """What is wrong with one attempt: the log, its times, its scores, theta, the course of items, the stored result."""
    attempt = rows.find(connection, attempt_id)
    responses = log.responses_of(connection, attempt_id)
    pools = steps.pools_of(connection, attempt.plan)
    logged: list[Logged] = []
    for r in responses:
        rescored = _rescored(connection, attempt, pools, r)
        if isinstance(rescored, str):
            yield Fault(attempt_id, f"question {r.seq}: {rescored}")
        else:
            logged.append(Logged(r.seq, r.item_id, r.domain, r.score, rescored, r.theta, r.se, r.source, r.at))
    if len(logged) < len(responses):
        return  # a log with a row that cannot be read implies nothing more
    turn_text = log.turn_of(connection, attempt)
    turn_item = None if turn_text is None else json.loads(turn_text)["item"]["id"]
    sitting = Sitting(
        attempt.plan,
        attempt.seed,
        attempt.started_at or attempt.created_at,
        attempt.expires_at,
        attempt.seq,
        turn_item,
        attempt.end_reason,
    )
    for message in replay.differences(sitting, pools, logged):
        yield Fault(attempt_id, message)
    kept = steps.history_text(
        attempt.plan, [Given(r.domain, pools[r.domain].position[r.item_id], r.score) for r in responses]
    )
    if kept != attempt.history:
        yield Fault(attempt_id, "the history in the attempt's row is not that of its log")
    yield from _wrong_turn_view(connection, attempt, turn_text)
    yield from _wrong_scores(connection, attempt, pools)


def _rescored(
    connection: Connection, attempt: Attempt, pools: Mapping[str, DomainPool], response: Response
) -> float | str:
    """The score of a stored answer computed again, or why that cannot be done."""
    known = pools.get(response.domain)
    place = None if known is None else known.position.get(response.item_id)
    if known is None or place is None:
        return f"{response.item_id} of {response.domain} is not in the banks of the attempt"
    if known.entries[place].item_version_id != response.item_version_id:
        return f"the row names {response.item_id} and the version of another item"
    try:
        return scoring.rescore(connection, attempt.seed, response.item_version_id, response.answer)
    except (Invalid, ValueError) as error:
        return f"the stored answer does not fit {response.item_id}: {error}"


def _wrong_turn_view(connection: Connection, attempt: Attempt, turn_text: str | None) -> Iterator[Fault]:
    """The stored turn shows the variant and the option order that its seed gives (I7)."""
    if turn_text is None or attempt.turn_item_version_id is None:
        return
    stored = json.loads(turn_text)["item"]
    derived = scoring.view(connection, attempt.seed, attempt.turn_item_version_id)
    if [o["id"] for o in stored.get("options", ())] != [o["id"] for o in derived.get("options", ())]:
        yield Fault(attempt.id, "the active turn shows its options in another order than its seed gives")
    if stored["id"] != derived["id"] or stored["version"] != derived["version"]:
        yield Fault(
            attempt.id, f"the active turn shows {stored['id']} v{stored['version']}, its row names another item"
        )


def _wrong_scores(connection: Connection, attempt: Attempt, pools: Mapping[str, DomainPool]) -> Iterator[Fault]:
    score = log.latest_score(connection, attempt.id)
    if (score is not None) != state.is_scored(attempt.status):
        yield Fault(attempt.id, f"status {attempt.status} with {'a' if score else 'no'} stored score")
    if score is None:
        return
    derived = steps.final_scores(attempt, pools, steps.history_of(attempt))
    if [d["domain"] for d in score.domains] != [d["domain"] for d in derived]:
        yield Fault(attempt.id, "the stored score is of other domains than the attempt")
        return
    for stored, fresh in zip(score.domains, derived, strict=True):
        numbers = [("theta", stored["theta"], fresh["theta"]), ("se", stored["se"], fresh["se"])]
        numbers += [(name, stored["level_probabilities"][name], p) for name, p in fresh["level_probabilities"].items()]
        for name, have, want in numbers:
            if not abs(have - want) <= replay.TOLERANCE:
                yield Fault(attempt.id, f"{stored['domain']}: stored {name} {have:.12g}, its log gives {want:.12g}")
        if stored["level"] != fresh["level"] or stored["items"] != fresh["items"]:
            yield Fault(attempt.id, f"{stored['domain']}: stored level or number of items differs from the log")


def offline(document: Mapping[str, Any], content: Shelf) -> list[str]:
    """What differs when a replay document is derived again from the banks on disk, without any database.

    Raises:
        UnreadableReplay: a field is missing or has the wrong form.
        UnknownVersions: the banks on disk are not those of the attempt.
    """
    try:
        told = ReplayShape.model_validate(document)
        pinned = plan.load(told.versions)
        seed = bytes.fromhex(told.seed)
        start, end = _time(told.started_at), None if told.expires_at is None else _time(told.expires_at)
        times = [_time(step.at) for step in told.steps]
        unpinned = set(pinned.domains) - set(pinned.banks)
    except (KeyError, TypeError, ValueError) as error:  # a ValidationError is a ValueError
        raise UnreadableReplay(_not_a_replay(error)) from error
    if unpinned:
        raise UnreadableReplay(f"The replay names no bank for {', '.join(sorted(unpinned))}.")
    items: dict[str, Item] = {}
    pools: dict[str, DomainPool] = {}
    for domain in pinned.domains:
        pools[domain], found = _pool_on_disk(content, pinned, domain)
        items |= found
    logged = [_logged(step, at, items, seed) for step, at in zip(told.steps, times, strict=True)]
    sitting = Sitting(pinned, seed, start, end, len(logged) + 1, None, told.end_reason)
    return list(replay.differences(sitting, pools, logged))


def _not_a_replay(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        reason = f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    else:
        reason = f"{type(error).__name__}: {error}"
    return f"This is not a replay document as GET /attempts/{{attempt_id}}/replay gives it ({reason})."


def _time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"the time {text[:40]} has no zone")
    return moment


def _logged(step: ReplayStep, at: datetime, items: Mapping[str, Item], seed: bytes) -> Logged:
    item = items.get(step.item_id)
    if item is None or item.domain != step.domain:
        raise UnreadableReplay(f"Step {step.seq} names an item that the banks of the attempt do not have.")
    if item.version != step.version:
        raise UnreadableReplay(
            f"Step {step.seq} names version {step.version} of {item.id}; the bank has {item.version}."
        )
    item_type = registry.type_of(item)
    variant = variants.instantiate(item, variants.variant_seed(seed, item.id, item.version))
    answer = item_type.parse(variant, step.answer)
    rescored = item_type.score(variant, answer).fraction
    return Logged(step.seq, item.id, step.domain, step.score, rescored, step.theta, step.se, step.source, at)


def _pool_on_disk(content: Shelf, pinned: plan.Plan, domain: str) -> tuple[DomainPool, dict[str, Item]]:
    folder = content.bank(domain)
    if folder is None:
        raise UnknownVersions(f"There is no bank of {domain} here; name its folder in PLUMBLINE_BANKS.")
    bank = load.load_bank(folder)
    if publish.bank_hash(bank) != pinned.banks[domain].content_hash:
        number = pinned.banks[domain].number
        raise UnknownVersions(f"The bank of {domain} here is not version {number} of the attempt: its content differs.")
    return on_disk.pool(bank), {item.id: item for item in publish.published_items(bank)}


def read_replay(path: Path) -> dict[str, Any]:
    """A replay document from a file.

    Raises:
        UnreadableReplay: it is not JSON, or not an object.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UnreadableReplay(f"{path}: cannot be read as JSON ({error}).") from error
    if not isinstance(document, dict):
        raise UnreadableReplay(f"{path}: expected a JSON object, as GET /attempts/{{attempt_id}}/replay gives it.")
    return document
