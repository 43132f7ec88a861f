"""What was recorded of a stretch of time, whole: recorded, missing with its cause, before the camera, not known, still to come. Pure.

The parts are adjacent and cover the stretch from its beginning to its end, so that their sums are the stretch and their shares 100 %. They
come from the ledger's two axes (docs/design/footage.md). Times are ticks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from citysquare.engine.footage import Deleted, Deletion, SecondCount, count_seconds
from citysquare.engine.model import TICKS_PER_SECOND, GapCause, Interval

HUNDREDTHS = 10_000
"""Shares are told in hundredths of a percent."""
STILL_COMING = 15 * TICKS_PER_SECOND
"""The recorder tells its ledger each second, later where its index is slow: what it has not told of the last moments is still to come."""
CONTINUES = TICKS_PER_SECOND
"""Gaps that touch are one silence; so are those with less than this between them and nothing stored."""


class State(StrEnum):
    """What is known of a part."""

    STORED = "stored"
    GAP = "gap"
    BEFORE = "before"
    """Before the camera was switched on for the first time."""
    UNKNOWN = "unknown"
    """The recorder has not told."""
    COMING = "coming"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the stretch: `start <= t < end`."""

    start: int
    end: int
    state: State
    cause: GapCause | None = None
    """Why there is a gap."""
    from_before: bool = False
    """The gap began before the stretch."""
    goes_on: bool = False
    """The gap goes on after the stretch, or is not over yet."""

    @property
    def length(self) -> int:
        """Ticks."""
        return self.end - self.start

    @property
    def lost(self) -> bool:
        """Whether footage is missing that should be there: a camera that is switched off owes none."""
        return self.state is State.GAP and self.cause is not GapCause.SWITCHED_OFF


@dataclass(frozen=True, slots=True)
class Share:
    """How much of the stretch is of one state and cause."""

    state: State
    cause: GapCause | None
    ticks: int
    hundredths: int
    """Of a percent of the stretch; all shares together are 10 000. What is there at all has one at least."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of recorded footage: ticks that are kept, and that were deleted, by reason."""

    kept: int
    deleted: dict[Deletion, int]
    stretches: tuple[Deleted, ...]
    """What was deleted, oldest first, cut to the stretch."""

    @property
    def all_gone(self) -> bool:
        """Whether footage was recorded and none of it is left."""
        return bool(self.deleted) and not self.kept


@dataclass(frozen=True, slots=True)
class Continuity:
    """A stretch of one stream."""

    start: int
    end: int
    parts: tuple[Part, ...]
    since: int | None
    """When the stream was switched on for the first time; None: never recorded."""
    kept: Kept = field(default_factory=lambda: Kept(0, {}, ()))
    readable: bool = True
    """Whether the index could be read; if not, everything is unknown."""

    @property
    def gaps(self) -> list[Part]:
        """All gaps, also while switched off, oldest first."""
        return [part for part in self.parts if part.state is State.GAP]

    @property
    def stored(self) -> int:
        """Ticks that were recorded."""
        return sum(part.length for part in self.parts if part.state is State.STORED)

    @property
    def lost(self) -> int:
        """Ticks that should have been recorded and are missing."""
        return sum(part.length for part in self.parts if part.lost)

    @property
    def lost_by_us(self) -> int:
        """Ticks lost because the recorder could not keep up."""
        return sum(part.length for part in self.parts if part.cause is GapCause.DROPPED_BY_US)

    @property
    def seconds(self) -> SecondCount:
        """Whole seconds of UTC: how many count as stored, and why others do not. What is still to come counts as unknown."""
        told = [Interval(part.start, part.end, part.cause) for part in self.parts if part.state in {State.STORED, State.GAP}]
        return count_seconds(told, self.start, self.end)

    @property
    def shares(self) -> list[Share]:
        """The sums by state and cause: recorded first, then gaps, the longest first, then the rest."""
        return shares(self.parts)


