"""When is footage whole? The rule of the continuity ledger, as pure functions that ledger, pages, interfaces and tests share.

A step between two pictures that follow each other is a gap when it exceeds 1.5 picture intervals; the gap begins where the first picture's
own interval ends. A second of UTC counts as stored when no gap touches it (docs/design/footage.md, Ledger). Times are ticks.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from citysquare.engine.model import TICKS_PER_SECOND, GapCause, Interval

FIRST_GUESS = TICKS_PER_SECOND // 25
"""The picture interval before anything is known of a stream."""
_LOOSE = TICKS_PER_SECOND // 2
"""A step up to this is no gap while too few steps are known to say what is usual."""
_WINDOW = 50
_ENOUGH = 5
_LONGEST_STEP = 60 * TICKS_PER_SECOND
_SLOWEST = 2 * TICKS_PER_SECOND
_REMEMBERED = 3600 * TICKS_PER_SECOND


def tears(step: int, interval: int) -> bool:
    """Say whether a step between two pictures is a gap: more than 1.5 intervals."""
    return 2 * step > 3 * interval


def stored_runs(picture_times: Iterable[int], interval: int) -> list[Interval]:
    """Return what pictures at these rising times cover, when a picture stands for `interval`: stored runs with the gaps left out."""
    runs: list[Interval] = []
    first = last = None
    for time in picture_times:
        if first is None or last is None:
            first = time
        elif tears(time - last, interval):
            runs.append(Interval(first, last + interval))
            first = time
        last = time
    if first is not None and last is not None:
        runs.append(Interval(first, last + interval))
    return runs


def stored_seconds(picture_times: Iterable[int], interval: int) -> list[int]:
    """Return the seconds (since 1970, UTC) that count as stored: whole ones, which no gap between the pictures touches."""
    return [second for run in stored_runs(picture_times, interval) for second in _whole(run.start, run.end)]


@dataclass(frozen=True, slots=True)
class SecondCount:
    """How many of the seconds of a stretch count as stored, and why the others do not. `stored + sum(missing) + unknown == total`."""

    total: int
    stored: int
    missing: dict[GapCause, int] = field(default_factory=dict)
    """By the cause that took most of each second."""
    unknown: int = 0
    """Seconds the ledger does not cover wholly and in which it names no gap: before the switch-on, and after its end."""


def count_seconds(captured: Iterable[Interval], start: int, end: int) -> SecondCount:
    """Count the whole UTC seconds between `start` and `end` by a captured axis (adjacent intervals, rising)."""
    asked = _whole(start, end)
    gaps: dict[GapCause, int] = {}
    edges: dict[int, dict[GapCause, int]] = {}  # ticks of each cause in the seconds that a gap begins or ends in
    runs: list[tuple[int, int]] = []
    for interval in captured:
        low, high = max(interval.start, start), min(interval.end, end)
        if low >= high:
            continue
        if interval.cause is None:
            runs.append((runs.pop()[0], high) if runs and runs[-1][1] == low else (low, high))
            continue
        gaps[interval.cause] = gaps.get(interval.cause, 0) + len(_whole(low, high))
        for second in {low // TICKS_PER_SECOND, (high - 1) // TICKS_PER_SECOND}:
            inside = min(high, (second + 1) * TICKS_PER_SECOND) - max(low, second * TICKS_PER_SECOND)
            if inside < TICKS_PER_SECOND and second in asked:
                shares = edges.setdefault(second, {})
                shares[interval.cause] = shares.get(interval.cause, 0) + inside
    for shares in edges.values():
        cause = max(shares, key=shares.__getitem__)
        gaps[cause] = gaps.get(cause, 0) + 1
    stored = sum(len(_whole(*run)) for run in runs)
    missing = {cause: seconds for cause, seconds in gaps.items() if seconds}
    return SecondCount(len(asked), stored, missing, len(asked) - stored - sum(missing.values()))


def _whole(start: int, end: int) -> range:
    """Return the whole seconds since 1970 that lie in a stretch."""
    first = -(-start // TICKS_PER_SECOND)
    return range(first, max(first, end // TICKS_PER_SECOND))


class Cadence:
    """What a stream's usual picture interval is, learned from its steps.

    `interval` is the median of the last 50 steps: what a single picture stands for. A step is judged by `usual`, the longest step
    that belongs to the stream's pattern: one in ten reaches it (a camera that makes 25 pictures a second of 30 by leaving out each sixth
    is steady), or the stream has kept to it for five steps within the last hour (a camera that slows down at dusk, or while nothing moves).
    Wholly lost pictures never come in here: a hole in the packets' numbers is a break, and no step is taken over one.
    """

    def __init__(self) -> None:
        """Start with the guess of 25 pictures a second."""
        self._steps: deque[int] = deque(maxlen=_WINDOW)
        self._sorted: list[int] = []
        self._slow: deque[int] = deque(maxlen=_ENOUGH)
        self._remembered = 0
        self._forget_in = 0

    def add(self, step: int) -> None:
        """Take in the step (ticks) between two pictures that follow each other without a break."""
        if step <= 0:
            return
        step = min(step, _LONGEST_STEP)
        if self._forget_in:
            self._forget_in = max(0, self._forget_in - step)
        if 4 * step > 5 * self.interval:
            self._learn(step)
        elif self._slow:
            self._slow.clear()
        if len(self._steps) == _WINDOW:
            del self._sorted[bisect_left(self._sorted, self._steps[0])]
        self._steps.append(step)
        insort(self._sorted, step)

    def _learn(self, step: int) -> None:
        """Remember a slow rate that is kept to: five steps that differ by less than a quarter."""
        self._slow.append(step)
        if len(self._slow) == _ENOUGH and 4 * max(self._slow) < 5 * min(self._slow):
            rate = min(max(self._slow), _SLOWEST)
            self._remembered = max(rate, self._remembered if self._forget_in else 0)
            self._forget_in = _REMEMBERED

    @property
    def interval(self) -> int:
        """The usual step, in ticks; at least 1."""
        return self._sorted[len(self._sorted) // 2] if self._sorted else FIRST_GUESS

    @property
    def usual(self) -> int:
        """The longest step that belongs to the stream's pattern, in ticks."""
        known = len(self._sorted)
        if known < _ENOUGH:
            return max(2 * _LOOSE // 3, self._sorted[-1] if known else 0)
        return max(self._sorted[-max(2, known // 10)], self._remembered if self._forget_in else 0)

    def tears(self, step: int) -> bool:
        """Say whether a step of this size is a gap in this stream."""
        return tears(step, self.usual)
