"""The files of a bundle, wherever they lie: their names, their records, and how they are read from anybody."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from citysquare.proof.canonical import Json
from citysquare.proof.errors import BadBundle
from citysquare.proof.fields import Fields
from citysquare.proof.words import gettext_noop

MOST_FILES = 50_000
"""Sixteen cameras store some 23 000 files of a minute in a day."""
LONGEST_PATH = 200
PIECE = 1 << 20
"""Bytes that are read at once."""
_DEEPEST = 6
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*\Z")


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file of a bundle as a manifest names it."""

    path: str
    size: int
    sha256: bytes

    def json(self) -> dict[str, Json]:
        """Return it as it stands in JSON."""
        return {"bytes": self.size, "path": self.path, "sha256": self.sha256.hex()}

    @classmethod
    def from_json(cls, value: object) -> FileRecord:
        """Read it. Raises BadValue, BadBundle for a path that no bundle has."""
        fields = Fields(value, ("bytes", "path", "sha256"))
        return cls(checked_path(fields.text("path", most=LONGEST_PATH)), fields.whole("bytes"), fields.digest("sha256"))


def checked_path(path: str) -> str:
    """Return a path of ASCII names with slashes between them, that leads nowhere else on any system. Raises BadBundle."""
    parts = path.split("/")
    if len(path) > LONGEST_PATH or len(parts) > _DEEPEST or not all(_PART.match(part) and not part.endswith(".") for part in parts):
        raise BadBundle(gettext_noop("A file of the bundle has a name that no bundle uses."))
    return path


class Source(ABC):
    """The files of a bundle, from anybody. Every method raises BadBundle."""

    @abstractmethod
    def paths(self) -> tuple[str, ...]:
        """Return the paths of all files."""

    @abstractmethod
    def size(self, path: str) -> int:
        """Return a file's size in bytes."""

    @abstractmethod
    def pieces(self, path: str) -> Iterator[bytes]:
        """Yield a file's content."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the files."""

    def read(self, path: str, *, most: int) -> bytes:
        """Return a whole small file."""
        if path not in self.paths():
            raise BadBundle(gettext_noop("The bundle has no file {path}."), path=path)
        if self.size(path) > most:
            raise BadBundle(gettext_noop("The file {path} of the bundle is larger than {most} bytes."), path=path, most=most)
        return b"".join(self.pieces(path))

    def lines(self, path: str, *, longest: int) -> Iterator[bytes]:
        """Yield the lines of a file without their newlines; the last one must have one, too."""
        if path not in self.paths():
            raise BadBundle(gettext_noop("The bundle has no file {path}."), path=path)
        rest = b""
        for piece in self.pieces(path):
            *whole, rest = (rest + piece).split(b"\n")
            if max(map(len, (*whole, rest))) > longest:
                raise BadBundle(gettext_noop("A line of {path} is longer than {longest} bytes."), path=path, longest=longest)
            yield from whole
        if rest:
            raise BadBundle(gettext_noop("The last line of {path} is not whole."), path=path)

    def record(self, path: str) -> FileRecord:
        """Read a whole file for its digest."""
        digest = hashlib.sha256()
        for piece in self.pieces(path):
            digest.update(piece)
        return FileRecord(path, self.size(path), digest.digest())


class Names:
    """Paths that do not fall onto each other on any system: the same name in other letters, a file that is a folder, too many."""

    def __init__(self, paths: Iterable[str] = ()) -> None:
        """Take paths. Raises BadBundle."""
        self._files = set[str]()
        self._folders = set[str]()
        for path in paths:
            self.add(path)

    def add(self, path: str) -> None:
        """Take a path. Raises BadBundle."""
        low = checked_path(path).lower()
        above = {low[:place] for place, letter in enumerate(low) if letter == "/"}
        if low in self._files or len(self._files) >= MOST_FILES:
            raise BadBundle(gettext_noop("The bundle names a file twice, or has more than {most} files."), most=MOST_FILES)
        if low in self._folders or above & self._files:
            raise BadBundle(gettext_noop("The bundle has a file and a folder of the same name."))
        self._files.add(low)
        self._folders |= above


class FolderSource(Source):
    """An unpacked bundle."""

    def __init__(self, folder: Path) -> None:
        """List the folder: plain files only."""
        self._folder = folder
        found = dict(_listed(folder))
        Names(found)
        self._sizes = dict(sorted(found.items()))

    def paths(self) -> tuple[str, ...]:
        """Return the paths of all files."""
        return tuple(self._sizes)

    def size(self, path: str) -> int:
        """Return a file's size in bytes when it was listed."""
        return self._sizes[path]

    def pieces(self, path: str) -> Iterator[bytes]:
        """Yield a file's content."""
        done = 0
        try:
            descriptor = os.open(self._folder / path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
            with os.fdopen(descriptor, "rb") as file:
                while piece := file.read(PIECE):
                    done += len(piece)
                    yield piece
        except OSError:
            raise BadBundle(gettext_noop("The file {path} of the bundle cannot be read."), path=path) from None
        if done != self._sizes[path]:
            raise BadBundle(gettext_noop("The file {path} of the bundle changed while it was read."), path=path)

    def close(self) -> None:
        """Nothing is open."""


def _listed(folder: Path, before: str = "", depth: int = 1) -> Iterator[tuple[str, int]]:
    if depth > _DEEPEST:
        raise BadBundle(gettext_noop("The folders of the bundle stand too deep within each other."))
    try:
        with os.scandir(folder) as entries:
            for number, entry in enumerate(entries):
                if number >= MOST_FILES:
                    raise BadBundle(gettext_noop("The bundle has more than {most} files."), most=MOST_FILES)
                if entry.is_dir(follow_symlinks=False):
                    yield from _listed(folder / entry.name, f"{before}{entry.name}/", depth + 1)
                    continue
                status = entry.stat(follow_symlinks=False)
                if not stat.S_ISREG(status.st_mode):
                    raise BadBundle(gettext_noop("The bundle contains a link or something else that is no plain file."))
                yield before + entry.name, status.st_size
    except OSError:
        raise BadBundle(gettext_noop("The folder of the bundle cannot be read.")) from None
