"""A camera's day as a page shows it: the bar, its sums, its gaps, its hours. Numbers for drawings are text with a point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from citysquare.apps.footage.continuity import Continuity, Part, Share, State
from citysquare.apps.footage.labels import CAUSE_ADVICE, DELETION_LABELS, FAMILIES, FAMILY_LABELS, name_of
from citysquare.apps.footage.presentation import HourMark, span
from citysquare.engine.footage import Deletion
from citysquare.engine.model import TICKS_PER_SECOND, GapCause, datetime_from_ticks, ticks_from_datetime

HOUR = timedelta(hours=1)
MOST_DRAWN = 300
"""More parts than these are drawn by the minute: finer could not be seen anyway."""
LEAST_DRAWN = 300
"""A gap takes this part of the bar at least."""
_MINUTE = 60 * TICKS_PER_SECOND
_WORST = {State.GAP: 0, State.UNKNOWN: 1, State.BEFORE: 2, State.COMING: 3, State.STORED: 4}


@dataclass(frozen=True, slots=True)
class Drawn:
    """One rectangle of the bar; x and width in 0..100."""

    x: str
    width: str
    kind: str
    """The cause, else the state: names its pattern."""
    family: str
    label: str
    start: datetime
    end: datetime
    length: str


@dataclass(frozen=True, slots=True)
class ShareRow:
    """One sum."""

    kind: str
    family: str
    label: str
    whose: str
    length: str
    percent: str


@dataclass(frozen=True, slots=True)
class GapRow:
    """One gap."""

    kind: str
    family: str
    start: datetime
    end: datetime
    from_before: bool
    goes_on: bool
    length: str
    label: str
    advice: str


@dataclass(frozen=True, slots=True)
class HourRow:
    """One hour of the day, for who reads the bar as a table."""

    label: str
    recorded: str
    missing: str
    causes: str


@dataclass(frozen=True, slots=True)
class KeptRow:
    """What became of recorded footage."""

    kind: str
    label: str
    length: str


@dataclass(frozen=True, slots=True)
class DeletedRow:
    """A stretch of footage that was deleted."""

    start: datetime
    end: datetime
    length: str
    label: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DayView:
    """The day."""

    bar: list[Drawn]
    kept_bar: list[Drawn]
    marks: list[HourMark]
    shares: list[ShareRow]
    kept: list[KeptRow]
    hours: list[HourRow]
    headline: str
    tone: str
    """"good", "care", "bad" or nothing."""
    hours_long: int
    whole: str
    all: str
    """The sum of all shares."""


def day_view(found: Continuity) -> DayView:
    """Return a day ready for its template."""
    begin, end = datetime_from_ticks(found.start), datetime_from_ticks(found.end)
    headline, tone = headline_of(found)
    return DayView(
        bar=bar_of(found),
        kept_bar=_kept_bar(found),
        marks=marks_of(begin, end),
        shares=[share_row(share) for share in found.shares],
        kept=_kept(found),
        hours=_hours(found),
        headline=headline,
        tone=tone,
        hours_long=round((end - begin) / HOUR),
        whole=span(found.end - found.start),
        all=percent(sum(share.hundredths for share in found.shares)),
    )


def headline_of(found: Continuity) -> tuple[str, str]:
    """Return one sentence on a stretch, and its tone."""
    if not found.readable:
        return _("What was recorded cannot be read at the moment."), "bad"
    unknown = sum(part.length for part in found.parts if part.state is State.UNKNOWN)
    if found.lost:
        text = _("%(missing)s missing, %(stored)s recorded.") % {"missing": length(found.lost), "stored": length(found.stored)}
        return text, "bad" if found.lost_by_us else "care"
    if unknown:
        return _("For %(time)s it is not known what was recorded.") % {"time": length(unknown)}, "care"
    if found.stored:
        return _("No second is missing while the camera was switched on: %(stored)s recorded.") % {"stored": length(found.stored)}, "good"
    return _("Nothing was recorded, and nothing was to be recorded."), ""


def length(ticks: int) -> str:
    """Say a length of time, short ones to a tenth of a second: a gap is never told as nothing."""
    seconds = ticks / TICKS_PER_SECOND
    if seconds >= 119.5:
        return span(ticks)
    if seconds >= 10:
        return _("%(seconds)d s") % {"seconds": round(seconds)}
    return _("%(seconds)s s") % {"seconds": number_format(max(0.1, round(seconds, 1)), 1)}


def percent(hundredths: int) -> str:
    """Say hundredths of a percent."""
    return _("%(share)s %%") % {"share": number_format(hundredths / 100, 2)}


def gap_row(part: Part) -> GapRow:
    """Return one gap with what it means and what to do."""
    cause = part.cause or GapCause.RESTART
    return GapRow(
        kind=str(cause),
        family=str(FAMILIES[cause]),
        start=timezone.localtime(datetime_from_ticks(part.start)),
        end=timezone.localtime(datetime_from_ticks(part.end)),
        from_before=part.from_before,
        goes_on=part.goes_on,
        length=length(part.length),
        label=name_of(State.GAP, cause),
        advice=str(CAUSE_ADVICE[cause]),
    )


def deleted_rows(found: Continuity) -> list[DeletedRow]:
    """Return what was deleted of a stretch."""
    return [
        DeletedRow(
            start=timezone.localtime(datetime_from_ticks(one.start)),
            end=timezone.localtime(datetime_from_ticks(one.end)),
            length=length(one.end - one.start),
            label=str(DELETION_LABELS[one.reason]),
            at=timezone.localtime(datetime_from_ticks(one.at)),
        )
        for one in found.kept.stretches
    ]


def bar_of(found: Continuity) -> list[Drawn]:
    """Return the bar's rectangles."""
    parts = found.parts if len(found.parts) <= MOST_DRAWN else by_minute(found.parts)
    whole = found.end - found.start
    drawn = []
    for part in parts:
        left, right = max(part.start, found.start), min(part.end, found.end)
        label = name_of(part.state, part.cause)
        kind, family = _pattern(part.state, part.cause)
        x, width = _wide_enough(left - found.start, right - left, whole) if part.lost else (left - found.start, right - left)
        drawn.append(Drawn(_x(x, whole), _x(width, whole), kind, family, label, *_local(left, right), length(right - left)))
    return drawn


