"""A disk as a model (an apsw VFS): what was written survives a power cut only if it was synced, or by chance.

Real files serve the programs; beside each the model keeps what the disk would still have without power.
"""

import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw

SECTOR = 512


@dataclass(frozen=True)
class Write:
    """Bytes on their way to the disk."""

    offset: int
    content: bytes


@dataclass(frozen=True)
class Truncate:
    size: int


@dataclass
class Inode:
    """A file's content: what was synced, and what came since."""

    synced: bytearray = field(default_factory=bytearray)
    pending: list[Write | Truncate] = field(default_factory=list)

    def sync(self) -> None:
        for one in self.pending:
            put(self.synced, one)
        self.pending.clear()


def put(content: bytearray, change: Write | Truncate) -> None:
    """Carry out a change; a file that is written beyond its end is filled up with zeros."""
    size = change.size if isinstance(change, Truncate) else change.offset
    if len(content) < size:
        content.extend(bytes(size - len(content)))
    if isinstance(change, Truncate):
        del content[size:]
    else:
        content[size : size + len(change.content)] = change.content


class Disk(apsw.VFS):
    """Files as the programs see them, in a real folder; beside it what the disk would still have without power.

    `step` is called, with everything standing still, before each write, truncation, sync, creation and deletion.
    """

    def __init__(self, step: Callable[["Disk"], None]) -> None:
        self.name = f"plumbline-power-{id(self):x}"
        self.lock = threading.RLock()
        self.seen: dict[str, Inode] = {}  # the folder as programs see it
        self.kept: dict[str, Inode] = {}  # the folder as it was last synced
        self.moves: list[tuple[str, Inode | None]] = []  # creations and deletions since (None: deleted)
        self.syncs = 0
        self._step = step
        super().__init__(self.name, "")

    def add(self, file: Path) -> None:
        """A file that was on the disk before."""
        self.seen[str(file)] = self.kept[str(file)] = Inode(bytearray(file.read_bytes()))

    def step(self) -> None:
        self._step(self)

    def sync_folder(self) -> None:
        for name, inode in self.moves:
            if inode is None:
                self.kept.pop(name, None)
            else:
                self.kept[name] = inode
        self.moves.clear()

    def xOpen(self, name: Any, flags: list[int]) -> "File":  # noqa: N802  (apsw's name)
        path = "" if name is None else name if isinstance(name, str) else name.filename()
        with self.lock:
            known = self.seen.get(path)
            if known is None:
                self.step()
            inode = known or Inode()
            opened = File(self, name, flags, inode)
            if known is None and path:
                self.seen[path] = inode
                self.moves.append((path, inode))
            return opened

    def xDelete(self, name: str, is_synced: bool) -> None:  # noqa: N802
        with self.lock:
            self.step()
            super().xDelete(name, is_synced)
            if self.seen.pop(name, None) is not None:
                self.moves.append((name, None))
            if is_synced:
                self.sync_folder()


class File(apsw.VFSFile):
    """An open file of a `Disk`."""

    # the first sync of a journal that was created makes its folder be synced as well (os_unix.c, UNIXFILE_DIRSYNC)
    _WITH_FOLDER = apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_SUPER_JOURNAL

    def __init__(self, disk: Disk, name: Any, flags: list[int], inode: Inode) -> None:
        self._disk = disk
        self._inode = inode
        self._syncs_folder = bool(flags[0] & self._WITH_FOLDER)
        super().__init__("", name, flags)

    def xWrite(self, content: Any, offset: int) -> None:  # noqa: N802
        with self._disk.lock:
            self._disk.step()
            super().xWrite(content, offset)
            self._inode.pending.append(Write(offset, bytes(content)))

    def xTruncate(self, size: int) -> None:  # noqa: N802
        with self._disk.lock:
            self._disk.step()
            super().xTruncate(size)
            self._inode.pending.append(Truncate(size))

    def xSync(self, flags: int) -> None:  # noqa: N802
        with self._disk.lock:
            self._disk.step()
            self._disk.syncs += 1
            self._inode.sync()  # the machine's own disk need not be troubled
            if self._syncs_folder:
                self._disk.sync_folder()
                self._syncs_folder = False


def survivors(disk: Disk, rng: random.Random, is_torn: bool) -> dict[str, bytes]:
    """What is found after a cut: what was synced; when torn, also any part of what was not.

    A torn cut keeps the writes up to some moment, or any of them in any order, sector by sector; a sector that was
    being written may be half old, half new, or spoiled. The folder's changes survive up to some moment.
    """
    names = dict(disk.kept)
    for name, inode in disk.moves[: rng.randint(0, len(disk.moves)) if is_torn else 0]:
        if inode is None:
            names.pop(name, None)
        else:
            names[name] = inode
    return {name: bytes(_content(inode, rng) if is_torn else inode.synced) for name, inode in names.items()}


def _content(inode: Inode, rng: random.Random) -> bytearray:
    content = bytearray(inode.synced)
    if rng.random() < 0.5:  # the writes reach the disk in their order, and it stops in the middle of one
        whole = rng.randint(0, len(inode.pending))
        for change in inode.pending[:whole]:
            put(content, change)
        rest, chance = inode.pending[whole : whole + 1], 0.5
    else:
        rest, chance = inode.pending, rng.random()
    for change in rest:
        if isinstance(change, Truncate):
            if rng.random() < chance:
                put(content, change)
            continue
        for sector in _sectors(change):
            if rng.random() < chance:
                put(content, _torn(sector, rng) if rng.random() < 0.1 else sector)
    return content


def _sectors(write: Write) -> Iterator[Write]:
    at = write.offset
    end = at + len(write.content)
    while at < end:
        until = min(at - at % SECTOR + SECTOR, end)
        yield Write(at, write.content[at - write.offset : until - write.offset])
        at = until


def _torn(sector: Write, rng: random.Random) -> Write:
    if rng.random() < 0.5:
        return Write(sector.offset, sector.content[: rng.randint(0, len(sector.content))])
    return Write(sector.offset, rng.randbytes(len(sector.content)))
