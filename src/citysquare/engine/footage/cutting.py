"""Taking a range out of the footage without touching a picture: for exhibits and replay (docs/design/exhibits.md).

A range becomes *pieces*. A segment inside it is a piece bit for bit; the first and the last one are cut between fragments, so that all
pictures of the range are there, decoding can start, and nothing beyond one group of pictures before it and one fragment behind it is.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from citysquare.engine.errors import StoreDamaged
from citysquare.engine.footage.boxes import MAX_FRAGMENT
from citysquare.engine.footage.files import PART, damaged, day_of, read_at
from citysquare.engine.footage.ledger import Deleted
from citysquare.engine.footage.packing import Span
from citysquare.engine.footage.reader import DayChain, FootageReader, StoredSegment
from citysquare.engine.footage.scan import read_head
from citysquare.engine.model import TICKS_PER_SECOND, Interval, StreamKey

_BEFORE = 60 * TICKS_PER_SECOND
"""A group of pictures that begins earlier than so long before the range is not looked for: cameras send key pictures each few seconds."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A segment, or the part of it from its fragment `first` up to, not including, `last`."""

    segment: StoredSegment
    first: int
    last: int

    @property
    def spans(self) -> tuple[Span, ...]:
        """The fragments it is made of."""
        return self.segment.spans[self.first : self.last]

    @property
    def whole(self) -> bool:
        """Whether it is the segment bit for bit."""
        return self.segment.sha256 is not None and (self.first, self.last) == (0, len(self.segment.spans))

    @property
    def start(self) -> int:
        """The first picture's decoding time, in ticks."""
        return self.spans[0].start

    @property
    def end(self) -> int:
        """Where its last picture ends, in ticks."""
        return self.spans[-1].end

    @property
    def size(self) -> int:
        """Bytes it takes as a file."""
        return len(self.segment.init) + sum(span.length for span in self.spans)


