"""The node's index of its footage: SQLite beside the files, one writer (docs/design/footage.md).

`Index` is for the recorder alone and is used from one thread at a time. Readers open the file read-only (`reader`). Every method raises
StoreError (full, read-only, damaged, failed) with a sentence and leaves the index as it was.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from citysquare.engine.errors import StoreDamaged, StoreError, StoreFailed, StoreFull, StoreReadOnly
from citysquare.engine.footage.boxes import Init
from citysquare.engine.footage.files import day_of, volume_of
from citysquare.engine.footage.ledger import Deleted, Deletion, joined
from citysquare.engine.footage.packing import Span, pack_spans
from citysquare.engine.model import TICKS_PER_SECOND, GapCause, Interval, StreamKey, StreamKind
from citysquare.proof.links import chain_link

SCHEMA_VERSION = 2
"""Version 2 has version 1's tables, but paths may name a volume (`@<volume>/...`): a program that knows version 1 misses those files."""
NO_LINK = bytes(32)
"""What stands before the first segment of a stream's day."""

_SCHEMA = """
CREATE TABLE stream (id INTEGER PRIMARY KEY, camera TEXT NOT NULL, kind TEXT NOT NULL, UNIQUE (camera, kind)) STRICT;
CREATE TABLE init (id INTEGER PRIMARY KEY, codec TEXT NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,
    data BLOB NOT NULL UNIQUE) STRICT;
CREATE TABLE segment (
    id INTEGER PRIMARY KEY, stream INTEGER NOT NULL REFERENCES stream, init INTEGER NOT NULL REFERENCES init, path TEXT NOT NULL UNIQUE,
    start INTEGER NOT NULL, end INTEGER NOT NULL, bytes INTEGER NOT NULL, pictures INTEGER NOT NULL,
    sha256 BLOB NOT NULL, previous BLOB NOT NULL, fragments BLOB NOT NULL
) STRICT;
CREATE INDEX segment_of_stream ON segment (stream, start);
CREATE INDEX segment_by_age ON segment (start);
CREATE TABLE day_head (stream INTEGER NOT NULL REFERENCES stream, day TEXT NOT NULL, link BLOB NOT NULL, segments INTEGER NOT NULL,
    PRIMARY KEY (stream, day)) STRICT, WITHOUT ROWID;
CREATE TABLE captured (stream INTEGER NOT NULL REFERENCES stream, start INTEGER NOT NULL, end INTEGER NOT NULL, cause TEXT,
    PRIMARY KEY (stream, start)) STRICT, WITHOUT ROWID;
CREATE TABLE kept (stream INTEGER NOT NULL REFERENCES stream, start INTEGER NOT NULL, end INTEGER NOT NULL, reason TEXT NOT NULL,
    at INTEGER NOT NULL, PRIMARY KEY (stream, start)) STRICT, WITHOUT ROWID;
CREATE TABLE garbage (path TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
"""
_OF_STREAM = "segment JOIN stream ON stream.id = segment.stream"
_VOLUME = "CASE WHEN path GLOB '@*' THEN substr(path, 2, instr(path, '/') - 2) ELSE '' END"
_NO_ROOM = frozenset({sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_SHMMAP})
"""What a full volume answers where SQLite wants the memory it shares with readers."""
_JOIN_DELETIONS = 3600 * TICKS_PER_SECOND
_LONGEST_PICTURE = TICKS_PER_SECOND // 2


@dataclass(frozen=True, slots=True)
class Segment:
    """A closed file of footage."""

    key: StreamKey
    path: str
    """From the store's root."""
    start: int
    end: int
    size: int
    """Bytes."""
    pictures: int
    sha256: bytes
    init: bytes
    """`ftyp` and `moov`."""
    parsed: Init
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Old:
    """A segment that may be deleted, as the index knows it."""

    id: int
    key: StreamKey
    path: str
    start: int
    end: int
    size: int

    @property
    def volume(self) -> str:
        """The id of its volume; empty for the store's own folder."""
        return volume_of(self.path)


@dataclass(slots=True)
class Total:
    """What some segments come to."""

    bytes: int = 0
    span: int = 0
    """Ticks."""

    def add(self, size: int, span: int) -> None:
        """Count a segment more, or with negative numbers one less."""
        self.bytes += size
        self.span += span


