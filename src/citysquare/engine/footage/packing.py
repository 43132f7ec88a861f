"""The fragments of a segment in some eight bytes each, for the index: where each lies, when, and whether decoding can start there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from citysquare.engine.errors import StoreDamaged

_MAX_FRAGMENTS = 1_000_000


@dataclass(frozen=True, slots=True)
class Span:
    """One fragment of a file."""

    offset: int
    length: int
    start: int
    end: int
    key: bool


def pack_spans(spans: Sequence[Span]) -> bytes:
    """Pack spans that lie one behind the other in a file.

    Variable-length integers (7 bits a byte, low first): the first one's offset and start; then of each its length, twice its duration
    plus its key flag, and the distance from the end before (zigzag).
    """
    if not spans:
        return b""
    out = bytearray()
    _put(out, spans[0].offset)
    _put(out, spans[0].start)
    before = spans[0].start
    for span in spans:
        step = span.start - before
        _put(out, span.length)
        _put(out, (span.end - span.start) << 1 | span.key)
        _put(out, step << 1 if step >= 0 else (-step << 1) - 1)
        before = span.end
    return bytes(out)


def unpack_spans(data: bytes) -> list[Span]:
    """Return what pack_spans packed.

    Raises StoreDamaged for anything else.
    """
    if not data:
        return []
    numbers = _numbers(data)
    spans: list[Span] = []
    try:
        offset, before = next(numbers), next(numbers)
        for length in numbers:
            timing, step = next(numbers), next(numbers)
            start = before + (step >> 1 if not step & 1 else -((step + 1) >> 1))
            before = start + (timing >> 1)
            spans.append(Span(offset, length, start, before, bool(timing & 1)))
            offset += length
            if len(spans) > _MAX_FRAGMENTS:
                break
    except StopIteration:
        raise StoreDamaged("The footage index has a damaged row.") from None
    if len(spans) > _MAX_FRAGMENTS:
        raise StoreDamaged("The footage index has a damaged row.")
    return spans


def _put(out: bytearray, number: int) -> None:
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)


def _numbers(data: bytes) -> Iterator[int]:
    number = shift = 0
    for byte in data:
        number |= (byte & 0x7F) << shift
        if byte & 0x80:
            shift += 7
            if shift > 63:
                raise StoreDamaged("The footage index has a damaged row.")
        else:
            yield number
            number = shift = 0
    if shift:
        raise StoreDamaged("The footage index has a damaged row.")
