"""A disk that can lose its power: all operations go to real files and into a journal, from which each moment's disk can be made again.

After a loss of power a disk holds what was synced, and of the rest as much or as little as it likes, in any order. The model: a file's
bytes are there as of its last sync; of later writes some are there, whole or torn, and what lies between reads as zeros; a folder's entries
are there as of its last sync, and of later changes some first ones. What the index has committed is there (SQLite, `synchronous = FULL`).
"""

from __future__ import annotations

import os
import random
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from citysquare.engine.footage.files import INDEX, RealFileSystem
from citysquare.engine.ports import WritableFile

SECTOR = 512


@dataclass(frozen=True)
class Operation:
    """One operation on the disk: what, on which file or folder, and with what."""

    what: str
    path: Path
    at: int
    """Wall time in ticks."""
    data: bytes = b""
    other: Path | None = None
    length: int = 0
    index: bytes = b""
    """The index as it was committed right before."""


@dataclass
class _Inode:
    kept: bytes = b""
    pending: list[tuple[int, bytes]] = field(default_factory=list)
    size: int = 0


class Journal(RealFileSystem):
    """The real files, and a list of all that was done to them."""

    def __init__(self, root: Path, wall: Callable[[], int]) -> None:
        self.root = root
        self.wall = wall
        self.done: list[Operation] = []
        self.lock = threading.RLock()

    def note(self, what: str, path: Path, *, data: bytes = b"", other: Path | None = None, length: int = 0) -> None:
        self.done.append(Operation(what, path, self.wall(), data, other, length, self.index()))

    def index(self) -> bytes:
        """Return what the index has committed."""
        if not (self.root / INDEX).is_file():
            return b""
        with closing(sqlite3.connect(f"{(self.root / INDEX).as_uri()}?mode=ro", uri=True)) as db:
            return db.serialize()

    def create(self, path: Path) -> WritableFile:
        with self.lock:
            file = super().create(path)
            self.note("create", path)
            return _Journalled(file, path, self)

    def rename(self, old: Path, new: Path) -> None:
        with self.lock:
            super().rename(old, new)
            self.note("rename", old, other=new)

    def truncate(self, path: Path, length: int) -> None:
        with self.lock:
            super().truncate(path, length)
            self.note("truncate", path, length=length)

    def unlink(self, path: Path) -> None:
        with self.lock:
            if path.exists():
                super().unlink(path)
                self.note("unlink", path)

    def sync_folder(self, path: Path) -> None:
        with self.lock:
            self.note("sync_folder", path)


class _Journalled:
    def __init__(self, file: WritableFile, path: Path, journal: Journal) -> None:
        self._file, self._path, self._journal = file, path, journal

    def write(self, data: bytes) -> None:
        with self._journal.lock:
            self._file.write(data)
            self._journal.note("write", self._path, data=data)

    def sync(self) -> None:
        with self._journal.lock:
            self._journal.note("sync", self._path)

    def close(self) -> None:
        self._file.close()


class Disk:
    """What a disk holds after some operations, which come one by one."""

    def __init__(self) -> None:
        self.names: dict[Path, _Inode] = {}
        self.kept: dict[Path, _Inode] = {}
        self.changes: list[tuple[Path, _Inode | None]] = []  # to names, not synced yet

    def name(self, path: Path, inode: _Inode | None) -> None:
        if inode is None:
            self.names.pop(path, None)
        else:
            self.names[path] = inode
        self.changes.append((path, inode))

    def do(self, operation: Operation) -> None:
        """Take one more operation."""
        path = operation.path
        if operation.what == "create":
            self.name(path, _Inode())
        elif operation.what == "write":
            inode = self.names[path]
            inode.pending.append((inode.size, operation.data))
            inode.size += len(operation.data)
        elif operation.what == "sync":
            settle(self.names[path])
        elif operation.what == "rename" and operation.other is not None:
            moved = self.names[path]
            self.name(path, None)
            self.name(operation.other, moved)
        elif operation.what == "truncate":
            settle(self.names[path])
            self.names[path].kept = self.names[path].kept[: operation.length]
            self.names[path].size = operation.length
        elif operation.what == "unlink":
            self.name(path, None)
        elif operation.what == "sync_folder":
            rest: list[tuple[Path, _Inode | None]] = []
            for changed, now in self.changes:
                if changed.parent == path:
                    _set(self.kept, changed, now)
                else:
                    rest.append((changed, now))
            self.changes = rest


def _set(names: dict[Path, _Inode], path: Path, inode: _Inode | None) -> None:
    if inode is None:
        names.pop(path, None)
    else:
        names[path] = inode


def settle(inode: _Inode) -> None:
    """All of a file reaches the disk."""
    data = bytearray(inode.kept)
    for offset, written in inode.pending:
        data[offset : offset + len(written)] = written
    inode.kept, inode.pending = bytes(data), []


def _survived(inode: _Inode, how: str, chance: random.Random) -> bytes:
    """Return what of a file is there afterwards."""
    data = bytearray(inode.kept)
    if how == "torn":  # the first writes, and a part of one
        for offset, written in inode.pending[: chance.randint(0, len(inode.pending))]:
            data[offset : offset + len(written)] = written
        return bytes(data[: chance.randint(len(inode.kept), len(data))])
    if how == "reordered":  # any sectors, with zeros between
        for offset, written in inode.pending:
            for at in range(offset // SECTOR * SECTOR, offset + len(written), SECTOR):
                if chance.random() < 0.6:
                    start, end = max(at, offset), min(at + SECTOR, offset + len(written))
                    data += bytes(max(0, end - len(data)))
                    data[start:end] = written[start - offset : end - offset]
    return bytes(data)


def lose_power(disk: Disk, index: bytes, root: Path, new: Path, how: str, seed: int) -> None:
    """Make in `new` what a loss of power leaves of a disk; `how` is strict, torn or reordered. The disk itself stays as it is."""
    chance = random.Random(seed)
    names = dict(disk.kept)
    if how != "strict":
        for path, inode in disk.changes[: chance.randint(0, len(disk.changes))]:
            _set(names, path, inode)
    new.mkdir()
    for path, inode in names.items():
        target = new / path.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(_survived(inode, how, chance))
    if index:
        (new / INDEX).write_bytes(index)


@contextmanager
def folder_in_memory() -> Iterator[Path]:
    """A folder whose syncs cost nothing, where the system has one: losses of power are modelled here, none is waited for."""
    memory = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a folder of its own there
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as made:
        yield Path(made)