def _wide_enough(left: int, width: int, whole: int) -> tuple[int, int]:
    """Return where to draw a gap so that it can be seen, however short it is."""
    least = whole // LEAST_DRAWN
    return (left, width) if width >= least else (min(left, whole - least), least)


def by_minute(parts: Sequence[Part]) -> list[Part]:
    """Return the same parts drawn by the minute: a minute with any gap in it is drawn as a gap, so that none disappears."""
    cells: dict[int, Part] = {}
    for part in parts:
        for minute in range(part.start // _MINUTE, -(-part.end // _MINUTE)):
            before = cells.get(minute)
            if before is None or (_WORST[part.state], not part.lost) < (_WORST[before.state], not before.lost):
                cells[minute] = part
    merged: list[Part] = []
    for minute, part in sorted(cells.items()):
        last, begin = merged[-1] if merged else None, minute * _MINUTE
        if last is not None and last.end == begin and (last.state, last.cause) == (part.state, part.cause):
            merged[-1] = Part(last.start, begin + _MINUTE, part.state, part.cause)
        else:
            merged.append(Part(begin, begin + _MINUTE, part.state, part.cause))
    return merged


def marks_of(begin: datetime, end: datetime) -> list[HourMark]:
    """Return a mark every three hours of local time; an hour that comes twice is marked once."""
    marks, seen = [], set()
    moment = begin
    while moment < end:
        local = timezone.localtime(moment)
        if local.hour % 3 == 0 and local.minute == 0 and local.hour not in seen:
            seen.add(local.hour)
            marks.append(HourMark(f"{(moment - begin) / (end - begin) * 100:.3f}", f"{local:%H:%M}"))
        moment += HOUR
    return marks


def _kept_bar(found: Continuity) -> list[Drawn]:
    """Return the second bar: what was deleted of what was recorded. Empty while all is kept."""
    whole = found.end - found.start
    drawn = []
    for one in found.kept.stretches[:MOST_DRAWN]:
        x, width = _x(one.start - found.start, whole), _x(one.end - one.start, whole)
        label = str(DELETION_LABELS[one.reason])
        drawn.append(Drawn(x, width, f"deleted-{one.reason}", "deleted", label, *_local(one.start, one.end), length(one.end - one.start)))
    return drawn


def _kept(found: Continuity) -> list[KeptRow]:
    if not found.stored:
        return []
    rows = [KeptRow("kept", _("still kept"), length(found.kept.kept))] if found.kept.kept else []
    gone = found.kept.deleted
    rows += [KeptRow(f"deleted-{reason}", str(DELETION_LABELS[reason]), length(gone[reason])) for reason in Deletion if gone.get(reason)]
    return rows


def share_row(share: Share) -> ShareRow:
    """Return one sum in words."""
    kind, family = _pattern(share.state, share.cause)
    whose = str(FAMILY_LABELS[FAMILIES[share.cause]]) if share.cause else ""
    return ShareRow(kind, family, name_of(share.state, share.cause), whose, length(share.ticks), percent(share.hundredths))


def _hours(found: Continuity) -> list[HourRow]:
    begin, end = datetime_from_ticks(found.start), datetime_from_ticks(found.end)
    starts = []
    while begin < end:
        starts.append(begin)
        begin += HOUR
    return [_hour(found, start, min(start + HOUR, end)) for start in starts]


def _hour(found: Continuity, start: datetime, end: datetime) -> HourRow:
    left, right = ticks_from_datetime(start), ticks_from_datetime(end)
    stored = lost = 0
    causes: dict[str, int] = {}
    for part in found.parts:
        inside = min(part.end, right) - max(part.start, left)
        if inside <= 0:
            continue
        stored += inside if part.state is State.STORED else 0
        lost += inside if part.lost else 0
        if part.state is not State.STORED:
            name = name_of(part.state, part.cause)
            causes[name] = causes.get(name, 0) + inside
    local = timezone.localtime(start)
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    told = ", ".join(f"{name} {length(ticks)}" for name, ticks in sorted(causes.items(), key=lambda item: -item[1]))
    return HourRow(f"{local:%H:%M %Z}" if twice else f"{local:%H:%M}", length(stored) if stored else "", length(lost) if lost else "", told)


def _pattern(state: State, cause: GapCause | None) -> tuple[str, str]:
    return (str(cause), str(FAMILIES[cause])) if cause else (str(state), str(state))


def _local(left: int, right: int) -> tuple[datetime, datetime]:
    return timezone.localtime(datetime_from_ticks(left)), timezone.localtime(datetime_from_ticks(right))


def _x(part: int, whole: int) -> str:
    return f"{100 * part / whole:.4f}"
