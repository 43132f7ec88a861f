"""From the store into an exhibit: one camera's range, copied and described for the manifest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final, Protocol

from django.conf import settings

from citysquare.apps.devices import queries as devices
from citysquare.engine.errors import StoreDamaged
from citysquare.engine.footage import FootageReader
from citysquare.engine.footage import cutting as engine
from citysquare.engine.footage.files import day_of
from citysquare.engine.footage.reader import ChainEntry, DayChain, StoredSegment
from citysquare.engine.model import TICKS_PER_SECOND, StreamKey, ticks_from_datetime
from citysquare.proof.bundles.exhibit import ExhibitWriter
from citysquare.proof.bundles.manifest import Camera, Day, Fragment, Gap, Piece, Stored


class Counting(Protocol):
    """Who is told of the bytes that are copied."""

    def counted(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Pass bytes on."""
        ...


@dataclass(frozen=True, slots=True)
class Take:
    """One camera's range, not copied yet."""

    camera: str
    cut: engine.Cut
    chains: dict[str, DayChain]
    """By day, from the file before the first of the range on."""


def take(camera: str, start: datetime, end: datetime) -> Take:
    """Find a camera's footage of a range. Raises StoreError."""
    reader, key = FootageReader(settings.CITYSQUARE.store_dir), StreamKey(camera)
    found = engine.cut(reader, key, ticks_from_datetime(start), ticks_from_datetime(end))
    return Take(camera, found, {chain.day: chain for chain in engine.chains(reader, found)})


def write(taken: Take, writer: ExhibitWriter, progress: Counting, at: datetime) -> Camera:
    """Copy a camera's pieces into a bundle and return what the manifest says of them. Raises StoreDamaged, BadBundle, OSError."""
    found = taken.cut
    pieces = [_piece(taken, piece, number, writer, progress) for number, piece in enumerate(found.pieces, 1)]
    return Camera(
        camera=taken.camera,
        name=devices.required_camera(taken.camera).name[:_LONGEST_NAME],
        stream=str(found.key.kind),
        start=found.start,
        end=found.end,
        pieces=tuple(pieces),
        gaps=tuple(gaps(found)),
        days=tuple(day for chain in taken.chains.values() for day in _stretches(chain, pieces, at)),
    )


_LONGEST_NAME: Final = 200


def _piece(taken: Take, piece: engine.Piece, number: int, writer: ExhibitWriter, progress: Counting) -> Piece:
    segment = piece.segment
    chain = taken.chains.get(day_of(segment.start))
    entry = next((one for one in chain.entries if _is(one, segment)), None) if chain else None
    if entry is None:
        raise StoreDamaged(f"The footage file {segment.path} has no place in its day's chain.")
    copying, path = engine.Copying(piece), f"footage/{taken.camera}/{number:05d}.mp4"
    writer.add_footage(path, progress.counted(copying), piece.size)
    if copying.copied is None or copying.copied.size != piece.size:
        raise StoreDamaged(f"The footage file {segment.path} is damaged.")
    return Piece(
        file=path,
        stored=_stored(entry),
        previous=entry.previous,
        day=day_of(segment.start),
        whole=piece.whole,
        start=piece.start,
        end=piece.end,
        fragments=() if piece.whole else tuple(_fragments(piece, copying.copied)),
    )


def _fragments(piece: engine.Piece, copied: engine.Copied) -> Iterator[Fragment]:
    offset = len(piece.segment.init)
    for span, digest in zip(piece.spans, copied.fragments, strict=True):
        yield Fragment(offset, span.length, digest)
        offset += span.length


def _is(entry: ChainEntry, segment: StoredSegment) -> bool:
    return (entry.start, entry.sha256) == (segment.start, segment.sha256)


def _stored(entry: ChainEntry) -> Stored:
    return Stored(entry.path, entry.start, entry.end, entry.sha256)


def _stretches(chain: DayChain, pieces: list[Piece], at: datetime) -> Iterator[Day]:
    """Yield the parts of a day's chain that hold pieces; between two of them retention has taken files.

    The last one names the day's head, where the day is closed and nothing is missing behind it.
    """
    shown = {piece.stored for piece in pieces}
    is_closed = chain.day < day_of(ticks_from_datetime(at))
    breaks = [n for n, (before, after) in enumerate(pairwise(chain.entries), 1) if before.link != after.previous]
    for first, last in pairwise([0, *breaks, len(chain.entries)]):
        entries = chain.entries[first:last]
        files = tuple(_stored(one) for one in entries)
        if shown.isdisjoint(files):
            continue
        leads = is_closed and chain.head is not None and entries[-1].link == chain.head
        yield Day(chain.day, entries[0].previous, files, chain.head if leads and chain.head else b"")


def gaps(found: engine.Cut) -> list[Gap]:
    """Return what is missing in a range, in its order, each with its cause.

    Beside the ledger's causes: `deleted:<why>`; `step`, less than a picture's usual distance between two files, which the ledger counts as
    stored; `lost`, time that the ledger calls stored and of which no file is there; `unknown`, of which the recorder told nothing.
    """
    out = [Gap(one.start, one.end, str(one.cause)) for one in found.captured if one.cause is not None]
    deleted = [Gap(max(one.start, found.start), min(one.end, found.end), f"deleted:{one.reason}") for one in found.deleted]
    out += [gap for gap in deleted if gap.start < gap.end]
    place = found.start
    covered = [(piece.start, piece.end) for piece in found.pieces] + [(gap.start, gap.end) for gap in out]
    for start, end in sorted([*covered, (found.end, found.end)]):
        if start > place:
            out += _left_over(found, place, start)
        place = max(place, end)
    return sorted(out, key=lambda gap: (gap.start, gap.end))


_STEP: Final = 2 * TICKS_PER_SECOND
"""The longest step of a camera that is no gap (docs/design/footage.md)."""


def _left_over(found: engine.Cut, start: int, end: int) -> Iterator[Gap]:
    """Yield what neither a piece nor a known gap covers."""
    place = start
    for one in found.captured:
        begin, stop = max(place, one.start), min(end, one.end)
        if begin >= stop:
            continue
        if begin > place:
            yield Gap(place, begin, "unknown")
        yield Gap(begin, stop, "step" if end - start <= _STEP else "lost")
        place = stop
    if place < end:
        yield Gap(place, end, "unknown")
