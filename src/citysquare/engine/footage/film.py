"""A range of footage as one film that a browser plays and seeks in: the stored fragments, with their times moved to begin at zero.

Nothing is written: the film is put together while it is read, any part of it. It ends where the stream's parameters change, since a film
has one beginning.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from dataclasses import dataclass

from citysquare.engine.footage.boxes import parse_init, redated, write_segment_index
from citysquare.engine.footage.cutting import Cut, opened
from citysquare.engine.footage.files import damaged, read_at
from citysquare.engine.footage.packing import Span
from citysquare.engine.footage.reader import StoredSegment

_LONGEST_RANGE = 64
"""Characters of a header that somebody sends."""


@dataclass(frozen=True, slots=True)
class _Part:
    place: int
    """Where it begins in the film."""
    segment: StoredSegment
    span: Span


class Film:
    """One film. Its parts are read as they are asked for."""

    def __init__(self, found: Cut) -> None:
        """Lay the film out. Raises ValueError for a range without footage, StoreDamaged."""
        if not found.pieces:
            raise ValueError("there is no footage in the range")
        init = found.pieces[0].segment.init
        chosen: list[tuple[StoredSegment, Span]] = []
        for piece in found.pieces:
            if piece.segment.init != init:
                break
            chosen += [(piece.segment, span) for span in piece.spans]
        spans = [span for _, span in chosen]
        self.start = spans[0].start
        """When its first picture was taken, in ticks; so is the end."""
        self.end = spans[-1].end
        self.codec_string = parse_init(init).parameters.codec_string
        self.whole = self.end >= found.pieces[-1].end
        """False where it ends at other parameters."""
        following = [*(span.start for span in spans[1:]), self.end]
        lengths = [(span.length, max(1, after - span.start), span.key) for span, after in zip(spans, following, strict=True)]
        self._head = init + write_segment_index(lengths)
        self._parts: list[_Part] = []
        place = len(self._head)
        for segment, span in chosen:
            self._parts.append(_Part(place, segment, span))
            place += span.length
        self.size = place
        """Bytes."""

    def read(self, first: int, last: int) -> Iterator[bytes]:
        """Yield the bytes from `first` up to, not including, `last`. Raises StoreDamaged where a file is gone or not ours, OSError."""
        if first < len(self._head):
            yield self._head[first:last]
        places = [part.place for part in self._parts]
        at = max(0, bisect.bisect_right(places, first) - 1)
        for part in self._parts[at:]:
            if part.place >= last:
                return
            data = self._fragment(part)
            yield data[max(0, first - part.place) : last - part.place]

    def _fragment(self, part: _Part) -> bytes:
        with opened(part.segment) as descriptor:
            data = read_at(descriptor, part.span.length, part.span.offset)
        if len(data) != part.span.length:
            raise damaged(part.segment.path)
        return redated(data, part.span.start - self.start)


def byte_range(text: str, size: int) -> tuple[int, int] | None:
    """Read a `Range` header of one range (RFC 9110, section 14.1.2): first byte, and the one behind the last.

    None for what is to be answered as if nobody had asked for a range: another unit, several ranges, no sense. Raises IndexError for
    a range that begins behind the end.
    """
    unit, _, asked = text.strip().partition("=")
    begin, dash, end = asked.strip().partition("-")
    if unit.strip().lower() != "bytes" or not dash or not (begin or end) or len(text) > _LONGEST_RANGE:
        return None
    if not all(part == "" or (part.isascii() and part.isdigit()) for part in (begin, end)):
        return None
    if not begin:
        first, last = max(0, size - int(end)), size
    else:
        first, last = int(begin), min(size, int(end) + 1) if end else size
    if first >= size:
        raise IndexError("the range begins behind the end")
    return (first, last) if first < last else None
