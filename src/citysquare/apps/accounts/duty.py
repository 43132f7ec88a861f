"""Whether a moment lies in a shift: plain reckoning, with the city's clock for shifts that come each week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Span:
    """A time on duty from `begins` up to, not including, `ends`; weekly ones come again until one would begin at `until` or later."""

    begins: datetime
    ends: datetime
    weekly: bool = False
    until: datetime | None = None


def runs_at(span: Span, at: datetime, zone: tzinfo) -> bool:
    """Whether `at` lies in the span, or in one of its weekly returns."""
    found = latest_begin(span, at, zone)
    return found is not None and found <= at < found + (span.ends - span.begins)


def latest_begin(span: Span, at: datetime, zone: tzinfo) -> datetime | None:
    """Return when the span, or its last return before or at `at`, began; None: it has not begun.

    A weekly shift begins at the same hour of the city's clock, in summer and in winter. It lasts as long as the first time.
    """
    if at < span.begins:
        return None
    if not span.weekly:
        return span.begins
    local = span.begins.astimezone(zone).replace(tzinfo=None)
    weeks = (at.astimezone(zone).replace(tzinfo=None) - local) // WEEK + 1  # one more: the hour may be set back between
    if span.until is not None:
        weeks = min(weeks, max(0, (span.until.astimezone(zone).replace(tzinfo=None) - local) // WEEK + 1))
    for number in range(weeks, -1, -1):
        begin = (local + number * WEEK).replace(tzinfo=zone).astimezone(UTC)
        if begin <= at and not (number and span.until and begin >= span.until):
            return begin
    return span.begins
