"""`plumbline task ...`: what waits, what runs, what has failed for good; and have that tried again.

Exit 0 done, 1 nothing to do it with, 2 bad input.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from app.jobs.replay import Listed

task = typer.Typer(help="Background tasks: see them, have dead ones tried again.", no_args_is_help=True)

NOTHING_THERE = 1
BAD_INPUT = 2
T = TypeVar("T")


@task.command("list")
def list_(
    context: typer.Context,
    dead: Annotated[bool, typer.Option("--dead", help="Only those that are not tried any more.")] = False,
    done: Annotated[bool, typer.Option("--done", help="Only those that are done, as long as they are kept.")] = False,
    most: Annotated[int, typer.Option(help="Show at most so many.", min=1)] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show tasks that are not done: those that changed last first."""
    from app.jobs import replay
    from app.jobs.task import State

    if dead and done:
        typer.echo("--dead and --done exclude each other; name one", err=True)
        raise typer.Exit(BAD_INPUT)
    states = [State.DEAD] if dead else [State.DONE] if done else [State.WAITING, State.RUNNING, State.DEAD]
    found = _with_database(context, lambda connection: replay.listed(connection, states, most), writes=False)
    if as_json:
        for one in found:
            typer.echo(json.dumps(vars(one), default=lambda moment: moment.isoformat()))
    else:
        _show(found, "no task is dead" if dead else "no task is done" if done else "nothing waits, runs or is dead")


@task.command()
def retry(
    context: typer.Context,
    number: Annotated[int | None, typer.Argument(help="The task's number, as `plumbline task list` shows it.")] = None,
    all_dead: Annotated[bool, typer.Option("--all-dead", help="Every dead task.")] = False,
) -> None:
    """Have a dead task tried again, from its first try on, by the process that is at work."""
    from app.jobs import replay

    if (number is None) != all_dead:
        typer.echo("name one task by its number, or all with --all-dead", err=True)
        raise typer.Exit(BAD_INPUT)
    now = datetime.now(UTC)
    count = _with_database(context, lambda connection: replay.again(connection, number, now), writes=True)
    typer.echo(f"{count} {'task is' if count == 1 else 'tasks are'} tried again")
    if number is not None and not count:
        typer.echo(f"there is no dead task {number}; `plumbline task list --dead` shows them", err=True)
        raise typer.Exit(NOTHING_THERE)


def _with_database(context: typer.Context, deed: "Callable[[Connection], T]", *, writes: bool) -> T:
    from sqlalchemy.exc import SQLAlchemyError

    from app.database import migrate, unusable
    from app.database.engine import Database
    from app.errors import AppError

    installation: Any = context.obj
    try:
        db = Database(installation.url)
        try:
            if not migrate.is_current(db, installation.migrations):
                typer.echo("the database is not made yet, or older than this program; `plumbline db upgrade`", err=True)
                raise typer.Exit(BAD_INPUT)
            return db.write_now(deed) if writes else db.read_now(deed)
        finally:
            db.close()
    except (AppError, SQLAlchemyError, ImportError) as error:
        typer.echo(f"the database cannot be used: {unusable.told(error)} (see PLUMBLINE_DATABASE_URL)", err=True)
        raise typer.Exit(BAD_INPUT) from error


def _show(found: "list[Listed]", nothing: str) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("number", "task", "state", "tries", "due (UTC)", "last error", box=None)
    for one in found:
        due = "" if one.due_at is None else f"{one.due_at:%m-%d %H:%M:%S}"
        table.add_row(str(one.id), one.name, one.state, str(one.tries), due, one.last_error or "")
    Console(highlight=False, markup=False).print(table if found else nothing)
