"""What the engine needs from outside, as Protocols. Real ones and injected ones have the same shape."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol, runtime_checkable

from citysquare.engine.model import SourceEvent, TrackBatch


class Clock(Protocol):
    """Time, as a parameter. See docs/design/time.md."""

    def monotonic(self) -> float:
        """Return seconds that never step or go back."""
        ...

    def wall(self) -> int:
        """Return the slewed wall time in ticks: near UTC, always rising, never stepping."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class Source(Protocol):
    """Where coded pictures come from: a camera (for ever, reconnecting) or a file (until its end)."""

    def events(self) -> AsyncIterator[SourceEvent]:
        """Yield pictures in coding order, and a Break wherever the picture was lost.

        A live source reconnects for ever and reports trouble as Break; a file raises SourceError.
        """
        ...


@runtime_checkable
class TellsTime(Protocol):
    """A source that knows what the camera's clock says."""

    @property
    def camera_clock_error(self) -> float | None:
        """The camera's clock minus wall time, in seconds; None while the camera has not told the time."""
        ...

    @property
    def camera_clock_at(self) -> int | None:
        """Ticks at which it last told the time."""
        ...


class WritableFile(Protocol):
    """One open file of the store."""

    def write(self, data: bytes) -> None:
        """Write all of `data` at the end or raise OSError."""
        ...

    def sync(self) -> None:
        """Bring what was written onto the disk."""
        ...

    def close(self) -> None:
        """Close it."""
        ...


class FileSystem(Protocol):
    """The operations on the store's volume that may fail, so that tests can make them fail."""

    def create(self, path: Path) -> WritableFile:
        """Open a new file for writing; its folder is made when it is missing."""
        ...

    def rename(self, old: Path, new: Path) -> None:
        """Give a file its final name."""
        ...

    def truncate(self, path: Path, length: int) -> None:
        """Cut a file to `length` bytes."""
        ...

    def unlink(self, path: Path) -> None:
        """Remove a file; one that is already gone is no error."""
        ...

    def sync_folder(self, path: Path) -> None:
        """Bring a folder's entries onto the disk."""
        ...

    def free_bytes(self, path: Path) -> int:
        """Return the bytes an unprivileged writer may still use on the volume."""
        ...

    def size_bytes(self, path: Path) -> int:
        """Return the bytes the volume has in all."""
        ...


class ObservationSink(Protocol):
    """Who takes what was seen."""

    def accept(self, batch: TrackBatch) -> None:
        """Take a batch once or more often (each track is stored once). Raises for 'try again later'."""
        ...
