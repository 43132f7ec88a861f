"""States, gaps and hours as a page shows them. Numbers for drawings are text with a point, whatever the language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from citysquare.engine.footage import StreamStatus
from citysquare.engine.model import (
    TICKS_PER_SECOND,
    GapCause,
    Interval,
    StreamKind,
    datetime_from_ticks,
    ticks_from_datetime,
)

DAY = timedelta(hours=24)
MOST_STRETCHES = 300
"""More than these are drawn by the minute: finer could not be seen anyway."""
_MINUTE = 60 * TICKS_PER_SECOND
_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")

CAUSE_LABELS: dict[GapCause, Promise | str] = {
    GapCause.UNREACHABLE: gettext_lazy("The camera does not answer."),
    GapCause.REFUSED: gettext_lazy("The camera refuses us: check its address, user and password."),
    GapCause.STALLED: gettext_lazy("Connected, but nothing arrives."),
    GapCause.GARBLED: gettext_lazy("What arrives is damaged."),
    GapCause.NO_KEYFRAME: gettext_lazy("Waiting for a whole picture."),
    GapCause.RESTART: gettext_lazy("The recorder is starting."),
    GapCause.STORAGE_FULL: gettext_lazy("The disk is full."),
    GapCause.STORAGE_ERROR: gettext_lazy("The disk cannot be written."),
    GapCause.SWITCHED_OFF: gettext_lazy("The camera is switched off here."),
    GapCause.DROPPED_BY_US: gettext_lazy("The recorder could not keep up."),
}

KIND_LABELS: dict[StreamKind, Promise | str] = {StreamKind.MAIN: gettext_lazy("Main stream"), StreamKind.SUB: gettext_lazy("Small stream")}


@dataclass(frozen=True, slots=True)
class StreamRow:
    """One stream of a camera."""

    kind: str
    kind_label: str
    codec_label: str
    codec_string: str
    width: int
    height: int
    rate: str
    bitrate: str
    live: bool
    dropped: str


@dataclass(frozen=True, slots=True)
class Status:
    """What a camera is doing."""

    state: str
    label: str
    cause: str
    cause_label: str
    since: datetime | None
    streams: list[StreamRow]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the day: stored (no cause), or a gap."""

    x: str
    width: str
    cause: str
    label: str
    start: datetime
    end: datetime
    span: str


@dataclass(frozen=True, slots=True)
class HourMark:
    """A mark on the day's axis."""

    x: str
    label: str


@dataclass(frozen=True, slots=True)
class DayBar:
    """The last 24 hours."""

    stretches: list[Stretch]
    hours: list[HourMark]
    stored_label: str
    gap_label: str
    start: datetime
    end: datetime


def status_of(streams: Sequence[StreamStatus], *, enabled: bool, fresh: bool) -> Status:
    """Return what a camera is doing by the recorder's last report of its streams, main first."""
    rows = [_stream_row(stream) for stream in streams] if fresh and enabled else []
    if not enabled:
        return Status("off", _("Switched off"), GapCause.SWITCHED_OFF, str(CAUSE_LABELS[GapCause.SWITCHED_OFF]), None, rows)
    if not fresh:
        return Status("waiting", _("The recorder does not report"), "", "", None, rows)
    if not streams:
        return Status("waiting", _("Waiting for the recorder"), "", "", None, rows)
    first = streams[0]
    since = datetime_from_ticks(first.since)
    if first.cause is None:
        return Status("recording", _("Recording"), "", "", since, rows)
    if first.last_picture is None:
        return Status("gap", _("No picture yet"), first.cause, str(CAUSE_LABELS[first.cause]), since, rows)
    last = timezone.localtime(datetime_from_ticks(first.last_picture))
    label = _("No picture since %(time)s") % {"time": date_format(last, "H:i")}
    return Status("gap", label, first.cause, str(CAUSE_LABELS[first.cause]), since, rows)


def day_bar(intervals: Sequence[Interval] | None, *, at: datetime) -> DayBar:
    """Return the 24 hours before `at` as a bar; None says that nobody knows."""
    if intervals is None:
        return DayBar([], _hours(at), _("What was recorded cannot be read at the moment."), "", at - DAY, at)
    start, end = ticks_from_datetime(at - DAY), ticks_from_datetime(at)
    inside = [
        Interval(max(part.start, start), min(part.end, end), part.cause) for part in intervals if part.end > start and part.start < end
    ]
    stored = sum(part.end - part.start for part in inside if part.cause is None)
    missing = sum(part.end - part.start for part in inside if part.cause is not None)
    drawn = inside if len(inside) <= MOST_STRETCHES else _by_minute(inside)
    return DayBar(
        stretches=[_stretch(part, start, end) for part in drawn],
        hours=_hours(at),
        stored_label=_("Recorded: %(time)s") % {"time": span(stored)},
        gap_label=_("Missing: %(time)s") % {"time": span(missing)},
        start=at - DAY,
        end=at,
    )


