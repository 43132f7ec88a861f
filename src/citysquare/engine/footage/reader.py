"""Footage by time: what was captured, what is kept, and the bytes themselves. For replay, exhibits, pages and figures.

Works beside a running recorder, on a store without one, and where there is none yet (then everything is empty). Each call opens the index
read-only and lets go of it before it returns; nothing is locked while bytes are sent.
"""

from __future__ import annotations

import itertools
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from citysquare.engine.errors import StoreDamaged
from citysquare.engine.footage.ahead import rows_of
from citysquare.engine.footage.boxes import parse_init
from citysquare.engine.footage.files import INDEX, PART, day_names, read_at, segment_names, start_of
from citysquare.engine.footage.index import sqlite_errors
from citysquare.engine.footage.ledger import Deleted, Deletion
from citysquare.engine.footage.packing import Span, unpack_spans
from citysquare.engine.footage.scan import scan_file
from citysquare.engine.footage.tail import TailFragment
from citysquare.engine.footage.volumes import known_volumes, located, name_in_index, roots
from citysquare.engine.model import TICKS_PER_SECOND, GapCause, Interval, StreamKey, StreamKind, ticks_from_datetime
from citysquare.proof.links import chain_link

_ROUNDED = TICKS_PER_SECOND // 1000
"""A file's name gives its start to the millisecond, cut off."""


@dataclass(frozen=True, slots=True)
class StoredSegment:
    """One file of footage."""

    key: StreamKey
    path: Path
    start: int
    end: int
    size: int
    """Bytes."""
    pictures: int
    sha256: bytes | None
    """None while the file is being written."""
    previous: bytes | None
    """The link of the chain before it (proof.links.chain_link)."""
    init: bytes
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class StreamTotals:
    """Figures of one stream over a stretch of time."""

    stored_seconds: float = 0.0
    gaps: dict[GapCause, float] = field(default_factory=dict)
    """Seconds by cause; only causes that occur."""
    bytes: int = 0
    """Size of the kept files that touch the stretch."""
    kept_seconds: float = 0.0
    """Length of those files: bytes / kept_seconds is what the stream writes, whatever was deleted since."""


@dataclass(frozen=True, slots=True)
class Axes:
    """What is known of one stream over a stretch of time."""

    since: int
    """When it was switched on for the first time; not cut to the stretch."""
    captured: list[Interval]
    """As `captured()` has it."""
    deleted: list[Deleted]


@dataclass(frozen=True, slots=True)
class PutAside:
    """Footage of a camera that lies in a stream of its own, with wrong dates (`ahead`)."""

    key: StreamKey
    """Under which it is read."""
    start: int
    """What it is dated: ticks; so is the end."""
    end: int


@dataclass(frozen=True, slots=True)
class ChainEntry:
    """One segment in its day's chain."""

    path: str
    """As the index has it: `chain_link` takes it."""
    start: int
    end: int
    sha256: bytes
    previous: bytes

    @property
    def link(self) -> bytes:
        """The link that follows from it."""
        return chain_link(self.previous, self.start, self.end, self.path, self.sha256)


@dataclass(frozen=True, slots=True)
class DayChain:
    """What the index still has of a stream's chain of one UTC day, in the order of the chain."""

    day: str
    entries: tuple[ChainEntry, ...]
    head: bytes | None
    """The day's last link so far; None for a day without segments."""
    segments: int
    """How many segments the day ever had, deleted ones too."""