@dataclass(frozen=True, slots=True)
class Cut:
    """A range of one stream, ready to be copied."""

    key: StreamKey
    start: int
    end: int
    """Not included."""
    pieces: tuple[Piece, ...]
    captured: tuple[Interval, ...]
    """The captured axis; what lies outside of it nobody knows."""
    deleted: tuple[Deleted, ...]

    @property
    def size(self) -> int:
        """Bytes of all pieces."""
        return sum(piece.size for piece in self.pieces)

    @property
    def open(self) -> bool:
        """Whether a file is among them that the recorder has not closed: it has no hash and no place in the chain yet."""
        return any(piece.segment.sha256 is None for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Copied:
    """What a piece came to."""

    size: int
    sha256: bytes
    """Of the copy."""
    fragments: tuple[bytes, ...]
    """The SHA-256 of each fragment in it."""


def cut(reader: FootageReader, key: StreamKey, start: int, end: int) -> Cut:
    """Find what a range [start, end) of ticks is made of; nothing is copied yet.

    Raises StoreError when the index cannot be read, ValueError for an empty range.
    """
    if start >= end:
        raise ValueError("the range is empty")
    axes = reader.axes([key], start, end).get(key)
    pieces = _pieces(reader.segments(key, start - _BEFORE, end), start, end)
    return Cut(key, start, end, pieces, tuple(axes.captured) if axes else (), tuple(axes.deleted) if axes else ())


def chains(reader: FootageReader, found: Cut) -> list[DayChain]:
    """Return for each UTC day the chain from the segment before the cut's first one in it on to the day's last one. Raises StoreError.

    The chain has the order in which files were closed: one of a disk that came back late stands behind newer ones.
    """
    days: dict[str, set[tuple[int, bytes]]] = {}
    for segment in (piece.segment for piece in found.pieces):
        if segment.sha256 is not None:
            days.setdefault(day_of(segment.start), set()).add((segment.start, segment.sha256))
    out = []
    for day, wanted in sorted(days.items()):
        whole = reader.chain_of(found.key, day)
        first = next((n for n, entry in enumerate(whole.entries) if (entry.start, entry.sha256) in wanted), len(whole.entries))
        out.append(replace(whole, entries=whole.entries[max(first - 1, 0) :]))
    return out


class Copying:
    """The bytes of a piece, fragment by fragment; the whole source is checked against its hash in the index while it is read.

    To be iterated once. What came out is worth nothing when it raises: StoreDamaged for a file that is gone or not what was
    stored, OSError.
    """

    def __init__(self, piece: Piece) -> None:
        """Nothing is opened yet."""
        self._piece = piece
        self.copied: Copied | None = None
        """What it came to; None until it is through."""

    def __iter__(self) -> Iterator[bytes]:
        """Yield the copy."""
        piece, segment = self._piece, self._piece.segment
        copy, source = hashlib.sha256(), hashlib.sha256()
        fragments: list[bytes] = []
        size = 0
        with opened(segment) as descriptor:
            beginning = _exactly(descriptor, 0, len(segment.init), segment)
            if beginning != segment.init:
                raise damaged(segment.path)
            source.update(beginning)
            for number, data in enumerate(_bytes_of(descriptor, segment)):
                source.update(data)
                if piece.first <= number < piece.last:
                    out = data if fragments else beginning + data
                    copy.update(out)
                    size += len(out)
                    fragments.append(hashlib.sha256(data).digest())
                    yield out
            if segment.sha256 is not None and (source.digest() != segment.sha256 or os.fstat(descriptor).st_size != segment.size):
                raise damaged(segment.path)
        self.copied = Copied(size, copy.digest(), tuple(fragments))


def _bytes_of(descriptor: int, segment: StoredSegment) -> Iterator[bytes]:
    at = len(segment.init)
    for span in segment.spans:
        if span.offset != at:
            raise damaged(segment.path)
        yield _exactly(descriptor, at, span.length, segment)
        at += span.length


def _exactly(descriptor: int, offset: int, length: int, segment: StoredSegment) -> bytes:
    data = read_at(descriptor, length, offset) if length <= MAX_FRAGMENT else b""
    if len(data) != length:
        raise damaged(segment.path)
    return data


@contextmanager
def opened(segment: StoredSegment) -> Iterator[int]:
    """Open a segment's file, also one that has just been closed, for reading. Raises StoreDamaged when it is gone."""
    path = segment.path
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        try:
            descriptor = os.open(path.with_name(path.name.removesuffix(PART)), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            raise StoreDamaged(f"The footage file {path} is in the index, and is not there.") from None
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _pieces(segments: Sequence[StoredSegment], start: int, end: int) -> tuple[Piece, ...]:
    """Return the segments' parts that a range needs."""
    places = [(number, at) for number, segment in enumerate(segments) for at in range(len(segment.spans))]
    first = _first(segments, places, start)
    kept: dict[int, list[int]] = {}
    for number, at in places[first:]:
        if segments[number].spans[at].start < end:
            kept.setdefault(number, []).append(at)
    return tuple(Piece(segments[number], ats[0], ats[-1] + 1) for number, ats in kept.items())


def _first(segments: Sequence[StoredSegment], places: Sequence[tuple[int, int]], start: int) -> int:
    """Return the place of the key fragment to begin with: the last one whose first picture is shown at or before `start`.

    A group of pictures that was over by then is not needed: a gap lies between.
    """
    keys = [place for place, (number, at) in enumerate(places) if segments[number].spans[at].key]
    if not keys:
        return len(places)
    begun = [place for place in keys if segments[places[place][0]].spans[places[place][1]].start <= start]
    while begun:
        place = begun.pop()
        shown = _shown(segments[places[place][0]], places[place][1])
        if shown > start and begun:
            continue
        following = next((key for key in keys if key > place), len(places))
        number, at = places[following - 1]
        delay = max(0, shown - segments[places[place][0]].spans[places[place][1]].start)
        return place if segments[number].spans[at].end + delay > start else following
    return keys[0]


def _shown(segment: StoredSegment, at: int) -> int:
    """Return when the first picture of a fragment is shown: a camera with B-frames sends it earlier than that."""
    span = segment.spans[at]
    try:
        with opened(segment) as descriptor:
            head = read_head(descriptor, span.offset)
    except (OSError, StoreDamaged):
        return span.start  # the copy finds out what is wrong with the file
    return head.samples[0].pts if head else span.start
