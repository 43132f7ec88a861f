"""Holds a store against what the cameras produced: each picture is stored bit-exact in its place, or lies in a gap of the ledger.

Pictures are matched by the hash of their coded bytes, which is different for each (they carry their numbers), and by order; wall time is
not needed. Between two stored pictures that do not follow each other the ledger must have a gap that covers the time between them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from citysquare.engine.footage import FootageReader, samples
from citysquare.engine.model import TICKS_PER_SECOND, GapCause, Interval, StreamKey
from citysquare.simulator.faults import Produced

FOR_EVER = 2**53


@dataclass(frozen=True)
class Kept:
    """A stored picture: its hash and its times in ticks."""

    sha256: str
    pts: int
    dts: int
    key: bool


@dataclass(frozen=True)
class Hole:
    """Produced pictures that follow each other and are not stored, and the gap they lie in."""

    first: int
    """Place of the first missing picture in the log."""
    last: int
    start: int
    """Where the gap begins, in ticks; the end of what was stored before."""
    end: int
    causes: tuple[GapCause, ...]
    """In order, without repeats."""
    seconds_by_cause: dict[GapCause, float]
    faults: frozenset[str]
    """Kinds of the faults that were at work while its pictures were made."""
    inner: bool
    """Something is stored before and behind it."""

    @property
    def seconds(self) -> float:
        return (self.end - self.start) / TICKS_PER_SECOND


@dataclass(frozen=True)
class Score:
    """What became of the pictures of one stream."""

    stored: int
    missing: int
    """Not stored, and in a gap that says so."""
    altered: tuple[int, ...]
    """Stored as they arrived, with bytes that a fault changed inside their payload."""
    doubled: tuple[int, ...]
    """Stored twice."""
    unexplained: tuple[str, ...]
    """Everything else that is not as it must be, a sentence each."""
    holes: tuple[Hole, ...] = ()
    hollow: tuple[Interval, ...] = field(default=())
    """Gaps of the ledger in which no picture is missing."""

    @property
    def holds(self) -> bool:
        """Stored and gaps together are what was produced."""
        return not self.doubled and not self.unexplained

    @property
    def gap_seconds(self) -> float:
        return sum(hole.seconds for hole in self.holes)


def kept_pictures(root: Path, key: StreamKey) -> list[Kept]:
    """Read back all pictures of a stream, as they lie in the store."""
    found = []
    for fragment in FootageReader(root).init_and_fragments(key, 0, FOR_EVER):
        found += [Kept(hashlib.sha256(p.data).hexdigest(), p.pts, p.dts, p.key) for p in samples(fragment.init, fragment.data)]
    return found


def score(produced: Sequence[Produced], store_root: Path, key: StreamKey) -> Score:
    """Hold a stream of a store against what its camera produced, in the order of coding.

    The ledger is asked for pictures of the time it covers: what was produced before the first and behind the last of its ticks is missing
    without a gap only if nothing is stored before, or after, it.
    """
    kept = kept_pictures(store_root, key)
    axis = FootageReader(store_root).captured(key, 0, FOR_EVER)
    places = {p.sha256: n for n, p in enumerate(produced)} | {p.sent: n for n, p in enumerate(produced)}
    wrong = [f"The ledger is torn at {before.end}." for before, after in pairwise(axis) if before.end != after.start]
    order: list[tuple[int, Kept]] = []
    seen: set[int] = set()
    doubled = []
    for picture in kept:
        place = places.get(picture.sha256)
        if place is None:
            wrong.append(f"The picture at {picture.dts} was never produced.")
        elif place in seen:
            doubled.append(place)
        else:
            seen.add(place)
            order.append((place, picture))
    wrong += [f"Picture {b} lies behind picture {a}." for (a, _), (b, _) in pairwise(order) if b < a]
    wrong += [f"Picture {place} is stored where the ledger has a gap." for place, kept_ in order if not _is_stored(axis, kept_.dts)]
    wrong += [f"Picture {b} is dated before picture {a}." for (a, x), (b, y) in pairwise(order) if y.dts <= x.dts]
    holes, unexplained = _holes(produced, order, axis)
    hollow = _hollow(axis, holes)
    altered = tuple(n for n, kept_ in order if kept_.sha256 != produced[n].sha256)
    missing = sum(hole.last - hole.first + 1 for hole in holes)
    return Score(len(order), missing, altered, tuple(doubled), tuple(wrong + unexplained), tuple(holes), hollow)


def _is_stored(axis: Sequence[Interval], at: int) -> bool:
    return any(i.start <= at < i.end and i.cause is None for i in axis)


def _holes(produced: Sequence[Produced], order: Sequence[tuple[int, Kept]], axis: Sequence[Interval]) -> tuple[list[Hole], list[str]]:
    """Return the runs of missing pictures with their gaps, and a sentence for each run that has none."""
    begin, end = (axis[0].start, axis[-1].end) if axis else (0, 0)
    marks = [(-1, begin), *((place, picture.dts) for place, picture in order), (len(produced), end)]
    holes, wrong = [], []
    for (before, since), (after, until) in pairwise(marks):
        if after <= before + 1:
            continue
        gaps = [i for i in axis if i.cause is not None and i.start >= since and i.end <= until]
        inner = before >= 0 and after < len(produced)
        if not gaps and (inner or not axis):
            wrong.append(f"Pictures {before + 1} to {after - 1} are neither stored nor in a gap.")
            continue
        if gaps and any(a.end != b.start for a, b in pairwise(gaps)):
            wrong.append(f"Between pictures {before} and {after} the ledger claims to have stored something.")
        causes: dict[GapCause, float] = {}
        for gap in gaps:
            if gap.cause is not None:
                causes[gap.cause] = causes.get(gap.cause, 0.0) + (gap.end - gap.start) / TICKS_PER_SECOND
        faults = frozenset(kind for picture in produced[before + 1 : after] for kind in picture.faults)
        edges = (gaps[0].start, gaps[-1].end) if gaps else (until, until)
        holes.append(Hole(before + 1, after - 1, *edges, tuple(causes), causes, faults, inner))
    return holes, wrong


def _hollow(axis: Sequence[Interval], holes: Sequence[Hole]) -> tuple[Interval, ...]:
    """Return gaps that belong to no missing picture. What is open at either end may be: there the camera was not asked yet, or no more."""
    inner = axis[1:-1]
    return tuple(i for i in inner if i.cause is not None and not any(h.start <= i.start and i.end <= h.end for h in holes))