def span(ticks: int) -> str:
    """Return a length of time in words."""
    seconds = round(ticks / TICKS_PER_SECOND)
    if seconds < 60:
        return _("%(seconds)d s") % {"seconds": seconds}
    if seconds < 3600:
        return _("%(minutes)d min") % {"minutes": round(seconds / 60)}
    minutes = round(seconds / 60)
    return _("%(hours)d h %(minutes)02d min") % {"hours": minutes // 60, "minutes": minutes % 60}


def size(count: float) -> str:
    """Say a number of bytes with three figures, in powers of 1000."""
    unit = 0
    while count >= 999.5 and unit < len(_UNITS) - 1:
        count, unit = count / 1000, unit + 1
    places = 0 if unit == 0 or count >= 99.95 else 1
    return f"{number_format(round(count, places), places)} {_UNITS[unit]}"


def page_links(page: Page[Any], path: str, query: Mapping[str, object]) -> dict[str, Any]:
    """Return what the links between the pages of a list need; `query` is what they carry besides the number."""

    def to(number: int) -> str:
        return f"{path}?{urlencode({**query, 'page': number})}"

    return {
        "number": page.number,
        "count": page.paginator.num_pages,
        "before": to(page.number - 1) if page.has_previous() else "",
        "after": to(page.number + 1) if page.has_next() else "",
    }


def codec_name(codec_string: str | None) -> str:
    """Return the codec's common name by its RFC 6381 string."""
    prefix = (codec_string or "").partition(".")[0]
    return {"avc1": "H.264", "avc3": "H.264", "hvc1": "H.265", "hev1": "H.265"}.get(prefix, prefix)


def _by_minute(intervals: Sequence[Interval]) -> list[Interval]:
    """Return the same day drawn by the minute: a minute with any gap in it is drawn as a gap, so that none disappears."""
    cells: dict[int, GapCause | None] = {}
    for part in intervals:
        for minute in range(part.start // _MINUTE, -(-part.end // _MINUTE)):
            cells[minute] = cells.get(minute) or part.cause
    merged: list[Interval] = []
    for minute in sorted(cells):
        begin, finish = minute * _MINUTE, (minute + 1) * _MINUTE
        if merged and merged[-1].cause == cells[minute] and merged[-1].end == begin:
            merged[-1] = Interval(merged[-1].start, finish, cells[minute])
        else:
            merged.append(Interval(begin, finish, cells[minute]))
    return merged


def _stretch(part: Interval, start: int, end: int) -> Stretch:
    left, right = max(part.start, start), min(part.end, end)
    return Stretch(
        x=_percent(left - start, end - start),
        width=_percent(right - left, end - start),
        cause=str(part.cause) if part.cause else "",
        label=str(CAUSE_LABELS[part.cause]) if part.cause else _("Recorded"),
        start=datetime_from_ticks(left),
        end=datetime_from_ticks(right),
        span=span(right - left),
    )


def _hours(at: datetime) -> list[HourMark]:
    """Return a mark every four hours of local time."""
    local = timezone.localtime(at).replace(minute=0, second=0, microsecond=0)
    marks = []
    for back in range(23, -1, -1):
        hour = timezone.localtime(local - timedelta(hours=back))
        if hour.hour % 4 == 0:
            x = (hour - (at - DAY)) / DAY * 100
            marks.append(HourMark(x=f"{x:.3f}", label=f"{hour:%H:%M}"))
    return marks


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.4f}"


def _stream_row(stream: StreamStatus) -> StreamRow:
    dropped = stream.dropped_by_us_seconds
    return StreamRow(
        kind=stream.key.kind,
        kind_label=str(KIND_LABELS[stream.key.kind]),
        codec_label=codec_name(stream.codec_string),
        codec_string=stream.codec_string or "",
        width=stream.width or 0,
        height=stream.height or 0,
        rate=_("%(rate)s pictures a second") % {"rate": number_format(round(stream.fps, 1), 1)},
        bitrate=_("%(rate)s Mbit/s") % {"rate": number_format(stream.bits_per_second / 1_000_000, 1)},
        live=stream.cause is None,
        dropped=_("%(seconds)s s lost by us") % {"seconds": number_format(dropped, 1)} if dropped else "",
    )
