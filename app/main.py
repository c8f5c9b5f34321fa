"""The composition root: settings in, ASGI application out."""

import gc
import random
import sqlite3
from asyncio import Protocol
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError

import app.attempts.api
import app.attempts.pages
import app.banks.api
import app.http.operations
import app.http.pages
import app.results.api
import app.results.pages
from app import worker
from app.auth import server_secret
from app.banks import shelf
from app.banks.places import Shelf
from app.database import migrate, unusable
from app.database.engine import Database
from app.errors import AppError
from app.http import assets, openapi, problems, render
from app.http.admission import Gate
from app.http.assets import AssetError
from app.http.connection import refusing
from app.http.protection import Protection, Site, turned_away
from app.http.rates import Rates
from app.items import registry
from app.settings import Settings, shipped
from app.telemetry import log

Clock = Callable[[], datetime]
Beside = Callable[[Database, Clock], AbstractAsyncContextManager[None]]


def utc_clock() -> datetime:
    """The server's clock; the only one that counts."""
    return datetime.now(UTC)


def _nothing(_db: Database, _clock: Clock) -> AbstractAsyncContextManager[None]:
    return nullcontext()


def create_app(settings: Settings, clock: Clock = utc_clock, beside: Beside = _nothing) -> FastAPI:
    """The application over the database and banks that the settings name. Starting it brings both up to date.

    `beside` goes on as long as it serves: background tasks, in a server that carries them out.
    """

    @asynccontextmanager
    async def lifespan(application: FastAPI) -> AsyncIterator[None]:
        db = Database(settings.url)
        try:
            prepare(db, settings, content, clock())
            application.state.db = db
            gc.freeze()  # what is loaded stays: the collector need not walk it again and again
            async with beside(db, clock):
                yield
        finally:
            db.close()

    application = FastAPI(
        title="Plumbline",
        version="1",
        summary="Skills assessment: adaptive tests whose every score comes with its uncertainty.",
        lifespan=lifespan,
        docs_url=None,  # a page of our own; Swagger's would break the content security policy
        redoc_url=None,
        # Prometheus is on /metrics; asking the environment for exporters on every request took a twentieth of its time
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    content = Shelf(shipped("question_banks"), settings.bank_folders)
    application.state.clock = clock
    application.state.shelf = content
    application.state.assets = assets.load()
    application.state.templates = render.environment(_template_folders())
    application.state.secrets = lambda: server_secrets(settings, clock())
    for routed in (
        app.attempts.api,  # first: routes are tried in this order, and it is the one under load
        app.http.operations,
        app.banks.api,
        app.attempts.pages,
        app.results.api,
        app.results.pages,
        app.http.pages,
    ):
        application.include_router(routed.router)
    problems.install(application)
    openapi.install(application)
    application.state.site = Site(settings.base_url)
    application.state.rates = Rates(settings.answers_per_second, settings.starts_per_minute)
    application.state.gate = Gate(settings.in_flight, random.Random())
    application.add_middleware(Protection, site=application.state.site, gate=application.state.gate)
    return application


def server_secrets(settings: Settings, now: datetime) -> tuple[bytes, ...]:
    """The secret that signs now, and the former ones that still count.

    Raises:
        SecretUnusable: the file in the data folder is damaged.
    """
    return server_secret.accepted(settings.data, settings.given_secret, settings.former_secrets, now)


def protocol(application: FastAPI) -> type[Protocol]:
    """The connections with which uvicorn shall serve the application."""
    return refusing(partial(turned_away, gate=application.state.gate, site=application.state.site))


def make_ready(settings: Settings, *, works: bool = False) -> FastAPI | str:
    """The application, with database and banks brought up to date before it serves; or what stands in the way.

    With `works` it carries out background tasks too.
    """
    in_the_way = bring_up_to_date(settings)
    if in_the_way is not None:
        return in_the_way
    duties = worker.duties(settings.retention_months)
    try:
        server_secrets(settings, utc_clock())
        return create_app(settings, beside=partial(worker.beside, what=duties, works=works))
    except (AssetError, server_secret.SecretUnusable) as error:
        return f"cannot start: {error}"


def bring_up_to_date(settings: Settings) -> str | None:
    """Bring database and banks up to date; returns what stands in the way, in words for the operator."""
    try:
        db = Database(settings.url)
        try:
            prepare(db, settings, Shelf(shipped("question_banks"), settings.bank_folders), utc_clock())
        finally:
            db.close()
    except OSError as error:
        return f"cannot start: {error.strerror or error}: {error.filename or settings.data} (see PLUMBLINE_DATA)"
    except (AppError, ImportError) as error:
        return f"cannot start: {unusable.told(error)}"
    except (SQLAlchemyError, sqlite3.Error) as error:  # the latter from the copy before an upgrade
        return f"cannot start: the database cannot be used: {unusable.told(error)} (see PLUMBLINE_DATABASE_URL)"
    return None


def prepare(db: Database, settings: Settings, content: Shelf, now: datetime) -> None:
    """Migrate the database (a copy first) and publish the banks, where anything is new."""
    if db.is_sqlite:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    revision = migrate.upgrade(db, shipped("migrations"), now)
    if revision:
        log.info("database upgraded", revision=revision)
    fingerprint = content.fingerprint()
    if db.read_now(shelf.is_published, fingerprint):
        return
    outcome = db.write_now(shelf.publish_all, content, now)
    for bank in outcome.published:
        log.info("bank published", domain=bank.domain, version=bank.number, items=bank.items)
    for problem in outcome.problems:
        log.error(f"bank not published: {problem}")


def _template_folders() -> dict[str, Path]:
    here = Path(__file__).parent
    features = {name: here / name / "templates" for name in ("attempts", "results")}
    types = {f"items/{name}": registry.template_folder(found) for name, found in registry.types().items()}
    return {**features, **types}
