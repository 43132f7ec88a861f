"""The continuity ledger of one stream: for each tick since it was switched on, stored or a gap with its cause.

Pure: picture times and breaks go in, adjacent intervals come out. Only what is known to be on disk may be entered as pictures. The last
interval is open: it grows, and a gap that turns out to have no length goes away. All others are final (docs/design/footage.md).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from citysquare.engine.footage.seconds import Cadence
from citysquare.engine.model import GapCause, Interval

_HISTORY = 16
_OF_THE_CAMERA = frozenset({GapCause.UNREACHABLE, GapCause.REFUSED, GapCause.STALLED, GapCause.GARBLED, GapCause.NO_KEYFRAME})
"""Causes that explain a wait from its beginning."""


def stalled(_gap: Interval) -> GapCause:
    """Return the cause of a gap that no break announced, where nothing else is known."""
    return GapCause.STALLED


class Ledger:
    """The captured axis of one stream."""

    def __init__(self, since: int, cause: GapCause, *, blame: Callable[[Interval], GapCause] = stalled) -> None:
        """Begin at `since` with an open gap; `blame` names the cause of a gap that no break announced.

        `cause` stands where a picture ends this first wait; the first break that is told names all of it.
        """
        self._blame = blame
        self._wait: int | None = since  # from here on the open gap takes the first cause that is told
        self._cadence = Cadence()
        self._closed: list[Interval] = []  # since the last changes()
        self._history: deque[Interval] = deque(maxlen=_HISTORY)  # the intervals before the open one
        self._start = since
        self._end = since
        self._cause: GapCause | None = cause
        self._last = 0  # the last picture; counts only while stored
        self._followed = False  # the next picture's step tells the cadence
        self._dropped = 0

    @classmethod
    def resumed(cls, last: Interval, *, blame: Callable[[Interval], GapCause] = stalled) -> Ledger:
        """Go on where a stored axis ends: `last` is its last interval, which becomes the open one."""
        ledger = cls(last.start, GapCause.RESTART, blame=blame)
        ledger._cause = last.cause
        ledger._end = ledger._last = last.end
        ledger._wait = None
        return ledger

    @classmethod
    def switched_on(cls, last: Interval | None, since: int, *, blame: Callable[[Interval], GapCause] = stalled) -> Ledger:
        """Go on behind `last`, where the stored axis ends (None for a new stream), with a stream that is switched on at `since`.

        A stream that was switched off stays so until then; for others the time without a recorder is a gap of the restart, which lasts
        until the first picture where no trouble is told. The wait of a stream that is switched on is for a picture to begin with.
        """
        if last is None:
            return cls(since, GapCause.NO_KEYFRAME, blame=blame)
        ledger = cls.resumed(last, blame=blame)
        ledger._go_on(since)  # noqa: SLF001 - its own class
        return ledger

    @property
    def open(self) -> Interval:
        """The last interval, which still grows."""
        return Interval(self._start, self._end, self._cause)

    @property
    def dropped_by_us(self) -> int:
        """Ticks of all gaps of that cause this ledger has seen."""
        return self._dropped + (self._end - self._start if self._cause is GapCause.DROPPED_BY_US else 0)

    def pictures(self, times: Iterable[int]) -> None:
        """Enter the decoding times of stored pictures, rising."""
        for time in times:
            self._picture(time)

    def lost(self, cause: GapCause, at: int) -> None:
        """Enter a break: from the last picture's end on, or from `at` where a gap was open, nothing is stored because of `cause`."""
        self._followed = False
        wait, self._wait = self._wait, None
        if self._cause is None:
            self._close(self._end, cause)
            self._end = max(self._end, at)
        elif wait is not None and cause in _OF_THE_CAMERA:
            reached = max(self._end, at)
            self._close(wait, cause)
            self._end = max(self._end, reached)
        elif self._cause is not cause:
            self._close(max(at, self._start), cause)
        else:
            self._end = max(self._end, at)

    def grow(self, now: int) -> None:
        """Let an open gap reach `now`."""
        if self._cause is not None:
            self._end = max(self._end, now)

    def changes(self) -> list[Interval]:
        """Return the intervals to store: they replace whatever is stored from the first one's start on."""
        out = [*self._closed, self.open]
        self._closed.clear()
        return out

    def _go_on(self, since: int) -> None:
        """Begin, behind what is stored, the wait of a stream that is switched on at `since`."""
        if self._cause is GapCause.SWITCHED_OFF:
            self.grow(since)
            self._close(since, GapCause.NO_KEYFRAME)
        else:
            self._close(self._end, GapCause.RESTART)
        self._wait = max(since, self._start)
        self._dropped = 0

    def _picture(self, time: int) -> None:
        if self._cause is not None:
            self._wait = None
            self._begin(time)
        elif self._cadence.tears(time - self._last):
            gap = Interval(self._last + self._cadence.interval, time)
            self._close(gap.start, self._blame(gap))
            self._begin(time)
        if self._followed:
            self._cadence.add(time - self._last)
        self._last = max(time, self._last)
        self._followed = True
        self._end = max(self._last + self._cadence.interval, self._start)

    def _begin(self, time: int) -> None:
        """Close the open gap at `time` and begin to store.

        A gap that has no length then was none, and so it is with gaps that a break dated later than the next picture has left behind.
        """
        while time <= self._start and self._history and self._history[-1].cause is not None:
            self._reopen()
        if time > self._start:
            self._close(time, None)
        elif self._history:
            self._reopen()
        self._cause = None

    def _reopen(self) -> None:
        before = self._history.pop()
        if self._closed:
            self._closed.pop()
        if before.cause is GapCause.DROPPED_BY_US:
            self._dropped -= before.end - before.start
        self._start, self._end, self._cause = before.start, before.end, before.cause

    def _close(self, at: int, cause: GapCause | None) -> None:
        """End the open interval at `at` (never before its start) and open the next one, of `cause`."""
        if at > self._start:
            done = Interval(self._start, at, self._cause)
            self._history.append(done)
            self._closed.append(done)
            if self._cause is GapCause.DROPPED_BY_US:
                self._dropped += at - self._start
            self._start = at
        self._end = max(at, self._start)
        self._cause = cause


