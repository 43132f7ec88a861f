"""Footage that is dated ahead of time: the machine's clock was wrong and has been corrected.

A recorder that starts and finds its stream's footage in the future would have to wait until then, date everything wrongly for as long,
or write footage that overlaps. Instead what lies ahead is put aside, whole and unaltered, as a stream of its own: its files, rows and
ledger move to `<camera>_ahead_<its last time>`, and the camera's own stream goes on at the right time (docs/design/time.md).

What is put aside keeps its wrong dates, but has a time of its own for retention: the last of its dates when it was found, and from then on
the time that has passed. So it is deleted no later than if its last picture had been taken in the moment it was found. Holds on the camera
count for it as well: whoever placed one meanwhile saw the same wrong dates.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from citysquare.engine.errors import StoreFull
from citysquare.engine.footage.files import day_of, segment_path, volume
from citysquare.engine.footage.index import NO_LINK, Index, Old
from citysquare.engine.footage.store import Store
from citysquare.engine.footage.volumes import Volume
from citysquare.engine.model import TICKS_PER_SECOND, StreamKey, StreamKind, datetime_from_ticks, iso_from_ticks
from citysquare.proof.links import chain_link

_log = logging.getLogger(__name__)

AHEAD_LIMIT = 60 * TICKS_PER_SECOND
"""Less is let be: new footage is dated right behind what is stored until time has come up with it."""
CODE = "footage.clock_was_ahead"
_LONGEST = 3600 * TICKS_PER_SECOND
_BATCH = 256
_LONGEST_NAME = 70
_COUNT_EACH = 60 * TICKS_PER_SECOND
_MOST_PASSED = 86_400 * TICKS_PER_SECOND
"""A machine that was off, or whose clock leapt, adds a day at most to an age: a clock that is wrong again must not end footage early."""
_TABLE = (
    "CREATE TABLE IF NOT EXISTS aside (stream INTEGER PRIMARY KEY REFERENCES stream, camera TEXT NOT NULL, time INTEGER NOT NULL,"
    " counted INTEGER NOT NULL) STRICT"
)


@dataclass(slots=True)
class Aside:
    """What is known of a stream that was put aside."""

    camera: str
    """Whose footage it is."""
    time: int
    """Its own time, by which its age is told: ticks."""
    counted: int
    """Wall time at which that was counted on last."""


class Asides:
    """The streams of a store that were put aside. Blocks; for the recorder's index thread. Every method raises StoreError."""

    def __init__(self, store: Store) -> None:
        """Go on with what was put aside before."""
        self._store = store
        self._all: dict[StreamKey, Aside] | None = None

    def all(self) -> dict[StreamKey, Aside]:
        """Return all of them."""
        if self._all is None:
            with self._store.index.reading() as db:
                self._all = dict(rows_of(db))
        return self._all

    def camera_of(self, key: StreamKey) -> str:
        """Return whose footage a stream is."""
        found = self.all().get(key)
        return found.camera if found else key.camera

    def keys_of(self, camera: str, kind: StreamKind) -> list[StreamKey]:
        """Return the streams that were put aside of a camera's."""
        return [key for key, found in self.all().items() if (found.camera, key.kind) == (camera, kind)]

    def time_of(self, key: StreamKey, now: int) -> int:
        """Return the time by which a stream's footage ages: its own, or `now`."""
        found = self.all().get(key)
        return found.time if found else now

    def count(self, now: int) -> None:
        """Let what was put aside grow older, each minute."""
        due = {key: each for key, each in self.all().items() if not 0 <= now - each.counted < _COUNT_EACH}
        if not due:
            return
        new = {key: Aside(each.camera, each.time + min(max(0, now - each.counted), _MOST_PASSED), now) for key, each in due.items()}
        self.all().update(new)
        with contextlib.suppress(StoreFull), self._store.index.writing() as db:  # what is deleted now makes room to tell it the next time
            rows = [(each.time, each.counted, self._store.index.number(key)) for key, each in new.items()]
            db.executemany("UPDATE aside SET time = ?, counted = ? WHERE stream = ?", rows)

    def put(self, key: StreamKey, now: int) -> StreamKey | None:
        """Move a stream's footage and ledger that lie more than a minute ahead of `now` into a stream of their own, and return its key.

        Does nothing, and returns None, where there is none. What was interrupted goes on with the next call.
        """
        index = self._store.index
        last = index.last_captured(key)
        if last is None or last.end <= now + AHEAD_LIMIT or key in self.all():
            return None
        ended = datetime_from_ticks(last.end).astimezone(UTC)
        aside = StreamKey(f"{key.camera[:_LONGEST_NAME]}_ahead_{ended:%Y%m%dT%H%M%SZ}", key.kind)
        ahead = [old for old in self._from(key, max(0, now - _LONGEST)) if old.end > now]
        moved = _move(self._store, ahead, aside)
        cut = min([now, *(old.start for old, _ in moved)])
        found = Aside(key.camera, last.end, now)
        with index.writing() as db:  # at once: a start after a crash before it finds the files and enters them where they are now
            for old, path in moved:
                _move_row(db, index, old, path, aside)
            _move_ledger(db, (index.number(key), index.number(aside)), cut)
            db.execute(_TABLE)
            db.execute("INSERT OR REPLACE INTO aside VALUES (?, ?, ?, ?)", (index.number(aside), key.camera, last.end, now))
        index.count_anew()
        self.all()[aside] = found
        _log.warning(
            "%s has footage dated up to %s, which is ahead of the clock. It is kept as %s; recording goes on at the right time.",
            *(key.folder, iso_from_ticks(last.end), aside.folder),
            extra={"camera": key.camera, "code": CODE},
        )
        return aside

    def _from(self, key: StreamKey, start: int) -> Iterator[Old]:
        while batch := self._store.index.oldest_of(key, start, _BATCH):
            yield from batch
            start = batch[-1].start + 1


