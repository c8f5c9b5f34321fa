"""The command line: mounts the features' commands, starts the server, looks the installation over."""

import gc
import json
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from pydantic import ValidationError

from app.attempts.commands import db
from app.auth.commands import secret
from app.banks.commands import bank
from app.banks.places import Installation, Shelf
from app.jobs.commands import task
from app.settings import Settings, shipped

if TYPE_CHECKING:
    from asyncio import Protocol

    from fastapi import FastAPI

    from app.doctor.case import Case

cli = typer.Typer(
    help="Plumbline measures people's skills: adaptive tests whose every score comes with its uncertainty.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
cli.add_typer(bank, name="bank")
cli.add_typer(db, name="db")
cli.add_typer(task, name="task")
cli.add_typer(secret, name="secret")

DRAIN_S = 15  # longer than the longest request
KEEP_ALIVE_S = 75


def read_settings() -> Settings:
    """The settings; ends the command with 2 and a line for each that cannot be."""
    try:
        return Settings()
    except ValidationError as error:
        for problem in error.errors(include_input=False):
            name = "_".join(str(part) for part in problem["loc"]).upper()
            typer.echo(f"cannot start: PLUMBLINE_{name}: {problem['msg']}", err=True)
        raise typer.Exit(2) from None


@cli.callback()
def setup(context: typer.Context) -> None:
    """Read the settings once, for every command but the one that says what is wrong with them."""
    if context.invoked_subcommand != "doctor":
        context.obj = _installation(read_settings())


def _installation(settings: Settings) -> Installation:
    try:
        migrations, banks = shipped("migrations"), shipped("question_banks")
    except FileNotFoundError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    shelf = Shelf(banks, settings.bank_folders)
    return Installation(settings.data, settings.url, migrations, shelf, own_secret=settings.given_secret is None)


@cli.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8000,
    work: Annotated[
        bool | None,
        typer.Option("--work/--no-work", help="Carry out background tasks too; by default as PLUMBLINE_WORK says."),
    ] = None,
) -> None:
    """Serve pages and API. Brings the database and the published banks up to date first; SIGTERM drains and ends it."""
    # on vectors of 61 numbers a second BLAS thread only waits: scoring took four times as long with two
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sockets = _bound(host, port)  # before anything is changed: a second start by mistake must not publish
    from app import telemetry
    from app.main import make_ready, protocol

    settings = read_settings()
    telemetry.configure(settings.log_format)
    works = settings.work if work is None else work
    _look_over(settings, (host, port))
    with _alone(settings):
        application = make_ready(settings, works=works)
        if isinstance(application, str):
            typer.echo(application, err=True)
            raise typer.Exit(2)
        _run(application, settings, sockets, (host, port), protocol(application))


def _look_over(settings: Settings, address: tuple[str, int]) -> None:
    """Say what is odd about the settings, a line each; stop where the address that people use is none."""
    from app.doctor import environment

    for line in environment.warnings(_case(settings, {}, address)):
        typer.echo(f"warning: {line}", err=True)
    if settings.base_url is not None and not environment.is_address(settings.base_url):
        typer.echo("cannot start: PLUMBLINE_BASE_URL is no address of a web site", err=True)
        raise typer.Exit(2)


