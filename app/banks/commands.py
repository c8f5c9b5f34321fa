"""`plumbline bank ...`: what item types and banks there are, whether they are sound, and publishing them.

Exit 0 done, 1 a check failed, 2 bad input; every problem on its own line as `file:line:column: code: message`.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from app.banks.places import Installation

bank = typer.Typer(help="Item banks: list, check, verify, publish.", no_args_is_help=True)

Names = Annotated[list[str] | None, typer.Argument(help="Domains or bank folders; all banks when left out.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")]
CHECK_FAILED = 1
BAD_INPUT = 2


@bank.command()
def types(as_json: AsJson = False) -> None:
    """The item types, each with an answer by example."""
    from app.items import registry

    rows = [{"type": name, "answer": found.key_shape()} for name, found in sorted(registry.types().items())]
    if as_json:
        _print_json(rows)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("type", "an answer looks like")
    for row in rows:
        table.add_row(str(row["type"]), json.dumps(row["answer"]))
    Console().print(table)


@bank.command("list")
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """The banks on disk and what they hold."""
    from app.banks import load

    rows = []
    for folder in _installation(context).shelf.banks():
        loaded = load.load_bank(folder)
        live = [item for item in loaded.items if item.status == "live"]
        rows.append(
            {
                "domain": folder.name,
                "title": loaded.defined.title if loaded.defined else None,
                "items": len(loaded.items),
                "live": len(live),
                "skills": len({item.skill for item in live}),
                "scripted": sum(1 for item in live if item.verify and item.verify.script),
                "errors": len(loaded.errors),
            }
        )
    if as_json:
        _print_json(rows)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("domain", "items", "live", "skills", "keys proved by script", "errors")
    for row in rows:
        table.add_row(*(str(row[name]) for name in ("domain", "items", "live", "skills", "scripted", "errors")))
    Console().print(table)


@bank.command()
def check(context: typer.Context, names: Names = None, as_json: AsJson = False) -> None:
    """Whether banks keep the format and the rules of good items; every problem in one run."""
    from app.banks import check as rules
    from app.banks import load

    problems = [problem for folder in _folders(context, names) for problem in rules.check(load.load_bank(folder))]
    for problem in problems:
        typer.echo(json.dumps(problem.as_json()) if as_json else str(problem))
    errors = sum(not problem.is_warning for problem in problems)
    if not as_json:
        typer.echo(f"{errors} errors, {len(problems) - errors} warnings", err=True)
    if problems:
        raise typer.Exit(BAD_INPUT if errors else CHECK_FAILED)


@bank.command()
def verify(
    context: typer.Context,
    names: Names = None,
    item: Annotated[list[str] | None, typer.Option(help="Only these items.")] = None,
    as_json: AsJson = False,
) -> None:
    """Run the script of every key, each in a child process with limits; a script never sees the key."""
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from app.banks import load
    from app.banks import verify as keys

    banks = [load.load_bank(folder) for folder in _folders(context, names)]
    broken = [problem for found in banks for problem in found.errors]
    for problem in broken:
        typer.echo(str(problem))
    only = set(item) if item else None
    total = sum(len(keys.scripted(found, only)) for found in banks)
    if only and total < len(only):
        typer.echo(f"only {total} of the items named have a script here", err=True)
        raise typer.Exit(BAD_INPUT)
    failed = variants = 0
    columns = (TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=as_json) as progress:
        task = progress.add_task("keys proved", total=total)
        for found in banks:
            for result in keys.verify(found, only):
                progress.advance(task)
                variants += result.variants
                failed += not result.ok
                if as_json:
                    _print_json([vars(result)])
                elif not result.ok:
                    place = found.sources[result.item_id].file
                    typer.echo(f"{place}:1:1: bank.key: {result.message} [{result.item_id}]")
    if not as_json:
        typer.echo(f"{total - failed} of {total} keys proved over {variants} variants", err=True)
    if broken:
        raise typer.Exit(BAD_INPUT)
    if failed:
        raise typer.Exit(CHECK_FAILED)


@bank.command()
def simulate(
    context: typer.Context,
    names: Names = None,
    people: Annotated[int, typer.Option(min=10, help="Simulated people a domain, and a domain and theta.")] = 250,
    seed: Annotated[int, typer.Option(help="Everything follows from it.")] = 1,
    write: Annotated[bool, typer.Option(help="Keep the verdicts for the method page.")] = False,
    as_json: AsJson = False,
) -> None:
    """Simulated candidates on the banks: precision of each, and how often each verdict is given at each true theta."""
    from rich.console import Console
    from rich.progress import track
    from rich.table import Table

    from app.banks import on_disk, publish
    from app.banks import simulate as people_on_banks

    installation = _installation(context)
    banks = on_disk.banks(tuple(_folders(context, names)))
    pools = [on_disk.pool(found) for found in banks]
    errors = Console(stderr=True)
    summaries = list(
        track(people_on_banks.summaries(pools, people, seed), "precision", len(pools), console=errors, disable=as_json)
    )
    steps = people_on_banks.verdict_rows(pools, people, seed)
    rows = list(track(steps, "verdicts", len(people_on_banks.THETAS), console=errors, disable=as_json))
    if write:
        file = installation.shelf.shipped / "profiles" / people_on_banks.TABLE
        people_on_banks.write_table(file, rows, {b.definition.id: publish.bank_hash(b) for b in banks})
    if as_json:
        _print_json([vars(row) for row in (*summaries, *rows)])
        return
    precision = Table("domain", "people", "items", "SE", "RMSE", "bias", "correlation", "95 % covers")
    for one in summaries:
        shown = (one.items, one.se, one.rmse, one.bias, one.correlation, one.coverage_95)
        precision.add_row(one.domain, str(one.people), *(f"{value:.3g}" for value in shown))
    verdicts = Table("true theta", "score", "people", "meets", "too close", "below", title="Verdicts: accomplished")
    for row in rows:
        shares = (f"{share:.1%}" for share in (row.meets, row.too_close, row.below))
        verdicts.add_row(f"{row.theta:g}", f"{row.score:g}", str(row.people), *shares)
    Console().print(precision, verdicts)


@bank.command()
def publish(context: typer.Context, names: Names = None) -> None:
    """Publish banks, profiles and roles as immutable versions; what is unchanged stays as it is."""
    from app.banks import shelf
    from app.database import migrate
    from app.database.engine import Database
    from app.errors import AppError

    installation = _installation(context)
    only = [folder.name for folder in _folders(context, names)] if names else []
    installation.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    db = Database(installation.url)
    now = datetime.now(UTC)
    try:
        migrate.upgrade(db, installation.migrations, now)
        outcome = db.write_now(shelf.publish_all, installation.shelf, now, only)
    except AppError as error:
        for line in (f"{field.path}: {error.code}: {field.message}" for field in error.errors):
            typer.echo(line)
        typer.echo(f"{error.code}: {error.detail}", err=True)
        raise typer.Exit(BAD_INPUT) from error
    finally:
        db.close()
    for published in outcome.published:
        state = "published" if published.is_new else "unchanged"
        typer.echo(f"{published.domain}: version {published.number}, {published.items} items, {state}")
    for problem in outcome.problems:
        typer.echo(str(problem))
    if outcome.problems:
        raise typer.Exit(BAD_INPUT)


def _installation(context: typer.Context) -> Installation:
    installation: Installation = context.obj
    return installation


def _folders(context: typer.Context, names: list[str] | None) -> list[Path]:
    """The bank folders that are meant: by domain, or by path. Exits with 2 for a name that is neither."""
    known = {folder.name: folder for folder in _installation(context).shelf.banks()}
    folders = []
    for name in names or list(known):
        folder = known.get(name, Path(name))
        if not (folder / "bank.yaml").is_file():
            typer.echo(f"{name}:1:1: bank.unknown: no bank here; the banks are {', '.join(known)}", err=True)
            raise typer.Exit(BAD_INPUT)
        folders.append(folder)
    return folders


def _print_json(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        typer.echo(json.dumps(row, ensure_ascii=False))
