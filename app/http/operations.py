"""What operators ask: alive, ready, metrics; and the static files."""

from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from sqlalchemy import Connection, text

from app.errors import NotFound, Unavailable
from app.http.admission import Urgency
from app.http.route import Db, declared
from app.telemetry import IN_FLIGHT, REGISTRY, WRITER_QUEUE

router = APIRouter()


class Health(BaseModel):
    status: str


class Readiness(BaseModel):
    status: str
    runner: str


class NotReady(Unavailable):
    code = "not_ready"
    title = "The service is not ready"


@router.get("/healthz", response_model=Health, tags=["operations"])
async def alive() -> Any:
    """The process answers."""
    return {"status": "alive"}


@router.get("/readyz", response_model=Readiness, responses=declared(NotReady), tags=["operations"])
async def ready(db: Db) -> Any:
    """The database answers and a bank is published."""
    if not await db.read(_published_banks):
        raise NotReady("No bank is published yet; see `plumbline doctor`.", retry_after_s=2)
    return {"status": "ready", "runner": "off"}


def _published_banks(connection: Connection) -> int:
    count: int = connection.execute(text("select count(*) from bank_versions")).scalar_one()
    return count


@router.get("/metrics", response_class=Response, tags=["operations"])
async def metrics(request: Request, db: Db) -> Response:
    """Prometheus metrics of this process."""
    for kind, number in zip(Urgency, request.app.state.gate.inside, strict=True):
        IN_FLIGHT.labels(kind.name.lower()).set(number)
    WRITER_QUEUE.set(db.waiting())
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)


@router.get("/s/{path:path}", include_in_schema=False)
async def static(path: str, request: Request) -> Response:
    """A static file; its address holds the hash of all of them, so browsers may keep it for ever."""
    found = request.app.state.assets.lookup(path, request.headers.get("accept-encoding", ""))
    if found is None:
        raise NotFound("There is nothing at this address.")
    return Response(found.body, headers=dict(found.headers), media_type=found.media_type)