@contextmanager
def sqlite_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours."""
    try:
        yield
    except sqlite3.Error as error:
        whole = getattr(error, "sqlite_errorcode", None) or 0
        code = sqlite3.SQLITE_FULL if whole in _NO_ROOM else whole & 0xFF
        kinds: dict[int, tuple[type[StoreError], str]] = {
            sqlite3.SQLITE_FULL: (StoreFull, "has no room left on its volume"),
            sqlite3.SQLITE_READONLY: (StoreReadOnly, "cannot be written to"),
            sqlite3.SQLITE_CANTOPEN: (StoreReadOnly, "cannot be opened"),
            sqlite3.SQLITE_PERM: (StoreReadOnly, "cannot be opened"),
            sqlite3.SQLITE_CONSTRAINT: (StoreDamaged, "contradicts a new entry"),
            sqlite3.SQLITE_CORRUPT: (StoreDamaged, "is damaged"),
            sqlite3.SQLITE_NOTADB: (StoreDamaged, "is no index of ours"),
        }
        kind, words = kinds.get(code, (StoreFailed, "failed"))
        raise kind(f"The footage index {path} {words}.") from error


def overlap(segment: Segment) -> int:
    """Return by how much another file may reach into this one, in ticks: the length of a file's last picture is only what was usual."""
    return min(_LONGEST_PICTURE, (segment.end - segment.start) // 2)


class Index:
    """The writer's side."""

    def __init__(self, path: Path) -> None:
        """Open or make the index. Raises StoreError."""
        self._path = path
        self._streams: dict[StreamKey, int] = {}
        self._inits: dict[bytes, int] = {}
        self._totals: dict[tuple[StreamKey, str], Total] = {}
        with sqlite_errors(path):
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
            try:
                self._prepare()
            except BaseException:
                self._db.close()
                raise

    def _prepare(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("PRAGMA foreign_keys = ON")
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            self._db.executescript(f"BEGIN;{_SCHEMA}PRAGMA user_version = {SCHEMA_VERSION};COMMIT;")
        elif version == 1:
            self._db.executescript(f"BEGIN;PRAGMA user_version = {SCHEMA_VERSION};COMMIT;")
        elif version != SCHEMA_VERSION:
            raise StoreDamaged(f"The footage index {self._path} has version {version}, which this program does not know.")
        self._streams = {
            StreamKey(camera, StreamKind(kind)): number for number, camera, kind in self._db.execute("SELECT id, camera, kind FROM stream")
        }
        self.count_anew()

    def count_anew(self) -> None:
        """Add up what the segments come to: at first, and after a move of many."""
        query = f"SELECT camera, kind, {_VOLUME}, sum(bytes), sum(end - start) FROM {_OF_STREAM} GROUP BY 1, 2, 3"  # noqa: S608 - constants
        rows = self._db.execute(query).fetchall()
        self._totals = {(StreamKey(camera, StreamKind(kind)), at): Total(size, span) for camera, kind, at, size, span in rows}

    @property
    def total_bytes(self) -> int:
        """Bytes of all closed segments."""
        return sum(total.bytes for total in self._totals.values())

    def totals(self) -> dict[tuple[StreamKey, str], Total]:
        """Return what the closed segments of each stream on each volume come to."""
        return self._totals

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with sqlite_errors(self._path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._undo()
                raise
            try:
                self._db.execute("COMMIT")
            except sqlite3.Error:
                self._undo()
                raise

    def writing(self) -> AbstractContextManager[sqlite3.Connection]:
        """One transaction, for what changes rows of several streams at once (ahead.py)."""
        return self._write()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Ask what no other method answers."""
        with sqlite_errors(self._path):
            yield self._db

    def number(self, key: StreamKey) -> int:
        """Return a stream's number, entering it where it is new; within `writing`."""
        return self._stream(key)

    def _undo(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")
        self._streams.clear()
        self._inits.clear()

    def close(self) -> None:
        """Close it."""
        with sqlite_errors(self._path):
            self._db.close()

    def _stream(self, key: StreamKey) -> int:
        if key not in self._streams:
            self._db.execute("INSERT OR IGNORE INTO stream (camera, kind) VALUES (?, ?)", (key.camera, key.kind.value))
            row = self._db.execute("SELECT id FROM stream WHERE camera = ? AND kind = ?", (key.camera, key.kind.value)).fetchone()
            self._streams[key] = row[0]
        return self._streams[key]

    def _known(self, key: StreamKey) -> int | None:
        """Return a stream's number; None where nothing of it was ever entered."""
        query = "SELECT id FROM stream WHERE camera = ? AND kind = ?"
        row = self._db.execute(query, (key.camera, key.kind.value)).fetchone() if key not in self._streams else (self._streams[key],)
        return row[0] if row else None

    def _init(self, segment: Segment) -> int:
        if segment.init not in self._inits:
            if len(self._inits) > 1000:
                self._inits.clear()
            p = segment.parsed.parameters
            row = (p.codec_string, p.width, p.height, segment.init)
            self._db.execute("INSERT OR IGNORE INTO init (codec, width, height, data) VALUES (?, ?, ?, ?)", row)
            self._inits[segment.init] = self._db.execute("SELECT id FROM init WHERE data = ?", (segment.init,)).fetchone()[0]
        return self._inits[segment.init]

    def add_segment(self, segment: Segment) -> None:
        """Enter a closed segment behind the last one of its stream and day; its bytes must be on disk."""
        with self._write() as db:
            stream, day = self._stream(segment.key), day_of(segment.start)
            row = db.execute("SELECT link, segments FROM day_head WHERE stream = ? AND day = ?", (stream, day)).fetchone()
            previous, count = row or (NO_LINK, 0)
            db.execute(
                "INSERT INTO segment (stream, init, path, start, end, bytes, pictures, sha256, previous, fragments)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(stream, self._init(segment), segment.path, segment.start, segment.end, segment.size, segment.pictures),
                    *(segment.sha256, previous, pack_spans(segment.spans)),
                ),
            )
            link = chain_link(previous, segment.start, segment.end, segment.path, segment.sha256)
            db.execute("INSERT OR REPLACE INTO day_head (stream, day, link, segments) VALUES (?, ?, ?, ?)", (stream, day, link, count + 1))
        self._totals.setdefault((segment.key, volume_of(segment.path)), Total()).add(segment.size, segment.end - segment.start)

    def write_captured(self, changes: Iterable[tuple[StreamKey, Sequence[Interval]]]) -> None:
        """Replace the captured axis of each stream from the first given interval's start on."""
        with self._write() as db:
            for key, intervals in changes:
                stream = self._stream(key)
                db.execute("DELETE FROM captured WHERE stream = ? AND start >= ?", (stream, intervals[0].start))
                rows = [(stream, i.start, i.end, i.cause) for i in intervals if i.end > i.start]
                db.executemany("INSERT INTO captured (stream, start, end, cause) VALUES (?, ?, ?, ?)", rows)

    def last_captured(self, key: StreamKey) -> Interval | None:
        """Return the last interval of a stream's captured axis."""
        with sqlite_errors(self._path):
            row = self._db.execute(
                "SELECT start, end, cause FROM captured JOIN stream ON stream.id = captured.stream"
                " WHERE camera = ? AND kind = ? ORDER BY start DESC LIMIT 1",
                (key.camera, key.kind.value),
            ).fetchone()
        return Interval(row[0], row[1], GapCause(row[2]) if row[2] else None) if row else None

    def known_until(self) -> int:
        """Return up to when the ledger of any stream tells something; 0 for an empty one. Reads all of it: for the start."""
        with sqlite_errors(self._path):
            return int(self._db.execute("SELECT coalesce(max(end), 0) FROM captured").fetchone()[0])

    def last_end(self, key: StreamKey) -> int:
        """Return where a stream's last segment ends, also when it was deleted; 0 without one."""
        with sqlite_errors(self._path):
            ends = [
                self._db.execute(
                    f"SELECT end FROM {table} JOIN stream ON stream.id = {table}.stream"  # noqa: S608 - one of the two names beside
                    " WHERE camera = ? AND kind = ? ORDER BY start DESC LIMIT 1",
                    (key.camera, key.kind.value),
                ).fetchone()
                for table in ("segment", "kept")
            ]
        return max(int(row[0]) if row else 0 for row in ends)

    def lacks(self, segment: Segment) -> bool:
        """Say whether the ledger holds a segment's time for stored, and no other segment has it or had it."""
        query = (
            "SELECT EXISTS (SELECT 1 FROM captured WHERE stream = ?1 AND start <= ?2 AND end > ?2 AND cause IS NULL)"
            " AND NOT EXISTS (SELECT 1 FROM segment WHERE stream = ?1 AND start < ?3 - ?4 AND end > ?2 + ?4)"
            " AND NOT EXISTS (SELECT 1 FROM kept WHERE stream = ?1 AND start < ?3 - ?4 AND end > ?2 + ?4)"
        )
        words = (self._known(segment.key), segment.start, segment.end, overlap(segment))
        with sqlite_errors(self._path):
            return bool(self._db.execute(query, words).fetchone()[0])

    def captured_from(self, key: StreamKey, time: int) -> list[Interval]:
        """Return a stream's captured axis from the interval on that holds `time`."""
        with sqlite_errors(self._path):
            rows = self._db.execute(
                "SELECT start, end, cause FROM captured JOIN stream ON stream.id = captured.stream"
                " WHERE camera = ?1 AND kind = ?2 AND start >= coalesce("
                "(SELECT max(c.start) FROM captured AS c WHERE c.stream = captured.stream AND c.start <= ?3), 0) ORDER BY start",
                (key.camera, key.kind.value, time),
            ).fetchall()
        return [Interval(start, end, GapCause(cause) if cause else None) for start, end, cause in rows]

    def streams(self) -> list[StreamKey]:
        """Return all streams."""
        with sqlite_errors(self._path):
            return [StreamKey(camera, StreamKind(kind)) for camera, kind in self._db.execute("SELECT camera, kind FROM stream")]

    def paths(self) -> set[str]:
        """Return the paths of all segments."""
        with sqlite_errors(self._path):
            return {path for (path,) in self._db.execute("SELECT path FROM segment")}

    def oldest(self, limit: int) -> list[Old]:
        """Return the oldest segments of all streams, oldest first."""
        return self._old(" ORDER BY start LIMIT ?", (limit,))

    def oldest_of(self, key: StreamKey, start: int, limit: int, at: str | None = None) -> list[Old]:
        """Return a stream's segments that begin at `start` or later, oldest first; with `at` those of one volume only."""
        where = " AND path NOT GLOB '@*'" if at == "" else f" AND path GLOB '@{at}/*'" if at else ""  # an id is made of hexadecimal digits
        condition = f" WHERE camera = ? AND kind = ? AND start >= ?{where} ORDER BY start LIMIT ?"
        return self._old(condition, (key.camera, key.kind.value, start, limit))

    def ending_after(self, key: StreamKey, time: int) -> list[Old]:
        """Return a stream's segments that end after `time`, oldest first."""
        return self._old(" WHERE camera = ? AND kind = ? AND end > ? ORDER BY start", (key.camera, key.kind.value, time))

    def total_within(self, key: StreamKey, stretches: Iterable[tuple[int, int]]) -> Total:
        """Return what the segments of a stream that meet any of these stretches come to; the stretches are in order and apart."""
        query = (
            "SELECT coalesce(sum(bytes), 0), coalesce(sum(end - start), 0), coalesce(max(start), ?4) FROM segment WHERE stream = ?1"
            " AND start >= coalesce((SELECT max(start) FROM segment WHERE stream = ?1 AND start <= ?2), 0)"
            " AND start > ?4 AND start < ?3 AND end > ?2"
        )
        out, counted = Total(), -1
        with sqlite_errors(self._path):
            for start, end in stretches:
                size, span, counted = self._db.execute(query, (self._known(key), start, end, counted)).fetchone()
                out.add(size, span)
        return out

    def _old(self, condition: str, values: tuple[int | str, ...]) -> list[Old]:
        query = f"SELECT segment.id, camera, kind, path, start, end, bytes FROM {_OF_STREAM}"  # noqa: S608 - a constant
        with sqlite_errors(self._path):
            rows = self._db.execute(query + condition, values).fetchall()
        return [Old(n, StreamKey(camera, StreamKind(kind)), path, start, end, size) for n, camera, kind, path, start, end, size in rows]

    def delete(self, segments: Sequence[Old], reason: Deletion, at: int) -> None:
        """Take segments out of the index, note their deletion and their files as garbage, which is then to be removed."""
        with self._write() as db:
            for old in segments:
                db.execute("INSERT OR IGNORE INTO garbage (path) VALUES (?)", (old.path,))
                db.execute("DELETE FROM segment WHERE id = ?", (old.id,))
                self._note_deleted(self._stream(old.key), Deleted(old.start, old.end, reason, at))
        for old in segments:
            self._totals[old.key, old.volume].add(-old.size, old.start - old.end)

    def _note_deleted(self, stream: int, new: Deleted) -> None:
        query = "SELECT start, end, reason, at FROM kept WHERE stream = ? AND start <= ? ORDER BY start DESC LIMIT 1"
        row = self._db.execute(query, (stream, new.start)).fetchone()
        before = Deleted(row[0], row[1], Deletion(row[2]), row[3]) if row else None
        both = joined(before, new, _JOIN_DELETIONS) or new
        self._db.execute(
            "INSERT OR REPLACE INTO kept (stream, start, end, reason, at) VALUES (?, ?, ?, ?, ?)",
            (stream, both.start, both.end, both.reason.value, both.at),
        )

    def garbage(self) -> list[str]:
        """Return the paths that wait for their removal."""
        with sqlite_errors(self._path):
            return [path for (path,) in self._db.execute("SELECT path FROM garbage")]

    def forget(self, paths: Sequence[str]) -> None:
        """Forget garbage that is removed."""
        with self._write() as db:
            db.executemany("DELETE FROM garbage WHERE path = ?", [(path,) for path in paths])
