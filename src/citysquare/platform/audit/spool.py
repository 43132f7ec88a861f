"""The log's files: one a day, one line an entry, flushed to the disk line by line."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from citysquare.platform.audit.chain import Line

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
        return sorted(self.folder.glob("*.jsonl"))

    def head(self) -> Line | None:
        """Return the last whole entry."""
        for path in reversed(self.files()):
            with path.open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
                for text in reversed(file.read().split(b"\n")):
                    try:
                        return Line.decoded(text)
                    except ValueError:
                        continue
        return None

    def entries(self) -> Iterator[tuple[str, Line | None]]:
        """Yield every line's place (`2026-05-01.jsonl:3`) and its entry, None where the line is no entry."""
        for path in self.files():
            with path.open("rb") as file:
                for number, text in enumerate(file, start=1):
                    try:
                        line = Line.decoded(text)
                    except ValueError:
                        line = None
                    yield f"{path.name}:{number}", line

    def after(self, sequence: int) -> list[Line]:
        """Return the entries later than `sequence`, in their order; reads only as many files back as needed."""
        found: dict[int, Line] = {}
        for path in reversed(self.files()):
            lines = []
            with path.open("rb") as file:
                for text in file:
                    try:
                        lines.append(Line.decoded(text))
                    except ValueError:
                        continue
            found.update({line.sequence: line for line in lines if line.sequence > sequence})
            if any(line.sequence <= sequence for line in lines):
                break
        return [found[key] for key in sorted(found)]

    def append(self, lines: Iterable[Line]) -> None:
        """Add entries and return when the disk has them. The caller holds `locked`.

        After a clock was set back the newest file goes on, so that files and lines stay in the order of the chain.
        """
        days = [path.stem for path in self.files()[-1:]]
        for line in lines:
            days = [max(f"{line.at:%Y-%m-%d}", *days)] if days else [f"{line.at:%Y-%m-%d}"]
            path = self.folder / f"{days[0]}.jsonl"
            fresh = not path.exists()
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            try:
                _cut_torn_line(descriptor)
                data = line.encoded()
                if os.write(descriptor, data) != len(data):
                    _cut_torn_line(descriptor)
                    raise OSError("the disk took only part of a line")
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            if fresh:
                self._sync_folder()

    def _sync_folder(self) -> None:
        descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _cut_torn_line(descriptor: int) -> None:
    """Remove a last line without its newline: it was being written when the power or the disk failed, and nobody was told it is there."""
    size = os.fstat(descriptor).st_size
    tail = os.pread(descriptor, min(size, _TAIL_BYTES), max(0, size - _TAIL_BYTES))
    rest = len(tail) - (tail.rfind(b"\n") + 1)
    if rest:
        os.ftruncate(descriptor, size - rest)
