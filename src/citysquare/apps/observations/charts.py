"""A day in bars, ready for the template: geometry as text for SVG, and the same figures as a table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.formats import number_format
from django.utils.functional import Promise

from citysquare.apps.observations.labels import CLASS_LABELS, DIRECTION_LABELS
from citysquare.apps.observations.queries import HOUR, Counted

LABELS: dict[str, Mapping[str, Promise | str]] = {
    "direction": {str(way): label for way, label in DIRECTION_LABELS.items()},
    "class": {str(kind): label for kind, label in CLASS_LABELS.items()},
}
"""What each group of a division is called; also the order in which a bar is piled up."""


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of the chart."""

    index: int
    """Which colour, from 0; the same group has the same one on every day."""
    label: str
    total: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a bar; y and height in 0..100 of the chart's height, y from below."""

    index: int
    label: str
    count: str
    y: str
    height: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One hour; x and width in 0..100 of the chart's width."""

    start: datetime
    end: datetime
    label: str
    total: int
    x: str
    width: str
    pieces: list[Piece]
    cells: list[int]
    """Counts in the order of the chart's series."""
    mark: bool
    """Whether the axis names this hour."""
    query: str
    """The hour as the list's filters take it."""


@dataclass(frozen=True, slots=True)
class Chart:
    """One day."""

    bars: list[Bar]
    series: list[Series]
    total: int
    top: str
    """What the highest line stands for."""
    middle: str
    busiest: Bar | None


def bounds(day: date) -> tuple[datetime, datetime]:
    """Return the beginning of a local day and of the next, at full hours of UTC."""
    zone = timezone.get_current_timezone()
    return tuple(  # type: ignore[return-value]  # two of them
        datetime.combine(one, time(), zone).astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        for one in (day, day + timedelta(days=1))
    )


def chart(rows: Sequence[Counted], day: date, by: str) -> Chart:
    """Return a local day's chart: 24 bars, or 23 or 25 where the clocks change. `by` is a key of LABELS."""
    start, end = bounds(day)
    hours = [start + HOUR * number for number in range(int((end - start) / HOUR))]
    counts: dict[datetime, dict[str, int]] = defaultdict(dict)
    totals: dict[str, int] = defaultdict(int)
    for row in rows:
        counts[row.hour][row.group] = row.number
        totals[row.group] += row.number
    groups = [(index, group, str(label)) for index, (group, label) in enumerate(LABELS[by].items()) if totals.get(group)]
    top = nice(max((sum(one.values()) for one in counts.values()), default=0))
    bars = [_bar(number, hours, counts.get(hour, {}), groups, top) for number, hour in enumerate(hours)]
    busiest = max(bars, key=lambda bar: bar.total)
    series = [Series(index, label, number_format(totals[group], use_l10n=True, force_grouping=True)) for index, group, label in groups]
    middle = number_format(top // 2, force_grouping=True) if top % 2 == 0 else ""
    total = sum(totals.values())
    return Chart(bars, series, total, number_format(top, force_grouping=True), middle, busiest if busiest.total else None)


def nice(most: int) -> int:
    """Return the next number of the form 1, 2 or 5 with zeros that is no smaller than `most`, 2 at least: where a chart ends."""
    size = 1
    while True:
        for digit in (1, 2, 5):
            if digit * size >= max(most, 2):
                return digit * size
        size *= 10


def _bar(number: int, hours: Sequence[datetime], counts: Mapping[str, int], groups: Sequence[tuple[int, str, str]], top: int) -> Bar:
    width = 100 / len(hours)
    pieces, y = [], 0.0
    for index, group, label in groups:
        count = counts.get(group, 0)
        if count:
            height = 100 * count / top
            pieces.append(Piece(index, label, number_format(count, force_grouping=True), f"{y:.3f}", f"{height:.3f}"))
            y += height
    start = timezone.localtime(hours[number])
    return Bar(
        start=start,
        end=timezone.localtime(hours[number] + HOUR),
        label=_hour(start, hours),
        total=sum(counts.values()),
        x=f"{number * width:.4f}",
        width=f"{width:.4f}",
        pieces=pieces,
        cells=[counts.get(group, 0) for _index, group, _label in groups],
        mark=start.hour % 4 == 0 and not start.fold,
        query=urlencode({"since": _plain(start), "until": _plain(timezone.localtime(hours[number] + HOUR))}, safe=":"),
    )


def _plain(local: datetime) -> str:
    """Return a local time as a form's field has it; with its offset where the clocks show it twice."""
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return local.isoformat(timespec="minutes") if twice else f"{local:%Y-%m-%dT%H:%M}"


def _hour(start: datetime, hours: Sequence[datetime]) -> str:
    """Return an hour's name; the one that comes twice when the clocks go back says which it is."""
    twice = sum(timezone.localtime(hour).hour == start.hour for hour in hours) > 1
    return f"{start:%H:%M %Z}" if twice else f"{start:%H:%M}"
