"""The floors: FastAPI with a raw driver in its event loop, which stores an answer and computes nothing.

Each reads the same kind of body as the server, stores a row of the same size under the same two keys and updates
another in a transaction of its own, and sends as many bytes back.
"""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Response
from pydantic import BaseModel

SHOWN_BYTES = 1950  # the median state that the server sends back and keeps for repeats
STATE_BYTES = 1300  # the row of an attempt
TABLES = (
    "CREATE TABLE IF NOT EXISTS attempts (id TEXT PRIMARY KEY, seq INTEGER, state TEXT)",
    "CREATE TABLE IF NOT EXISTS responses (id TEXT, seq INTEGER, item TEXT, answer TEXT, body TEXT,"
    " PRIMARY KEY (id, seq), UNIQUE (id, item))",
)
SHOWN, STATE = json.dumps({"stem_html": "x" * SHOWN_BYTES}), "x" * STATE_BYTES


class Answer(BaseModel):
    seq: int
    item_id: str
    answer: dict[str, object]


def sqlite() -> FastAPI:
    """Raw sqlite3 in the event loop, WAL, synchronous=FULL. FLOOR_DATABASE is the file."""
    import sqlite3

    database = sqlite3.connect(os.environ["FLOOR_DATABASE"], isolation_level=None, check_same_thread=False)
    for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", *TABLES):
        database.execute(statement)
    application = FastAPI()

    @application.get("/readyz")
    async def ready() -> dict[str, str]:
        return {"status": "ready"}

    @application.post("/attempts/{attempt_id}/responses")
    async def answer(attempt_id: str, body: Answer) -> Response:
        database.execute("BEGIN IMMEDIATE")
        row = database.execute("SELECT seq, state FROM attempts WHERE id = ?", (attempt_id,)).fetchone()
        seq = (row[0] if row else 0) + 1
        written = (attempt_id, seq, f"{body.item_id}.{seq}", json.dumps(body.answer), SHOWN)
        database.execute("INSERT INTO responses VALUES (?, ?, ?, ?, ?)", written)
        database.execute("INSERT OR REPLACE INTO attempts VALUES (?, ?, ?)", (attempt_id, seq, STATE))
        database.execute("COMMIT")
        return Response(SHOWN, media_type="application/json")

    return application


def postgresql() -> FastAPI:
    """Raw asyncpg, the quickest driver there is, over 8 connections. FLOOR_DATABASE is the URL."""
    import asyncpg

    @asynccontextmanager
    async def lifespan(application: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(os.environ["FLOOR_DATABASE"], min_size=8, max_size=8) as pool:
            for statement in TABLES:
                await pool.execute(statement)
            application.state.pool = pool
            yield

    application = FastAPI(lifespan=lifespan)

    @application.get("/readyz")
    async def ready() -> dict[str, str]:
        return {"status": "ready"}

    @application.post("/attempts/{attempt_id}/responses")
    async def answer(attempt_id: str, body: Answer) -> Response:
        async with application.state.pool.acquire() as database, database.transaction():
            row = await database.fetchrow("SELECT seq, state FROM attempts WHERE id = $1 FOR UPDATE", attempt_id)
            seq = (row[0] if row else 0) + 1
            written = (attempt_id, seq, f"{body.item_id}.{seq}", json.dumps(body.answer), SHOWN)
            await database.execute("INSERT INTO responses VALUES ($1, $2, $3, $4, $5)", *written)
            await database.execute(
                "INSERT INTO attempts VALUES ($1, $2, $3)"
                " ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, state = excluded.state",
                attempt_id,
                seq,
                STATE,
            )
        return Response(SHOWN, media_type="application/json")

    return application