class FootageReader:
    """Reads a store. May be used from several threads."""

    def __init__(self, root: Path) -> None:
        """Nothing is opened yet."""
        self._root = root

    @contextmanager
    def _index(self) -> Iterator[sqlite3.Connection | None]:
        path = self._root / INDEX
        with sqlite_errors(path):
            if not path.is_file():
                yield None
                return
            with closing(_opened(path)) as db:
                db.execute("BEGIN")  # all that is asked for within one call is of one moment
                made = db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'captured'").fetchone()[0]
                yield db if made else None

    def streams(self) -> list[StreamKey]:
        """Return the streams that were ever recorded."""
        with self._index() as db:
            rows = db.execute("SELECT camera, kind FROM stream ORDER BY camera, kind").fetchall() if db else []
        return [StreamKey(camera, StreamKind(kind)) for camera, kind in rows]

    def put_aside(self, key: StreamKey) -> list[PutAside]:
        """Return the streams to which footage of this one was moved that a wrong clock had dated ahead, as far as there is any left."""
        query = "SELECT min(segment.start), max(segment.end) FROM segment JOIN stream ON stream.id = stream WHERE camera = ? AND kind = ?"
        out = []
        with self._index() as db:
            for name, each in rows_of(db) if db else []:
                row = db.execute(query, (name.camera, name.kind.value)).fetchone() if db else (None, None)
                if (each.camera, name.kind) == (key.camera, key.kind) and row[0] is not None:
                    out.append(PutAside(name, *row))
        return sorted(out, key=lambda each: each.start)

    def captured(self, key: StreamKey, start: int, end: int) -> list[Interval]:
        """Return the captured axis between `start` and `end`: adjacent intervals, from the stream's switch-on to what is known so far.

        A stream that is switched off stays so to the end of the range.
        """
        return self.captured_of({key: (start, end)}).get(key, [])

    def since(self, key: StreamKey) -> int | None:
        """Return when a stream was switched on for the first time; None when it was never recorded."""
        query = "SELECT min(start) FROM captured JOIN stream ON stream.id = captured.stream WHERE camera = ? AND kind = ?"
        with self._index() as db:
            row = db.execute(query, (key.camera, key.kind.value)).fetchone() if db else None
        return int(row[0]) if row and row[0] is not None else None

    def deleted(self, key: StreamKey, start: int, end: int) -> list[Deleted]:
        """Return what of the kept axis was deleted between `start` and `end`, oldest first."""
        query = (
            "SELECT start, end, reason, at FROM kept JOIN stream ON stream.id = kept.stream"
            " WHERE camera = ? AND kind = ? AND end > ? AND start < ? ORDER BY start"
        )
        with self._index() as db:
            rows = db.execute(query, (key.camera, key.kind.value, start, end)).fetchall() if db else []
        return [Deleted(a, b, Deletion(reason), at) for a, b, reason, at in rows]

    def captured_of(self, spans: Mapping[StreamKey, tuple[int, int]]) -> dict[StreamKey, list[Interval]]:
        """Return the captured axis of many streams, each over its own range; a stream that was never recorded is missing."""
        with self._index() as db:
            known = _streams(db)
            return {key: _captured(db, known[key], *span) for key, span in spans.items() if db and key in known}

    def axes(self, keys: Iterable[StreamKey], start: int, end: int) -> dict[StreamKey, Axes]:
        """Return both axes of many streams between `start` and `end`, of one moment; a stream that was never recorded is missing."""
        with self._index() as db:
            known = _streams(db)
            found = {key: _axes(db, known[key], start, end) for key in keys if db and key in known}
        return {key: axes for key, axes in found.items() if axes is not None}

    def segments(self, key: StreamKey, start: int, end: int) -> list[StoredSegment]:
        """Return the files that touch the range, oldest first; the one being written is the last.

        Raises StoreDamaged when the index is.
        """
        query = (
            "SELECT path, segment.start, segment.end, bytes, pictures, sha256, previous, init.data, fragments FROM segment"
            " JOIN stream ON stream.id = segment.stream JOIN init ON init.id = segment.init"
            " WHERE camera = ? AND kind = ? AND segment.start < ? AND segment.end > ? ORDER BY segment.start"
        )
        with self._index() as db:
            rows = db.execute(query, (key.camera, key.kind.value, end, start)).fetchall() if db else []
            growing = self._rowless(db, key, start, end)
        known = known_volumes(self._root)
        found = [
            StoredSegment(key, located(self._root, path, known), a, b, size, pictures, sha256, previous, init, tuple(unpack_spans(spans)))
            for path, a, b, size, pictures, sha256, previous, init, spans in rows
        ]
        return sorted(found + growing, key=lambda segment: segment.start) if growing else found

    def _rowless(self, db: sqlite3.Connection | None, key: StreamKey, start: int, end: int) -> list[StoredSegment]:
        """Return files of the range that had no row at the moment `db` shows: open, just closed, or late because the index is behind.

        Rows come in the order in which files are closed, so only what is named after the newest row's file can be late, and what is still
        open (a volume that failed may have left it before newer files).
        """
        query = (
            "SELECT path FROM segment JOIN stream ON stream.id = segment.stream WHERE camera = ? AND kind = ? ORDER BY start DESC LIMIT 1"
        )
        row = db.execute(query, (key.camera, key.kind.value)).fetchone() if db is not None else None
        newest = row[0].rpartition("/")[2] if row else ""
        late = [(name, path) for name, path in _files(self._root, key, newest) if name > newest or name.endswith(PART)]
        out: list[StoredSegment] = []
        for (name, path), after in itertools.zip_longest(late, late[1:]):
            begins, ends = start_of(name), start_of(after[0]) if after else None
            if begins is None or begins - _ROUNDED >= end or (ends is not None and not name.endswith(PART) and ends <= start):
                continue
            if db is None or not _has_row(db, path, self._root):
                out += self._open_segment(key, path)
        return [segment for segment in out if segment.start < end and segment.end > start]

    def _open_segment(self, key: StreamKey, path: Path) -> list[StoredSegment]:
        try:
            if not path.exists():
                path = path.with_name(path.name.removesuffix(PART))  # it has just been closed
            scanned = scan_file(path)
        except (OSError, StoreDamaged):
            return []
        if scanned is None:
            return []
        spans = scanned.spans
        facts = (spans[0].start, spans[-1].end, scanned.length, len(scanned.pictures))
        return [StoredSegment(key, path, *facts, None, None, scanned.init, spans)]

    def init_and_fragments(self, key: StreamKey, start: int, end: int) -> Iterator[TailFragment]:
        """Yield the fragments from the key fragment at or before `start` up to `end`, in order; read as they are asked for.

        A file that has been deleted or damaged meanwhile is left out.
        """
        for segment in self.segments(key, start, end):
            yield from _fragments(segment, start, end)

    def chain_of(self, key: StreamKey, day: str) -> DayChain:
        """Return the chain of a UTC day (`2026-05-01`). Raises StoreError."""
        rows = (
            "SELECT path, start, end, sha256, previous FROM segment JOIN stream ON stream.id = segment.stream"
            " WHERE camera = ?1 AND kind = ?2 AND start >= ?3 AND start < ?4 ORDER BY segment.id"
        )
        head = "SELECT link, segments FROM day_head JOIN stream ON stream.id = stream WHERE camera = ?1 AND kind = ?2 AND day = ?3"
        begins = ticks_from_datetime(datetime.fromisoformat(f"{day}T00:00:00+00:00"))
        span = (begins, begins + 24 * 3600 * TICKS_PER_SECOND)
        with self._index() as db:
            found = db.execute(rows, (key.camera, key.kind.value, *span)).fetchall() if db else []
            last = db.execute(head, (key.camera, key.kind.value, day)).fetchone() if db else None
        return DayChain(day, tuple(ChainEntry(*row) for row in found), *(last or (None, 0)))

    def totals(self, start: int, end: int) -> dict[StreamKey, StreamTotals]:
        """Return each stream's figures over [start, end)."""
        return {key: self._totals(key, start, end) for key in self.streams()}

    def _totals(self, key: StreamKey, start: int, end: int) -> StreamTotals:
        stored = 0
        gaps: dict[GapCause, int] = {}
        for interval in self.captured(key, start, end):
            if interval.cause is None:
                stored += interval.end - interval.start
            else:
                gaps[interval.cause] = gaps.get(interval.cause, 0) + interval.end - interval.start
        query = (
            "SELECT coalesce(sum(bytes), 0), coalesce(sum(end - start), 0) FROM segment JOIN stream ON stream.id = segment.stream"
            " WHERE camera = ? AND kind = ? AND start < ? AND end > ?"
        )
        with self._index() as db:
            size, kept = db.execute(query, (key.camera, key.kind.value, end, start)).fetchone() if db else (0, 0)
            growing = self._rowless(db, key, start, end)
        size += sum(segment.size for segment in growing)
        kept += sum(segment.end - segment.start for segment in growing)
        causes = {cause: ticks / TICKS_PER_SECOND for cause, ticks in gaps.items()}
        return StreamTotals(stored / TICKS_PER_SECOND, causes, size, kept / TICKS_PER_SECOND)


