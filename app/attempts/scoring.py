"""Presenting and scoring an item: the only part of `attempts` that touches keys. What leaves is a view or a score."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection

from app.attempts import log
from app.banks import secrets
from app.items import registry, variants
from app.items.contract import Answer, Score, Variant


@dataclass(frozen=True)
class Scored:
    """An answer as understood, its canonical text, and its score."""

    answer: Answer
    canonical: str
    score: Score


def variant(connection: Connection, attempt_seed: bytes, item_version_id: int) -> Variant[Any]:
    """The item as this attempt sees it: parameters and option order from the stored seed."""
    return _variant(secrets.content_hash(connection, item_version_id), attempt_seed)


@lru_cache(maxsize=4096)  # a turn is drawn once to be shown and once to be scored
def _variant(content_hash: str, attempt_seed: bytes) -> Variant[Any]:
    item = secrets.item(content_hash)
    return variants.instantiate(item, variants.variant_seed(attempt_seed, item.id, item.version))


def view(connection: Connection, attempt_seed: bytes, item_version_id: int) -> dict[str, Any]:
    """What the candidate sees of the item; an allow-list that the type builds, never the key."""
    concrete = variant(connection, attempt_seed, item_version_id)
    item = concrete.item
    return {
        "id": item.id,
        "version": item.version,
        "domain": item.domain,
        "skill": item.skill,
        **registry.view(concrete),
    }


def parse(
    connection: Connection, attempt_seed: bytes, item_version_id: int, raw: Mapping[str, Any]
) -> tuple[Variant[Any], Answer]:
    """The candidate's input as an answer of the item's type.

    Raises:
        AnswerShape, AnswerNumber, AnswerTooLong: it is malformed; nothing is stored.
    """
    concrete = variant(connection, attempt_seed, item_version_id)
    return concrete, registry.type_of(concrete.item).parse(concrete, raw)


def score(connection: Connection, attempt_seed: bytes, item_version_id: int, raw: Mapping[str, Any]) -> Scored:
    """Parse and score an input.

    Raises:
        AnswerShape, AnswerNumber, AnswerTooLong: it is malformed; nothing is stored.
    """
    concrete, answer = parse(connection, attempt_seed, item_version_id, raw)
    return Scored(answer, log.canonical(answer), registry.type_of(concrete.item).score(concrete, answer))


def rescore(connection: Connection, attempt_seed: bytes, item_version_id: int, canonical: str) -> float:
    """The score of a stored answer, computed again."""
    return score(connection, attempt_seed, item_version_id, json.loads(canonical)).score.fraction
