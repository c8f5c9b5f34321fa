"""Reads a bank folder: bank.yaml, the items, and every problem in them at once. Never runs a script of the bank."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from app.banks import schema_errors, soundness, yaml_events
from app.banks.format import BankDefinition
from app.banks.problems import Problem, arranged, display, key_text
from app.banks.yaml_events import Document, Fault
from app.errors import Invalid
from app.items.contract import Finding, Item
from app.items.expressions import nearest
from app.items.registry import types


class BankUnreadable(Invalid):
    code = "bank.unreadable"
    title = "This bank cannot be read"


@dataclass(frozen=True)
class Source:
    """Where an item came from, to name line and column of anything found in it later."""

    file: Path
    document: Document

    def problem(self, item_id: str, finding: Finding) -> Problem:
        """A finding with its place in the file."""
        if finding.offset is not None and not self.document.was_refused(finding.path):
            place = self.document.text_place(finding.path, finding.offset)
        else:
            place = self.document.place(finding.path)
        key = key_text(finding.path)
        return Problem(display(self.file), place.line, place.column, finding.code, finding.message, item_id, key)


@dataclass(frozen=True)
class Bank:
    """A bank folder as read. `items` are those without an error, by id; `problems` are errors and a few warnings."""

    folder: Path
    defined: BankDefinition | None
    items: tuple[Item, ...]
    problems: tuple[Problem, ...]
    sources: dict[str, Source]

    @property
    def definition(self) -> BankDefinition:
        """What bank.yaml says. Raises BankUnreadable when it is missing or has an error."""
        if self.defined is None:
            raise BankUnreadable("\n".join(str(problem) for problem in self.problems if not problem.is_warning))
        return self.defined

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if not problem.is_warning)


def load_bank(folder: Path) -> Bank:
    """Read one bank. Problems do not raise: they are listed, up to 50 a file."""
    definition, problems = _load_definition(folder / "bank.yaml")
    loaded: list[tuple[Item, Source]] = []
    for file in sorted((folder / "items").rglob("*")):
        if file.is_dir() or file.name.startswith("."):
            continue
        item, source, found = load_item(file, folder, definition)
        problems += found
        if item is not None:
            loaded.append((item, source))
    problems += _clashes(loaded)
    ids = {item.id for item, _ in loaded}
    for item, source in loaded:
        for index, enemy in enumerate(item.enemies):
            if enemy not in ids or enemy == item.id:
                what = "the item itself" if enemy == item.id else f"no item of this bank{nearest(enemy, ids)}"
                finding = Finding("bank.reference", ("enemies", index), f"`{enemy}` is {what}")
                problems.append(source.problem(item.id, finding))
    broken = {problem.file for problem in problems if not problem.is_warning}
    sound = [(item, source) for item, source in loaded if display(source.file) not in broken]
    return Bank(
        folder,
        definition,
        tuple(sorted((item for item, _ in sound), key=lambda item: item.id)),
        arranged(problems),
        {item.id: source for item, source in sound},
    )


def load_item(file: Path, folder: Path, definition: BankDefinition | None) -> tuple[Item | None, Source, list[Problem]]:
    """One item file of the bank in `folder`: (item or None, its source, its problems)."""
    if file.suffix != ".yaml":
        message = "rename it to .yaml" if file.suffix == ".yml" else "only .yaml files belong below items/"
        return None, Source(file, Document()), [_of_file(file, message)]
    document = yaml_events.read_file(file)
    source = Source(file, document)
    given = document.content.get("id")
    item_id = given if isinstance(given, str) else ""
    problems = _from_faults(file, document.faults, item_id)
    if not document.content:
        return None, source, problems
    kind = document.content.get("type")
    if not isinstance(kind, str) or kind not in types():
        message = f"expected {', '.join(sorted(types()))}" + nearest(str(kind), types())
        return None, source, [*problems, source.problem(item_id, Finding("bank.value", ("type",), message))]
    schema = types()[kind].schema
    try:
        item: Item = schema.model_validate(document.content)
    except ValidationError as error:
        return None, source, problems + _from_faults(file, schema_errors.faults(error, schema, document), item_id)
    findings = [*_belongs(item, file, folder, definition), *soundness.judged(item), *soundness.names(item)]
    if all(finding.is_warning for finding in findings):
        made, failed = soundness.variants(item, 1)
        findings += [*failed, *soundness.texts(item, made)]
    return item, source, problems + [source.problem(item.id, finding) for finding in findings]


def _load_definition(file: Path) -> tuple[BankDefinition | None, list[Problem]]:
    if not file.exists():
        return None, [_of_file(file, "every bank has a bank.yaml; question_banks/README.md shows one")]
    document = yaml_events.read_file(file)
    problems = _from_faults(file, document.faults)
    try:
        definition = BankDefinition.model_validate(document.content)
    except ValidationError as error:
        return None, problems + _from_faults(file, schema_errors.faults(error, BankDefinition, document))
    if definition.id != file.parent.name:
        message = f"`{definition.id}` lies in the folder {file.parent.name}; they must be the same"
        problems.append(Source(file, document).problem("", Finding("bank.id", ("id",), message)))
    return (None if problems else definition), problems


def _belongs(item: Item, file: Path, folder: Path, definition: BankDefinition | None) -> Iterator[Finding]:
    """Whether an item stands where its id, skill and domain say, and its script exists."""
    inside = file.relative_to(folder / "items")
    expected = ".".join(inside.with_suffix("").parts)
    if len(inside.parts) != 2:
        yield Finding("bank.id", ("id",), "item files lie at items/<skill>/<name>.yaml")
    elif item.id != expected:
        yield Finding("bank.id", ("id",), f"the file says `{expected}`; id and path must agree")
    if item.skill != inside.parts[0]:
        yield Finding("bank.skill", ("skill",), f"the file lies in the folder of {inside.parts[0]}")
    elif definition is not None and definition.skill(item.skill) is None:
        hint = nearest(item.skill, [skill.id for skill in definition.blueprint.skills])
        yield Finding("bank.skill", ("skill",), f"the blueprint has no such skill{hint}")
    if definition is not None and item.domain != definition.id:
        yield Finding("bank.domain", ("domain",), f"this is the bank of {definition.id}")
    if getattr(item, "scoring", "all-or-nothing") != "all-or-nothing" and item.status in ("live", "pilot"):
        # the engine reads right or wrong; partial credit needs the graded model
        yield Finding("bank.scoring", ("scoring",), "tests score right or wrong so far; write `all-or-nothing`")
    script = item.verify.script if item.verify else None
    if script and not (folder / script).is_file():
        yield Finding("bank.verify", ("verify", "script"), f"there is no file {script}")


def _clashes(loaded: list[tuple[Item, Source]]) -> Iterator[Problem]:
    """Items with the same id, letter case aside: exposure and scoring would mix them up."""
    first: dict[str, Source] = {}
    for item, source in loaded:
        other = first.setdefault(item.id.casefold(), source)
        if other is not source:
            places = " and ".join(f"{display(x.file)}:{x.document.place(('id',)).line}" for x in (other, source))
            finding = Finding("bank.duplicate_item", ("id",), f"item `{item.id}` defined in {places}")
            yield source.problem(item.id, finding)


def _from_faults(file: Path, faults: Iterable[Fault], item_id: str = "") -> list[Problem]:
    name = display(file)
    return [Problem(name, x.place.line, x.place.column, x.code, x.message, item_id, key_text(x.path)) for x in faults]


def _of_file(file: Path, message: str) -> Problem:
    return Problem(display(file), 1, 1, "bank.file", message)