def rows_of(db: sqlite3.Connection) -> list[tuple[StreamKey, Aside]]:
    """Return what an index says was put aside; nothing where nothing ever was. Raises sqlite3.Error."""
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'aside'").fetchone():
        return []
    query = "SELECT stream.camera, kind, aside.camera, time, counted FROM aside JOIN stream ON stream.id = aside.stream"
    return [(StreamKey(name, StreamKind(kind)), Aside(*facts)) for name, kind, *facts in db.execute(query)]


def _move(store: Store, segments: list[Old], aside: StreamKey) -> list[tuple[Old, str]]:
    """Give segments' files their new names on disk; return them with their new paths. A file that has its name already stays."""
    moved: list[tuple[Old, str]] = []
    touched: dict[Path, Volume] = {}
    for old in segments:
        found = store.volumes.find(old.path)
        if found is None:
            continue
        place, file = found
        relative = segment_path(aside, old.start)
        target = place.root / relative
        with volume(place.root):
            if file.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                store.files.rename(file, target)
                touched |= dict.fromkeys((target.parent, target.parent.parent, place.root, file.parent), place)
        moved.append((old, place.path_of(relative)))
    for folder, place in touched.items():
        with volume(place.root):
            store.files.sync_folder(folder)
    return moved


def _move_row(db: sqlite3.Connection, index: Index, old: Old, path: str, aside: StreamKey) -> None:
    if db.execute("SELECT 1 FROM segment WHERE path = ?", (path,)).fetchone():  # it was found without a row and entered
        db.execute("DELETE FROM segment WHERE id = ?", (old.id,))
        return
    stream, day = index.number(aside), day_of(old.start)
    head = "SELECT link, segments FROM day_head WHERE stream = ? AND day = ?"
    previous, count = db.execute(head, (stream, day)).fetchone() or (NO_LINK, 0)
    (sha256,) = db.execute("SELECT sha256 FROM segment WHERE id = ?", (old.id,)).fetchone()
    db.execute("UPDATE segment SET stream = ?, path = ?, previous = ? WHERE id = ?", (stream, path, previous, old.id))
    link = chain_link(previous, old.start, old.end, path, sha256)
    db.execute("INSERT OR REPLACE INTO day_head (stream, day, link, segments) VALUES (?, ?, ?, ?)", (stream, day, link, count + 1))


def _move_ledger(db: sqlite3.Connection, streams: tuple[int, int], cut: int) -> None:
    """Move the ledger from `cut` on, where the first file begins that was moved: neither stream claims what the other has."""
    old, new = streams
    db.execute("DELETE FROM captured WHERE stream = ?", (new,))  # of a move that was interrupted
    db.execute(
        "INSERT INTO captured (stream, start, end, cause) SELECT ?, max(start, ?), end, cause FROM captured WHERE stream = ? AND end > ?",
        (new, cut, old, cut),
    )
    db.execute("DELETE FROM captured WHERE stream = ? AND start >= ?", (old, cut))
    db.execute("UPDATE captured SET end = ? WHERE stream = ? AND end > ?", (cut, old, cut))
