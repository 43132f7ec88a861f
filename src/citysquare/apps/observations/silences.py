"""From a camera's ledger to what happened to its health. Pure: what is known and what is in the ledger go in, what is new comes out.

The ledger is the truth and may still be rewritten at its end (a restart finds out how far the last file really reached). So a silence is
recognised by the time it takes up, never by an exact beginning: telling the same ledger again tells nothing new.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from citysquare.engine.model import TICKS_PER_SECOND, GapCause, Interval

LEAST = 10 * TICKS_PER_SECOND
"""Without a picture for so long: a silence."""
UNTOLD = 30 * TICKS_PER_SECOND
"""A recorder that has told nothing for so long does not run; it tells each second."""
NEAR = 2 * TICKS_PER_SECOND
"""A restart may find that the last file reached a little less far."""


@dataclass(frozen=True, slots=True)
class Known:
    """A silence that is known already; `end` is None while it lasts. Ticks."""

    id: str
    start: int
    end: int | None
    cause: GapCause


@dataclass(frozen=True, slots=True)
class Begun:
    """A silence that is new."""

    start: int
    cause: GapCause


@dataclass(frozen=True, slots=True)
class Ended:
    """A silence that is over."""

    start: int
    """As it was told when it began."""
    end: int
    cause: GapCause
    switched_off: bool


@dataclass(frozen=True, slots=True)
class Renamed:
    """A silence that lasts, whose cause is known better now."""

    id: str
    cause: GapCause


News = Begun | Ended | Renamed


def news(intervals: Sequence[Interval], silences: Sequence[Interval], known: Sequence[Known]) -> list[News]:
    """Return what is new in a ledger, oldest first. `silences` are its gaps, joined; both reach back behind all that is not told yet."""
    if not intervals:
        return []
    reached = intervals[-1].end
    out: list[News] = []
    met: set[str] = set()
    for found in silences:
        over = found.end < reached
        silence = found if over else _by_what_is_wrong_now(found, intervals[-1])
        before = next((one for one in known if _same(one, silence)), None)
        if before is not None:
            met.add(before.id)
        elif silence.end - silence.start < LEAST:
            continue
        else:
            out.append(Begun(silence.start, silence.cause or GapCause.RESTART))
        if before is None or before.end is None:
            out += _since(before, silence, intervals, over=over)
    out += [_vanished(one, intervals) for one in known if one.end is None and one.id not in met and _stored_at(one.start, intervals)]
    return out


def any_long(silences: Sequence[Interval]) -> bool:
    """Whether any of a ledger's gaps, joined, is a silence. Where none is and none lasts that is known, nothing is new."""
    return any(one.end - one.start >= LEAST for one in silences)


def with_the_untold(intervals: Sequence[Interval], *, now: int, enabled: bool) -> list[Interval]:
    """Return a ledger with the time that a recorder which does not run has not told of."""
    told = list(intervals)
    if told and enabled and told[-1].cause is not GapCause.SWITCHED_OFF and now - told[-1].end > UNTOLD:
        told.append(Interval(told[-1].end, now, GapCause.RESTART))
    return told


def _by_what_is_wrong_now(silence: Interval, last: Interval) -> Interval:
    """Return a silence that lasts: once the recorder runs again, it is named by what keeps the picture away now."""
    if silence.cause is GapCause.RESTART and last.cause not in {None, GapCause.SWITCHED_OFF}:
        return Interval(silence.start, silence.end, last.cause)
    return silence


def _since(before: Known | None, silence: Interval, intervals: Sequence[Interval], *, over: bool) -> list[News]:
    """Return how a silence stands that was not known to be over."""
    cause = silence.cause or GapCause.RESTART
    if over:
        after = next((one for one in intervals if one.start >= silence.end), None)
        off = after is not None and after.cause is GapCause.SWITCHED_OFF
        start = silence.start if before is None else before.start
        return [Ended(start, max(start, silence.end), cause, off)]
    return [Renamed(before.id, cause)] if before is not None and before.cause is not cause else []


def _same(known: Known, silence: Interval) -> bool:
    if known.end is None:
        return silence.start - NEAR <= known.start < silence.end + NEAR
    return known.start < silence.end and known.end > silence.start - NEAR


def _stored_at(time: int, intervals: Sequence[Interval]) -> bool:
    return any(one.cause is None and one.start <= time + NEAR and one.end > time + NEAR for one in intervals)


def _vanished(known: Known, intervals: Sequence[Interval]) -> Ended:
    """Return the end of a silence of which the ledger, told later, says that there was none: the recorder only could not tell."""
    stored = next(one for one in intervals if one.cause is None and one.start <= known.start + NEAR and one.end > known.start + NEAR)
    return Ended(known.start, max(known.start, stored.start), known.cause, switched_off=False)
