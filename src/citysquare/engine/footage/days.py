"""The days of a store: the last link of each day's chain, what is left of the day, and what was deleted of it. For the law's log.

A day is UTC's. Only main streams have days to tell of: small ones are a ring of minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from citysquare.engine.footage.ahead import rows_of
from citysquare.engine.footage.ledger import Deleted, Deletion
from citysquare.engine.footage.reader import FootageReader
from citysquare.engine.model import TICKS_PER_SECOND, StreamKey, StreamKind, ticks_from_datetime

_DAY = 86_400 * TICKS_PER_SECOND


@dataclass(frozen=True, slots=True)
class DayHead:
    """The head of one stream's day."""

    stream: str
    """Its name in the store: the camera's, or that of footage put aside."""
    camera: str
    day: str
    """Such as `2026-05-01`."""
    link: bytes
    """The chain's last link so far: it fixes all files of the day and their order (proof.links.chain_link)."""
    segments: int
    """How many the day ever had, deleted ones too."""


@dataclass(frozen=True, slots=True)
class DayLeft:
    """What became of one stream's day."""

    files: int = 0
    """Segments that begin in it and are still there, or wait for their removal from the disk."""
    deleted: tuple[Deleted, ...] = ()
    """Cut to the day, oldest first."""

    @property
    def ticks(self) -> int:
        """How much of the day was deleted."""
        return sum(each.end - each.start for each in self.deleted)


class DayReader(FootageReader):
    """Reads the days of a store, beside a running recorder or without one. Every method raises StoreError."""

    def heads(self, since: str, before: str) -> list[DayHead]:
        """Return the heads of all days from `since` up to, not including, `before`, in their order."""
        query = (
            "SELECT camera, day, link, segments FROM day_head JOIN stream ON stream.id = day_head.stream"
            " WHERE kind = ? AND day >= ? AND day < ? ORDER BY day, camera"
        )
        with self._index() as db:
            rows = db.execute(query, (StreamKind.MAIN.value, since, before)).fetchall() if db else []
            cameras = {key.camera: each.camera for key, each in rows_of(db)} if db else {}
        return [DayHead(stream, cameras.get(stream, stream), day, link, count) for stream, day, link, count in rows]

    def left_of(self, day: str) -> dict[str, DayLeft]:
        """Return what became of a day, by stream; one of which nothing is left or deleted is missing."""
        begins = ticks_from_datetime(datetime.fromisoformat(f"{day}T00:00:00+00:00"))
        span = (begins, begins + _DAY)
        with self._index() as db:
            if db is None:
                return {}
            names = dict(db.execute("SELECT id, camera FROM stream WHERE kind = ?", (StreamKind.MAIN.value,)).fetchall())
            files = dict(db.execute("SELECT stream, count(*) FROM segment WHERE start >= ? AND start < ? GROUP BY stream", span).fetchall())
            gone = db.execute("SELECT stream, start, end, reason, at FROM kept WHERE end > ? AND start < ? ORDER BY stream, start", span)
            deleted: dict[int, list[Deleted]] = {}
            for stream, start, end, reason, at in gone.fetchall():
                deleted.setdefault(stream, []).append(Deleted(max(start, span[0]), min(end, span[1]), Deletion(reason), at))
            waiting = [path for (path,) in db.execute("SELECT path FROM garbage WHERE path LIKE ?", (f"%/{day}/%",))]
        found = {}
        for number, name in names.items():
            left = DayLeft(files.get(number, 0) + _of(name, waiting), tuple(deleted.get(number, ())))
            if left.files or left.deleted:
                found[name] = left
        return found


def _of(stream: str, paths: list[str]) -> int:
    """Count the paths that lie in a main stream's folder, on whatever volume."""
    folder = f"{StreamKey(stream).folder}/"
    return sum((path.partition("/")[2] if path.startswith("@") else path).startswith(folder) for path in paths)