def cut_short(intervals: Iterable[Interval], end: int) -> list[Interval]:
    """Return a captured axis in which nothing is stored from `end` on: what was said to be is a gap of the restart that found out."""
    out: list[Interval] = []
    for interval in intervals:
        if interval.cause is not None or interval.end <= end:
            out.append(interval)
            continue
        if interval.start < end:
            out.append(Interval(interval.start, end))
        out.append(Interval(max(interval.start, end), interval.end, GapCause.RESTART))
    return out


def without(intervals: Iterable[Interval], there: Sequence[tuple[int, int]], tolerance: int) -> list[Interval]:
    """Return a captured axis in which nothing is stored where no file is or was: what is missing for longer is a gap of the storage.

    Both are in order and apart. Up to `tolerance` ticks are let be: a file's last picture is only as long as was usual.
    """
    out: list[Interval] = []
    at = 0
    for interval in intervals:
        while at < len(there) and there[at][1] <= interval.start:
            at += 1
        if interval.cause is not None:
            out.append(interval)
            continue
        reached = begun = interval.start
        behind = bisect_left(there, (interval.end,), lo=at)
        for start, end in (*there[at:behind], (interval.end, interval.end)):
            if start - reached > tolerance:
                out += [Interval(begun, reached)] if reached > begun else []
                out.append(Interval(reached, start, GapCause.STORAGE_ERROR))
                begun = start
            reached = max(reached, end)
        if begun < interval.end:
            out.append(Interval(begun, interval.end))
    return out


def subtracted(stretches: Sequence[tuple[int, int]], away: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return what of some stretches lies in none of the others; both are in order and apart."""
    out: list[tuple[int, int]] = []
    for start, end in stretches:
        at = start
        for from_, to in away:
            if to <= at:
                continue
            if from_ >= end:
                break
            if from_ > at:
                out.append((at, from_))
            at = to
        if at < end:
            out.append((at, end))
    return out


def joined_stretches(stretches: Iterable[tuple[int, int]], within: int) -> list[tuple[int, int]]:
    """Return stretches in order and apart; those with up to `within` ticks between them as one."""
    out: list[tuple[int, int]] = []
    for start, end in sorted(stretches):
        if out and start - out[-1][1] <= within:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return out


class Deletion(StrEnum):
    """Why stored footage was deleted."""

    RETENTION = "retention"
    SPACE = "space"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class Deleted:
    """A stretch of a stream's kept axis: footage that was stored and is deleted. Ticks."""

    start: int
    end: int
    reason: Deletion
    at: int
    """When it was deleted."""


def joined(before: Deleted | None, new: Deleted, within: int) -> Deleted | None:
    """Return both deletions as one when they touch, have one reason and lie at most `within` ticks apart in time; else None."""
    if (
        before is None
        or before.reason is not new.reason
        or not before.start <= new.start <= before.end
        or not 0 <= new.at - before.at <= within
    ):
        return None
    return Deleted(before.start, max(before.end, new.end), new.reason, new.at)