def _axes(db: sqlite3.Connection, stream: int, start: int, end: int) -> Axes | None:
    """Return both axes of a stream."""
    since = db.execute("SELECT min(start) FROM captured WHERE stream = ?", (stream,)).fetchone()[0]
    if since is None:
        return None
    deleted = db.execute(
        "SELECT start, end, reason, at FROM kept WHERE stream = ? AND end > ? AND start < ? ORDER BY start", (stream, start, end)
    )
    return Axes(since, _captured(db, stream, start, end), [Deleted(a, b, Deletion(reason), at) for a, b, reason, at in deleted])


def _captured(db: sqlite3.Connection, stream: int, start: int, end: int) -> list[Interval]:
    """Return the captured axis. Intervals are adjacent: the first one that is asked for is the last that begins before."""
    query = (
        "SELECT start, end, cause FROM captured WHERE stream = ?1 AND end > ?2 AND start < ?3"
        " AND start >= coalesce((SELECT max(start) FROM captured WHERE stream = ?1 AND start <= ?2), 0) ORDER BY start"
    )
    captured = [_interval(row, start, end) for row in db.execute(query, (stream, start, end))]
    row = db.execute("SELECT start, end, cause FROM captured WHERE stream = ? ORDER BY start DESC LIMIT 1", (stream,)).fetchone()
    last = Interval(row[0], row[1], GapCause(row[2]) if row[2] else None) if row else None
    return _off_to_the_end(captured, last, start, end)


