"""`plumbline db ...`: migrate, prove that every score follows from its log, back up and restore.

Exit 0 done, 1 a check failed, 2 bad input.
"""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.banks.places import Installation

if TYPE_CHECKING:
    from app.database.engine import Database

db = typer.Typer(help="The database: upgrade, verify, back up, restore.", no_args_is_help=True)

CHECK_FAILED = 1
BAD_INPUT = 2


@db.command()
def upgrade(context: typer.Context) -> None:
    """Bring the database to the newest revision, after a copy of a SQLite file."""
    from app.database import migrate
    from app.database.engine import Database

    installation = _installation(context)
    installation.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = Database(installation.url)
    try:
        revision = migrate.upgrade(database, installation.migrations, datetime.now(UTC))
        typer.echo(f"upgraded to {revision}" if revision else f"already at {migrate.current(database)}")
    finally:
        database.close()


@db.command()
def verify(
    context: typer.Context,
    replay: Annotated[
        Path | None, typer.Option(help="Derive one attempt again from its replay document; needs no database.")
    ] = None,
) -> None:
    """Recompute every attempt from its response log; exit 1 when anything stored differs by more than 1e-9."""
    if replay is not None:
        _verify_replay(_installation(context), replay)
        return
    from rich.console import Console
    from rich.progress import track

    from app.attempts import verify as checks

    database = _open(_installation(context))
    found = 0
    try:
        ids = database.read_now(checks.attempt_ids)
        for attempt_id in track(ids, "attempts", console=Console(stderr=True), transient=True):
            for fault in database.read_now(lambda c, i=attempt_id: list(checks.faults(c, i))):  # type: ignore[misc]
                found += 1
                typer.echo(str(fault))
    finally:
        database.close()
    typer.echo(f"{len(ids)} attempts recomputed, {found} faults", err=True)
    if found:
        raise typer.Exit(CHECK_FAILED)


def _verify_replay(installation: Installation, path: Path) -> None:
    from app.attempts import verify as checks
    from app.errors import AppError

    try:
        differences = checks.offline(checks.read_replay(path), installation.shelf)
    except AppError as error:
        typer.echo(f"{path}:1:1: {error.code}: {error.detail}", err=True)
        raise typer.Exit(BAD_INPUT) from error
    for difference in differences:
        typer.echo(f"{path}:1:1: replay.difference: {difference}")
    typer.echo(f"replayed, {len(differences)} differences", err=True)
    if differences:
        raise typer.Exit(CHECK_FAILED)


@db.command()
def backup(
    context: typer.Context,
    target: Annotated[Path | None, typer.Argument(help="File to write; default backups/<time>.sqlite3.")] = None,
) -> None:
    """Copy the SQLite database while the server goes on. (For PostgreSQL use pg_dump.)"""
    from app.database import migrate

    installation = _installation(context)
    source = _sqlite_file(installation)
    target = target or installation.data / "backups" / f"{datetime.now(UTC):%Y%m%dT%H%M%S}.sqlite3"
    try:
        migrate.copy_sqlite(source, target)
    except FileExistsError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(BAD_INPUT) from error
    typer.echo(f"{target}: {target.stat().st_size:,} bytes. Keep the file `secret` of the data folder with it.")


@db.command()
def restore(
    context: typer.Context, source: Annotated[Path, typer.Argument(help="A file that `db backup` wrote.")]
) -> None:
    """Put a backup in place, into a data folder that has no database yet."""
    from app.database import migrate

    installation = _installation(context)
    target = _sqlite_file(installation, must_exist=False)
    if not source.is_file():
        typer.echo(f"{source}: there is no such file", err=True)
        raise typer.Exit(BAD_INPUT)
    problem = _unusable(source)
    if problem:
        typer.echo(f"{source}: {problem}", err=True)
        raise typer.Exit(BAD_INPUT)
    try:
        migrate.copy_sqlite(source, target)
    except FileExistsError as error:
        typer.echo(f"{target} exists; move it away first, or name another data folder in PLUMBLINE_DATA", err=True)
        raise typer.Exit(BAD_INPUT) from error
    typer.echo(f"{target}: restored. `plumbline db verify` recomputes every attempt in it.")


def _unusable(source: Path) -> str | None:
    try:
        connection = sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)
        try:
            state = connection.execute("PRAGMA integrity_check").fetchone()[0]
            has_attempts = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'responses'").fetchone()
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        return f"not a database ({error})"
    if state != "ok":
        return f"damaged: {state}"
    return None if has_attempts else "a database, but not one of Plumbline"


def _installation(context: typer.Context) -> Installation:
    installation: Installation = context.obj
    return installation


def _sqlite_file(installation: Installation, *, must_exist: bool = True) -> Path:
    from sqlalchemy.engine import make_url

    url = make_url(installation.url)
    if url.get_backend_name() != "sqlite" or not url.database:
        typer.echo("the database is not SQLite; use its own tools (pg_dump, pg_restore)", err=True)
        raise typer.Exit(BAD_INPUT)
    file = Path(url.database)
    if must_exist and not file.exists():
        typer.echo(f"{file}: there is no database yet; `plumbline serve` or `plumbline db upgrade` makes one", err=True)
        raise typer.Exit(BAD_INPUT)
    return file


def _open(installation: Installation) -> "Database":
    from app.database import migrate
    from app.database.engine import Database

    database = Database(installation.url)
    if migrate.current(database) is None:
        database.close()
        typer.echo("there is no database yet; `plumbline serve` or `plumbline db upgrade` makes one", err=True)
        raise typer.Exit(BAD_INPUT)
    return database
