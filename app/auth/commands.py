"""`plumbline secret ...`: put a new server secret in force without making the codes worthless that were given out.

Exit 0 done, 2 bad input.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from app.auth import server_secret
from app.errors import AppError

secret = typer.Typer(help="The server's secret, which signs resume codes.", no_args_is_help=True)

BAD_INPUT = 2


@secret.callback()
def about() -> None:
    """The server's secret, which signs resume codes."""


@secret.command()
def rotate(
    context: typer.Context,
    keep_days: Annotated[
        int,
        typer.Option(
            help="For how many days codes signed with the present secret go on to count; 0 drops the former ones too.",
            min=0,
        ),
    ] = server_secret.KEEP.days,
) -> None:
    """Draw a new secret into the data folder; running servers use it at once, what was signed before still counts."""
    if not context.obj.own_secret:
        typer.echo(
            "the secret comes from PLUMBLINE_SECRET, so the data folder has none to change. Move its value to "
            "PLUMBLINE_SECRET_OLD, set PLUMBLINE_SECRET to a new one of 32 characters or more, and restart the servers "
            "one after the other.",
            err=True,
        )
        raise typer.Exit(BAD_INPUT)
    try:
        until = server_secret.rotate(context.obj.data, datetime.now(UTC), timedelta(days=keep_days))
    except (AppError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(BAD_INPUT) from error
    counts = (
        f"What the one before it signed counts until {until:%Y-%m-%d %H:%M} UTC."
        if keep_days
        else "Nothing that a former secret of the file signed counts any more. One in PLUMBLINE_SECRET_OLD still does: "
        "empty it and restart the servers."
    )
    typer.echo(
        f"A new secret is in force. {counts} Keep a copy of {context.obj.data / server_secret.FILE} with your backups."
    )
