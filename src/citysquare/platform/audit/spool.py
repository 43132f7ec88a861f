"""The log's files: one a day, one line an entry, flushed to the disk group by group."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from citysquare.proof.entries import Entry
from citysquare.proof.errors import ProofError
from citysquare.proof.private_files import sync_folder

_TAIL_BYTES = 65_536
"""More than two of the longest lines."""


class Spool:
    """The folder of day files. Every method raises OSError when the disk does."""

    def __init__(self, folder: Path) -> None:
        """Remember the folder; it is made when first written to."""
        self.folder = folder

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder against other threads and processes."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def files(self) -> list[Path]:
        """Return the day files, oldest first."""
        return sorted(self.folder.glob("[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9].jsonl"))

    def head(self) -> Entry | None:
        """Return the last whole entry."""
        for path in reversed(self.files()):
            for text in last_lines(path, _TAIL_BYTES):
                try:
                    return Entry.decoded(text)
                except ProofError:
                    continue
        return None

    def entries(self) -> Iterator[tuple[str, Entry | None]]:
        """Yield every line's place (`2026-05-01.jsonl:3`) and its entry, None where the line is no entry."""
        for path in self.files():
            with path.open("rb") as file:
                for number, text in enumerate(file, start=1):
                    try:
                        line = Entry.decoded(text.rstrip(b"\n"))
                    except ProofError:
                        line = None
                    yield f"{path.name}:{number}", line

    def after(self, sequence: int) -> list[Entry]:
        """Return the entries later than `sequence`, in their order; reads only as many files back as needed."""
        found: dict[int, Entry] = {}
        for path in reversed(self.files()):
            lines = []
            with path.open("rb") as file:
                for text in file:
                    try:
                        lines.append(Entry.decoded(text.rstrip(b"\n")))
                    except ProofError:
                        continue
            found.update({line.sequence: line for line in lines if line.sequence > sequence})
            if any(line.sequence <= sequence for line in lines):
                break
        return [found[key] for key in sorted(found)]

    def append(self, lines: Iterable[Entry]) -> None:
        """Add entries and return when the disk has them. The caller holds `locked`.

        After a clock was set back the newest file goes on, so that files and lines stay in the order of the chain.
        """
        newest = "".join(path.stem for path in self.files()[-1:])
        parts: dict[str, list[bytes]] = {}
        for line in lines:
            newest = max(line.at[:10], newest)
            parts.setdefault(newest, []).append(line.encoded())
        for day, encoded in parts.items():
            append_lines(self.folder / f"{day}.jsonl", b"".join(encoded))


def last_lines(path: Path, most_bytes: int) -> list[bytes]:
    """Return the lines of a file's end without their newlines, the last one first; its first and its last may be torn. Raises OSError."""
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - most_bytes))
        return file.read().split(b"\n")[::-1]


def append_lines(path: Path, data: bytes) -> None:
    """Add whole lines to a file and return when the disk has them; all of them or none. Raises OSError."""
    fresh = not path.exists()
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        _cut_torn_line(descriptor)
        size = os.fstat(descriptor).st_size
        if os.write(descriptor, data) != len(data):
            os.ftruncate(descriptor, size)
            raise OSError("the disk took only part of the lines")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if fresh:
        sync_folder(path.parent)


def _cut_torn_line(descriptor: int) -> None:
    """Remove a last line without its newline: it was being written when the power or the disk failed, and nobody was told it is there."""
    size = os.fstat(descriptor).st_size
    tail = os.pread(descriptor, min(size, _TAIL_BYTES), max(0, size - _TAIL_BYTES))
    rest = len(tail) - (tail.rfind(b"\n") + 1)
    if rest:
        os.ftruncate(descriptor, size - rest)