def _streams(db: sqlite3.Connection | None) -> dict[StreamKey, int]:
    rows = db.execute("SELECT camera, kind, id FROM stream").fetchall() if db else []
    return {StreamKey(camera, StreamKind(kind)): stream for camera, kind, stream in rows}


def _interval(row: tuple[int, int, str | None], start: int, end: int) -> Interval:
    return Interval(max(start, row[0]), min(end, row[1]), GapCause(row[2]) if row[2] else None)


def _off_to_the_end(found: list[Interval], last: Interval | None, start: int, end: int) -> list[Interval]:
    """Let a stream that is switched off stay so to the end of the range."""
    if last is None or last.cause is not GapCause.SWITCHED_OFF or last.end >= end:
        return found
    kept = [i for i in found if i.end < last.end or i.cause is not GapCause.SWITCHED_OFF]
    return [*kept, Interval(max(start, last.start), end, GapCause.SWITCHED_OFF)]


def _files(home: Path, key: StreamKey, newest: str) -> list[tuple[str, Path]]:
    """Return (name, path) of a stream's files on all volumes, in order: of the last two days, and of all since the newest row's."""
    since = f"{newest[:4]}-{newest[4:6]}-{newest[6:8]}" if newest else ""
    found = []
    for root in roots(home):
        folder = root / key.folder
        days = day_names(folder)
        for day in sorted({*days[-2:], *(day for day in days if day >= since)}):
            found += [(name, folder / day / name) for name in segment_names(folder / day)]
    return sorted(found)


def _has_row(db: sqlite3.Connection, path: Path, home: Path) -> bool:
    """Say whether a file has a row, or waits to be deleted."""
    named = name_in_index(home, path.with_name(path.name.removesuffix(PART)))
    query = "SELECT 1 FROM segment WHERE path = ?1 UNION ALL SELECT 1 FROM garbage WHERE path = ?1"
    return db.execute(query, (named,)).fetchone() is not None


def _opened(path: Path) -> sqlite3.Connection:
    """Open the index read-only; on a medium that takes no writes, as a file that nobody changes."""
    address = f"{path.absolute().as_uri()}?mode=ro"
    db = sqlite3.connect(address, uri=True, timeout=10)
    try:
        db.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        db.close()
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
            raise
        return sqlite3.connect(f"{address}&immutable=1", uri=True)
    return db


def _fragments(segment: StoredSegment, start: int, end: int) -> Iterator[TailFragment]:
    first = max((i for i, span in enumerate(segment.spans) if span.key and span.start <= start), default=0)
    try:
        parameters = parse_init(segment.init).parameters
        path = segment.path if segment.path.exists() else segment.path.with_name(segment.path.name.removesuffix(PART))
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (OSError, StoreDamaged):
        return
    try:
        for span in segment.spans[first:]:
            if span.start >= end:
                return
            data = read_at(descriptor, span.length, span.offset)
            if len(data) == span.length:
                shape = (parameters.width, parameters.height)
                yield TailFragment(segment.init, parameters.codec_string, span.start, span.end, span.key, data, *shape)
    finally:
        os.close(descriptor)
