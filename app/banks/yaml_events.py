"""A strict reader of YAML: maps, lists and scalars out of the event stream, with the place of every key and value.

Building from events is what refuses aliases for good: libyaml composes nodes in C, past any override.
"""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path as FilePath
from typing import Any, TypeAlias

import yaml
from yaml import events
from yaml.nodes import ScalarNode
from yaml.resolver import Resolver

MAX_BYTES = 64 * 1024
MAX_DEPTH = 12
MAX_DIGITS = 25
Path: TypeAlias = tuple[str | int, ...]

_INT = re.compile(r"-?(?:0|[1-9][0-9]*)", re.ASCII)
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?", re.ASCII)
_OCTAL = re.compile(r"[-+]?0o[0-7]+", re.ASCII)  # a number in YAML 1.2, text in 1.1
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f\ufffe\uffff]")
_resolve: Callable[..., str] = Resolver().resolve  # the rules of YAML 1.1


@dataclass(frozen=True)
class Place:
    """Where something begins, counted from 1. A block scalar's text begins on the line after its sign."""

    line: int
    column: int
    is_block: bool = False
    is_quoted: bool = False


@dataclass(frozen=True)
class Fault:
    code: str
    message: str
    place: Place
    path: Path = ()


@dataclass
class Document:
    """One file as data. `places` has every value, `keys` every key of a map; `faults` what was refused."""

    content: dict[str, Any] = field(default_factory=dict)
    places: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def place(self, path: Path) -> Place:
        """Where the value at `path` begins, or the nearest thing around it."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, Place(1, 1))

    def text_place(self, path: Path, offset: int) -> Place:
        """About where the character `offset` of the text at `path` stands: exact for block scalars."""
        start = self.place(path)
        value: Any = self.content
        for part in path:
            value = value[part]
        before = str(value)[:offset]
        if not start.is_block:
            inside = start.column + start.is_quoted + offset
            return Place(start.line, start.column if "\n" in before else inside)
        line = min(start.line + 1 + before.count("\n"), max(len(self.lines), 1))
        text = self.lines[line - 1] if self.lines else ""
        indent = len(text) - len(text.lstrip(" "))
        return Place(line, min(indent + 1 + len(before) - before.rfind("\n") - 1, len(text) + 1))

    def was_refused(self, path: Path) -> bool:
        """Whether a fault already stands at this place or around it."""
        return any(path[: len(fault.path)] == fault.path for fault in self.faults)


class _StopError(Exception):
    """Reading cannot go on."""


def read_file(file: FilePath) -> Document:
    """Read one file as `read` does, and never more of it than may be in one."""
    try:
        with file.open("rb") as stream:
            source = stream.read(MAX_BYTES + 1)
            size = os.fstat(stream.fileno()).st_size
    except OSError as error:
        return Document(faults=[Fault("bank.file", f"cannot be read: {error.strerror}", Place(1, 1))])
    return read(source, size)


def read(source: bytes, size: int = 0) -> Document:
    """Read a text. Never raises: what is refused is in `faults`; all else is read on as far as possible.

    `size` says how many bytes there are where `source` holds only the first of them.
    """
    document = Document()
    try:
        text = _decode(source, size)
        document.lines = text.split("\n")
        _Builder(document, yaml.parse(text, Loader=yaml.CSafeLoader)).document()
    except _StopError as stop:
        document.content = {}  # what has been read so far is not the author's item
        document.faults.append(stop.args[0])
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
        hint = "; indent with spaces, not tabs" if re.search(r"\\t|tab char", str(error.problem)) else ""
        said = ", ".join(part for part in (error.context, error.problem) if part)
        unquoted = "mapping values" in said or "expected <block end>" in said
        quote = "; put text with `: ` or ` #` in quotes" if unquoted else ""
        document.content = {}
        document.faults.append(Fault("bank.yaml", f"not YAML: {said}{hint}{quote}", place))
    except yaml.YAMLError as error:
        document.faults.append(Fault("bank.yaml", f"not YAML: {error}", Place(1, 1)))
    return document


def _decode(source: bytes, size: int) -> str:
    if len(source) > MAX_BYTES:
        kib = -(-max(size, len(source)) // 1024)
        message = f"the file is {kib} KiB; the limit is {MAX_BYTES // 1024} KiB"
        raise _StopError(Fault("bank.too_big", message, Place(1, 1)))
    if source[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise _StopError(Fault("bank.encoding", "not UTF-8 but UTF-16; save as UTF-8", Place(1, 1)))
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        column = error.start - source.rfind(b"\n", 0, error.start)
        message = f"not UTF-8 (byte 0x{source[error.start]:02X}); save as UTF-8"
        raise _StopError(Fault("bank.encoding", message, Place(line, column))) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if found := _UNPRINTABLE.search(text):
        before = text[: found.start()]
        place = Place(before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise _StopError(Fault("text.control_character", f"control character U+{ord(found[0]):04X}: remove it", place))
    return text


class _Builder:
    """Turns events into data; keeps going after what it refuses, so that one run shows every problem."""

    def __init__(self, document: Document, stream: Iterator[events.Event]) -> None:
        self.into = document
        self.stream = stream

    def document(self) -> None:
        documents = 0
        for event in self.stream:
            if not isinstance(event, events.DocumentStartEvent):
                continue
            documents += 1
            if event.version or event.tags:
                self.refuse("bank.yaml", "directives (%YAML, %TAG) are not allowed", event, ())
            if documents > 1:
                raise _StopError(Fault("bank.yaml", "a second document begins here; one item a file", _place(event)))
            root = next(self.stream)
            content = self.value(root, (), 1)
            if isinstance(content, dict):
                self.into.content = content
            elif not self.into.faults:
                self.refuse("bank.type", "expected a map of fields (`id: ...`) at the top of the file", root, ())
        if not documents:
            raise _StopError(Fault("bank.yaml", "the file is empty", Place(1, 1)))

    def refuse(self, code: str, message: str, event: events.Event, path: Path) -> None:
        self.into.faults.append(Fault(code, message, _place(event), path))

    def value(self, event: events.Event, path: Path, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise _StopError(Fault("bank.too_deep", f"nested deeper than {MAX_DEPTH} levels", _place(event), path[:3]))
        self.into.places[path] = _place(event)
        self.check_properties(event, path)
        if isinstance(event, events.ScalarEvent):
            return self.scalar(event, path)
        if isinstance(event, events.SequenceStartEvent):
            return self.sequence(path, depth)
        if isinstance(event, events.MappingStartEvent):
            return self.mapping(path, depth)
        return None  # an alias, refused above

    def check_properties(self, event: events.Event, path: Path) -> None:
        if isinstance(event, events.AliasEvent) or getattr(event, "anchor", None):
            self.refuse("bank.too_many_aliases", "aliases and anchors are not allowed in question banks", event, path)
        if tag := getattr(event, "tag", None):
            short = str(tag).replace("tag:yaml.org,2002:", "!!")[:40]
            self.refuse("bank.tag", f"tag `{short}` is not allowed", event, path)

    def sequence(self, path: Path, depth: int) -> list[Any]:
        content: list[Any] = []
        while not isinstance(event := next(self.stream), events.SequenceEndEvent):
            content.append(self.value(event, (*path, len(content)), depth + 1))
        return content

    def mapping(self, path: Path, depth: int) -> dict[str, Any]:
        content: dict[str, Any] = {}
        while not isinstance(event := next(self.stream), events.MappingEndEvent):
            if not isinstance(event, events.ScalarEvent):
                raise _StopError(Fault("bank.yaml", "a key must be a plain word", _place(event), path))
            key, below = event.value, (*path, event.value)
            self.check_properties(event, below)
            if key == "<<" and not event.style:
                self.refuse("bank.yaml", "merge keys (<<) are not allowed", event, below)
            if key in content:
                first = self.into.keys[below].line
                self.refuse("bank.duplicate_key", f"`{key[:40]}` given twice (first on line {first})", event, below)
                self.value(next(self.stream), (*below, "(again)"), depth + 1)
                continue
            self.into.keys[below] = _place(event)
            content[key] = self.value(next(self.stream), below, depth + 1)
        return content

    def scalar(self, event: events.ScalarEvent, path: Path) -> Any:
        value: str = event.value
        if event.style or not event.implicit[0]:
            return value  # quoted and block scalars are text
        if value in ("true", "false"):
            return value == "true"
        if _FLOAT.fullmatch(value):
            return self.number(event, path)
        tag = str(_resolve(ScalarNode, value, (True, False))).rpartition(":")[2]
        if tag != "str" or _OCTAL.fullmatch(value):
            self.refuse(*_misread(value, tag), event, path)
        return value

    def number(self, event: events.ScalarEvent, path: Path) -> int | float:
        if _INT.fullmatch(event.value) and len(event.value) <= MAX_DIGITS:
            return int(event.value)
        number = float(event.value)
        if abs(number) == float("inf") or _INT.fullmatch(event.value):
            self.refuse("bank.parameter", f"the number {event.value[:20]} is too large", event, path)
            return 0
        if number == 0 and re.match(r"-?[0.]*[1-9]", event.value):
            self.refuse(
                "bank.parameter", f"the number {event.value[:20]} is too small; write 0 if that is meant", event, path
            )
        return number


def _misread(value: str, tag: str) -> tuple[str, str]:
    """(code, message) for a plain word that YAML 1.1 reads as something else than text."""
    shown = value[:40]
    if tag == "bool":
        return "bank.type", f'expected text, got the YAML word `{shown}`; write "{shown}" in quotes (or true, false)'
    if tag == "null":
        word = f"the YAML word `{shown}`" if shown else "nothing"
        return "bank.type", f"expected a value, got {word}; write one, put the word in quotes or leave the key out"
    if tag == "timestamp":
        try:
            date.fromisoformat(value[:10])
        except ValueError:
            return "bank.yaml", "not a date; quote it if it is text"
        return "bank.type", f'expected text, got a date; write "{shown}" in quotes'
    if ":" in value:
        return "bank.type", "expected text, got a base-60 number; quote it"
    if value.lower().lstrip("+-") in (".nan", ".inf"):
        return "bank.parameter", "must be a finite number; quote it if it is text"
    if tag in ("int", "float", "str"):
        some = f"`{shown}` is a number to some programs and text to others"
        return "bank.type", f"{some}; write a plain number (10, 0.5, 1e-3) or quote it"
    return "bank.yaml", f"`{shown}` has a special meaning in YAML; quote it"


def _place(event: events.Event) -> Place:
    mark: Any = event.start_mark
    style = event.style if isinstance(event, events.ScalarEvent) else None
    return Place(mark.line + 1, mark.column + 1, style in ("|", ">"), style in ("'", '"'))
