"""`plumbline db ...`: migrate, prove that every score follows from its log, back up and restore.

Exit 0 done, 1 a check failed, 2 bad input.
"""

import os
import shlex
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
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
SIDE_FILES = ("-wal", "-shm", "-journal")  # SQLite takes a log with the right name for the database's own


@db.command()
def upgrade(context: typer.Context) -> None:
    """Bring the database to the newest revision, after a copy of a SQLite file."""
    from app.database import migrate

    installation = _installation(context)
    with _usable(installation) as database:
        if database.is_sqlite:
            installation.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        revision = migrate.upgrade(database, installation.migrations, datetime.now(UTC))
        typer.echo(f"upgraded to {revision}" if revision else f"already at {migrate.current(database)}")


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

    found = 0
    with _current(_installation(context)) as database:
        ids = database.read_now(checks.attempt_ids)
        for attempt_id in track(ids, "attempts", console=Console(stderr=True), transient=True):
            for fault in database.read_now(lambda c, i=attempt_id: list(checks.faults(c, i))):  # type: ignore[misc]
                found += 1
                typer.echo(str(fault))
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
    """Copy the SQLite database while the server goes on. (For PostgreSQL it names the command of pg_dump.)"""
    from app.database import migrate

    installation = _installation(context)
    source = _sqlite_file(installation, "backup", target)
    if not source.exists():
        raise _refused(f"{source}: there is no database yet; `plumbline serve` or `plumbline db upgrade` makes one")
    if target is None:
        folder = installation.data / "backups"
        folder.mkdir(exist_ok=True, mode=0o700)
        target = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S}.sqlite3"
    elif not target.parent.is_dir():
        raise _refused(f"{target.parent}: there is no such folder; make it first, or name another file")
    try:
        migrate.copy_sqlite(source, target)
    except (OSError, sqlite3.Error) as error:  # FileExistsError too
        raise _refused(f"{target}: not written: {error}") from error
    typer.echo(f"{target}: {target.stat().st_size:,} bytes. Keep the file `secret` of the data folder with it.")


@db.command()
def restore(
    context: typer.Context, source: Annotated[Path, typer.Argument(help="A file that `db backup` wrote.")]
) -> None:
    """Put a backup in place, into a data folder that has no database yet. (For PostgreSQL it names pg_restore's.)"""
    from app.database import only

    target = _sqlite_file(_installation(context), "restore", source)
    if not source.is_file():
        raise _refused(f"{source}: there is no such file")
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _refuse_over(target)
        with only.held(_installation(context).url, "plumbline db restore"):
            _put_in_place(source, target)
    except only.InUse as error:
        raise _refused(f"{target}: not written: {error.detail}") from error
    except OSError as error:
        raise _refused(f"{target}: not written: {error}") from error
    typer.echo(f"{target}: restored. `plumbline db verify` recomputes every attempt in it.")


def _refuse_over(target: Path) -> None:
    """Stop if a database is there, or only its log: SQLite would replay that into the restored file, and use it up."""
    there = [str(file) for end in ("", *SIDE_FILES) if os.path.lexists(file := Path(f"{target}{end}"))]
    if there:
        raise _refused(
            f"a database, or a log of one, exists: {', '.join(there)}. Stop the server and move them away together, "
            "or name another data folder in PLUMBLINE_DATA. A -wal or -journal may hold the last answers: keep it "
            "beside the database it belongs to, whose name it must begin with."
        )


def _put_in_place(source: Path, target: Path) -> None:
    """Copy, check the copy, then give it its name: opening the backup itself would leave side files beside it."""
    # a folder of its own, so that a log left by a restore that was cut off, or one under way, is never taken for ours
    with tempfile.TemporaryDirectory(prefix=f"{target.name}.", suffix=".restoring", dir=target.parent) as folder:
        copy = Path(folder) / target.name
        for end in ("", "-wal"):  # a log, if it is a raw copy
            if (origin := Path(f"{source}{end}")).exists():
                shutil.copyfile(origin, f"{copy}{end}")
        if (problem := _unusable(copy)) is not None:
            raise _refused(f"{source}: {problem}")
        _refuse_over(target)  # a server may have been started meanwhile
        os.link(copy, target)  # never over a database


def _unusable(copy: Path) -> str | None:
    try:
        with closing(sqlite3.connect(copy)) as connection:
            state = connection.execute("PRAGMA integrity_check").fetchone()[0]
            has_attempts = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'responses'").fetchone()
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.DatabaseError as error:
        return f"not a database ({error})"
    if state != "ok":
        return f"damaged: {state}"
    with copy.open("rb") as file:
        os.fsync(file.fileno())
    return None if has_attempts else "a database, but not one of Plumbline"


def _installation(context: typer.Context) -> Installation:
    installation: Installation = context.obj
    return installation


def _refused(why: str) -> typer.Exit:
    typer.echo(why, err=True)
    return typer.Exit(BAD_INPUT)


def _sqlite_file(installation: Installation, deed: str, file: Path | None) -> Path:
    """The database's file; for PostgreSQL it says instead which command does the deed."""
    from sqlalchemy.engine import URL, make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(installation.url)
    except ArgumentError as error:
        raise _refused(f"{error} (see PLUMBLINE_DATABASE_URL)") from error
    if url.get_backend_name() == "sqlite" and url.database:
        return Path(url.database)
    query = url.difference_update_query(["password"]).query
    bare = URL.create("postgresql", url.username, None, url.host, url.port, url.database, query)
    plain = shlex.quote(bare.render_as_string())
    name = shlex.quote(str(file or "plumbline.dump"))
    known = {
        "backup": f"pg_dump --format=custom --file={name} {plain}",
        "restore": f"pg_restore --exit-on-error --no-owner --dbname={plain} {name}",
    }
    hint = " (into a database that is empty)" if deed == "restore" else ""
    raise _refused(
        f"the database is PostgreSQL, which its own tools back up and restore. Run{hint}:\n  {known[deed]}\n"
        "They ask for the password, or take it from PGPASSFILE. Keep the server's secret with the dump."
    )


@contextmanager
def _usable(installation: Installation) -> "Iterator[Database]":
    """The database, with whatever is wrong with it said in words."""
    from sqlalchemy.exc import SQLAlchemyError

    from app.database import unusable
    from app.database.engine import Database
    from app.errors import AppError

    try:
        with closing(Database(installation.url)) as database:
            yield database
    except AppError as error:
        raise _refused(error.detail) from error
    except (SQLAlchemyError, ImportError) as error:
        raise _refused(f"the database cannot be used: {unusable.told(error)} (see PLUMBLINE_DATABASE_URL)") from error


@contextmanager
def _current(installation: Installation) -> "Iterator[Database]":
    """The database, if it is there and at the newest revision."""
    from app.database import migrate

    with _usable(installation) as database:
        file = Path(database.url.database or "")
        if (database.is_sqlite and not file.exists()) or (revision := migrate.current(database)) is None:
            raise _refused("there is no database yet; `plumbline serve` or `plumbline db upgrade` makes one")
        if not migrate.is_current(database, installation.migrations):
            raise _refused(f"the database is at {revision}; `plumbline db upgrade` brings it up to date")
        yield database