def _case(settings: Settings, problems: dict[str, str], address: tuple[str, int]) -> "Case":
    from app.doctor.case import Case

    return Case(
        _installation(settings),
        os.environ,
        frozenset(f"PLUMBLINE_{name.upper()}" for name in Settings.model_fields),
        problems,
        settings.base_url,
        settings.given_secret,
        settings.former_secrets,
        address,
        lambda: datetime.now(UTC),
    )


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Have a SQLite file to ourselves as long as we serve, from before anything in it is prepared."""
    from app.database import only, unusable

    with ExitStack() as stack:
        try:
            if settings.database_url is None:
                settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
            stack.enter_context(only.held(settings.url, "plumbline serve"))
        except (only.InUse, OSError) as error:
            typer.echo(f"cannot start: {unusable.told(error)}", err=True)
            raise typer.Exit(2) from None
        yield


def _run(
    application: "FastAPI",
    settings: Settings,
    sockets: list[socket.socket],
    address: tuple[str, int],
    http: "type[Protocol]",
) -> None:
    """Serve on the sockets until SIGTERM."""
    import uvicorn

    host, port = address
    # answers make few cycles and many short-lived objects: looking for cycles less often saves a tenth of their time
    gc.set_threshold(50_000, 20, 100)
    # on SQLite the event loop and the writer share the interpreter; changing places less often wastes less. PostgreSQL
    # has more threads: there the event loop had to wait three times as long for its turn as with Python's own interval
    if settings.url.startswith("sqlite"):
        sys.setswitchinterval(0.02)
    config = uvicorn.Config(
        application,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,  # our own log has the request id
        server_header=False,
        proxy_headers=True,
        http=http,
        ws="none",
        # longer than a proxy keeps an idle connection to us, so that it never sends into one that is just being closed
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=DRAIN_S,
    )
    server = uvicorn.Server(config)
    # once it has drained, uvicorn raises the signal again, and the process would die of it instead of exiting with 0
    signal.signal(signal.SIGTERM, lambda *_: setattr(server, "should_exit", True))
    try:
        for one in sockets:
            one.listen(config.backlog)
    except OSError as error:  # another process bound the port in the same moment, and listened first
        _cannot_listen(host, port, error)
    typer.echo(f"Plumbline: http://{host}:{sockets[0].getsockname()[1]}", err=True)
    server.run(sockets)
    if not server.started:
        raise typer.Exit(1)


def _bound(host: str, port: int) -> list[socket.socket]:
    """Sockets bound to every address of a host; they take no connection before the server is ready."""
    found: list[socket.socket] = []
    try:
        for family, kind, _, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            one = socket.socket(family, kind)
            found.append(one)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # or a restart waits for old connections
            if family == socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            one.bind(address)
            if port == 0:
                break
    except OSError as error:
        for one in found:
            one.close()
        _cannot_listen(host, port, error)
    return found


def _cannot_listen(host: str, port: int, error: OSError) -> NoReturn:
    typer.echo(
        f"cannot start: cannot listen on {host}:{port}: {error.strerror or error}. Stop what uses the port, or name "
        "another with --port (and --host).",
        err=True,
    )
    raise typer.Exit(2)


@cli.command("work")
def work_alone() -> None:
    """Carry out background tasks without serving anything; SIGTERM ends it. For PostgreSQL, beside its servers."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as in serve
    import asyncio

    from app import telemetry, worker
    from app.database.engine import Database
    from app.main import bring_up_to_date, utc_clock

    settings = read_settings()
    telemetry.configure(settings.log_format)
    if settings.url.startswith("sqlite"):
        typer.echo(
            "a SQLite database has one process that writes: its server, which carries out the tasks itself. "
            "Run `plumbline serve`, or set PLUMBLINE_DATABASE_URL to a PostgreSQL database.",
            err=True,
        )
        raise typer.Exit(2)
    in_the_way = bring_up_to_date(settings)
    if in_the_way is not None:
        typer.echo(in_the_way, err=True)
        raise typer.Exit(2)
    db = Database(settings.url)
    try:
        asyncio.run(worker.alone(db, utc_clock, worker.duties(settings.retention_months)))
    finally:
        db.close()


@cli.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    host: Annotated[str, typer.Option(help="Where a server listens, or would.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Its port.", min=1, max=65535)] = 8000,
) -> None:
    """Look the installation over and say what to do: settings, data, database, tasks, banks, clock, machine.

    Changes nothing; exits 1 when something is bad.
    """
    from rich.console import Console
    from rich.text import Text

    from app.doctor.examination import examine

    settings, problems = _settings_as_far_as_they_go()
    case = _case(settings, problems, (host, port))
    console = Console(highlight=False)
    bad = 0
    for finding in examine(case):
        bad += finding.state == "bad"
        if as_json:
            typer.echo(json.dumps(vars(finding)))
        else:
            mark = Text(f"{finding.state:<4}", {"ok": "green", "note": "yellow", "bad": "red"}[finding.state])
            told = f" {finding.subject}: {finding.message}{'.' if finding.advice else ''} {finding.advice}".rstrip()
            console.print(mark + Text(told), soft_wrap=True)
    if bad:
        raise typer.Exit(1)


def _settings_as_far_as_they_go() -> tuple[Settings, dict[str, str]]:
    """The settings, with the default in the place of each that cannot be; and why it cannot, by variable."""
    try:
        return Settings(), {}
    except ValidationError as error:
        wrong = {str(problem["loc"][0]): str(problem["msg"]) for problem in error.errors()}
    defaults = {name: Settings.model_fields[name].get_default(call_default_factory=True) for name in wrong}
    return Settings(**defaults), {f"PLUMBLINE_{name.upper()}": why for name, why in wrong.items()}


def main() -> None:
    """The console script `plumbline`."""
    os.umask(0o077)  # what a process of ours makes, a database or a backup, is for its owner alone
    try:
        cli()
    except Exception as error:  # the edge of the process: what the outside did to us is said in words
        if (line := _in_words(error)) is None:
            raise  # a fault of ours
        typer.echo(line, err=True)
        sys.exit(2)


def _in_words(error: Exception) -> str | None:
    """What an operator is told about files, a database or a package that cannot be used; None for any other error."""
    import sqlite3

    from sqlalchemy.exc import SQLAlchemyError

    from app.database import unusable
    from app.errors import AppError

    if isinstance(error, (SQLAlchemyError, sqlite3.Error)):  # the latter from copies, which SQLite makes itself
        return f"the database cannot be used: {unusable.told(error)} (see PLUMBLINE_DATABASE_URL)"
    if isinstance(error, (AppError, OSError, ImportError)):
        return unusable.told(error)
    return None


if __name__ == "__main__":
    main()