def local_day(day: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """Return the beginning of a local day and of the next, in UTC: 23 to 25 hours apart where the clocks change."""
    begin, after = (datetime.combine(one, time(), zone).astimezone(UTC) for one in (day, day + timedelta(days=1)))
    return begin, after


def continuity(
    intervals: Sequence[Interval], deleted: Sequence[Deleted], span: tuple[int, int], *, now: int, since: int | None
) -> Continuity:
    """Return a stretch from the captured axis and the deletions that touch it. Intervals may reach over its ends."""
    start, end = span
    parts: list[Part] = []
    reached = start
    latest = max((interval.end for interval in intervals), default=start)
    for interval in sorted(intervals, key=lambda one: one.start):
        left, right = max(interval.start, reached), min(interval.end, end, max(now, start))
        if right <= left:
            continue
        parts += _untold(reached, left, now=now, since=since)
        parts.append(_told(interval, (left, right), span, lasting=interval.end >= max(latest, now - STILL_COMING)))
        reached = right
    parts += _untold(reached, end, now=now, since=since)
    stored = [(part.start, part.end) for part in parts if part.state is State.STORED]
    return Continuity(start, end, tuple(parts), since, _kept(stored, deleted))


def _told(interval: Interval, inside: tuple[int, int], span: tuple[int, int], *, lasting: bool) -> Part:
    if interval.cause is None:
        return Part(*inside, State.STORED)
    return Part(*inside, State.GAP, interval.cause, interval.start < span[0], interval.end > span[1] or lasting)


def _untold(left: int, right: int, *, now: int, since: int | None) -> list[Part]:
    """Return what the ledger does not tell of, between two moments: before the camera, not known, still to come."""
    begun = min(max(left, now if since is None else min(since, now)), right)
    coming = min(max(begun, begun if begun >= now - STILL_COMING else now), right)
    edges = ((State.BEFORE, left, begun), (State.UNKNOWN, begun, coming), (State.COMING, coming, right))
    return [Part(begin, finish, state) for state, begin, finish in edges if finish > begin]


def _kept(stored: Iterable[tuple[int, int]], deleted: Sequence[Deleted]) -> Kept:
    """Lay the deletions over what was stored. Where two touch the same footage, the earlier one took it."""
    gone: dict[Deletion, int] = {}
    stretches: list[Deleted] = []
    total = 0
    ordered = sorted(deleted, key=lambda one: one.start)
    for begin, finish in stored:
        total += finish - begin
        reached = begin
        for one in ordered:
            left, right = max(one.start, reached), min(one.end, finish)
            if right > left:
                gone[one.reason] = gone.get(one.reason, 0) + right - left
                _lay(stretches, Deleted(left, right, one.reason, one.at))
                reached = right
    return Kept(total - sum(gone.values()), gone, tuple(stretches))


def _lay(stretches: list[Deleted], new: Deleted) -> None:
    last = stretches[-1] if stretches else None
    if last is not None and last.end == new.start and (last.reason, last.at) == (new.reason, new.at):
        stretches[-1] = Deleted(last.start, new.end, new.reason, new.at)
    else:
        stretches.append(new)


_ORDER = {State.STORED: 0, State.GAP: 1, State.BEFORE: 2, State.UNKNOWN: 3, State.COMING: 4}


def shares(parts: Iterable[Part]) -> list[Share]:
    """Sum parts up. Rounding never makes a gap disappear, and never makes it seem that all was recorded when something is missing."""
    sums: dict[tuple[State, GapCause | None], int] = {}
    for part in parts:
        if part.length:
            sums[part.state, part.cause] = sums.get((part.state, part.cause), 0) + part.length
    whole = sum(sums.values())
    if not whole:
        return []
    ordered = sorted(sums.items(), key=lambda item: (_ORDER[item[0][0]], -item[1], str(item[0][1])))
    exact = [ticks * HUNDREDTHS / whole for _key, ticks in ordered]
    rounded = [max(1, int(one)) for one in exact]
    left = HUNDREDTHS - sum(rounded)
    by_rest = sorted(range(len(exact)), key=lambda index: (ordered[index][0][0] is State.STORED, int(exact[index]) - exact[index]))
    for index in by_rest[: max(0, left)]:
        rounded[index] += 1
    if left < 0:  # small parts were raised to one hundredth: the largest gives them
        rounded[max(range(len(exact)), key=exact.__getitem__)] += left
    return [Share(state, cause, ticks, part) for ((state, cause), ticks), part in zip(ordered, rounded, strict=True)]


def silences(intervals: Sequence[Interval]) -> list[Interval]:
    """Return the gaps of a captured axis joined to silences: gaps that touch are one, with the cause that lasted longest.

    Switched off is no silence: it ends one. Of two that lasted equally long the camera's own names it, not `restart`.
    """
    found: list[Interval] = []
    causes: dict[GapCause, int] = {}
    for interval in intervals:
        if interval.cause is None or interval.cause is GapCause.SWITCHED_OFF or interval.end <= interval.start:
            causes = {}
            continue
        touching = bool(causes) and bool(found) and interval.start - found[-1].end < CONTINUES
        if not touching:
            causes = {}
        causes[interval.cause] = causes.get(interval.cause, 0) + interval.end - interval.start
        cause = max(causes, key=lambda one: (causes[one], one is not GapCause.RESTART))
        joined = Interval(found[-1].start if touching else interval.start, interval.end, cause)
        if touching:
            found[-1] = joined
        else:
            found.append(joined)
    return found
