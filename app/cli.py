"""The command line: mounts the features' commands, starts the server, looks the installation over."""

import gc
import json
import os
import signal
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer
from pydantic import ValidationError

from app.attempts.commands import db
from app.banks.commands import bank
from app.banks.places import Installation, Shelf
from app.settings import Settings, shipped

cli = typer.Typer(
    help="Plumbline measures people's skills: adaptive tests whose every score comes with its uncertainty.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
cli.add_typer(bank, name="bank")
cli.add_typer(db, name="db")

DRAIN_S = 15  # longer than the longest request


def read_settings() -> Settings:
    """The settings; ends the command with 2 and a line for each that cannot be."""
    try:
        return Settings()
    except ValidationError as error:
        for problem in error.errors():
            name = "_".join(str(part) for part in problem["loc"]).upper()
            typer.echo(f"PLUMBLINE_{name}: {problem['msg']}", err=True)
        raise typer.Exit(2) from None


@cli.callback()
def setup(context: typer.Context) -> None:
    """Read the settings once, for every command."""
    settings = read_settings()
    context.obj = Installation(
        settings.data, settings.url, shipped("migrations"), Shelf(shipped("question_banks"), settings.bank_folders)
    )


@cli.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8000,
) -> None:
    """Serve pages and API. Brings the database and the published banks up to date first; SIGTERM drains and ends it."""
    # on vectors of 61 numbers a second BLAS thread only waits: scoring took four times as long with two
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    import uvicorn

    from app import telemetry
    from app.main import make_ready

    settings = read_settings()
    telemetry.configure(settings.log_format)
    application = make_ready(settings)
    if isinstance(application, str):
        typer.echo(application, err=True)
        raise typer.Exit(2)
    # answers make few cycles and many short-lived objects: looking for cycles less often saves a tenth of their time
    gc.set_threshold(50_000, 20, 100)
    # two threads share the interpreter, the event loop and the writer; changing places less often wastes less
    sys.setswitchinterval(0.02)
    config = uvicorn.Config(
        application,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,  # our own log has the request id
        server_header=False,
        proxy_headers=True,
        timeout_graceful_shutdown=DRAIN_S,
    )
    server = uvicorn.Server(config)
    # once it has drained, uvicorn raises the signal again, and the process would die of it instead of exiting with 0
    signal.signal(signal.SIGTERM, lambda *_: None)
    typer.echo(f"Plumbline: http://{host}:{port}", err=True)
    server.run()
    if not server.started:
        raise typer.Exit(1)


@cli.command()
def doctor(as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False) -> None:
    """Look over data folder, database, banks, clock, font and runner; exit 1 when something is not well."""
    from rich.console import Console

    from app import doctor as examination

    settings = read_settings()
    installation = Installation(
        settings.data, settings.url, shipped("migrations"), Shelf(shipped("question_banks"), settings.bank_folders)
    )
    console = Console(highlight=False)
    bad = 0
    for finding in examination.examine(installation, datetime.now(UTC)):
        bad += finding.state == "bad"
        if as_json:
            typer.echo(json.dumps(vars(finding)))
        else:
            mark = {"ok": "[green]ok  [/]", "note": "[yellow]note[/]", "bad": "[red]bad [/]"}[finding.state]
            console.print(f"{mark} {finding.subject}: {finding.message} {finding.advice}".rstrip(), soft_wrap=True)
    if bad:
        raise typer.Exit(1)


def main() -> None:
    """The console script `plumbline`."""
    cli()


if __name__ == "__main__":
    main()
