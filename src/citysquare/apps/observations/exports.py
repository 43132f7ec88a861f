"""Observations as CSV (RFC 4180), written while they are sent."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from django.utils import timezone

from citysquare.apps.observations import queries
from citysquare.apps.observations.models import Observation

MOST_ROWS = 1_000_000
"""No file holds more: whoever needs more asks for one span of time after the other."""
_ROWS_PER_CHUNK = 200
BOM = "\ufeff"
"""What tells some spreadsheets that a file is UTF-8."""

HEADER = ("id", "first", "last", "seconds", "camera", "camera_name", "space", "space_name", "class", "direction")


@dataclass(slots=True)
class Progress:
    """How much was sent."""

    rows: int = 0
    complete: bool = False
    """Whether all that was asked for was sent: not when the receiver went away, nor at MOST_ROWS."""


class _Echo:
    """A file that gives back what is written into it."""

    def write(self, text: str) -> str:
        return text


_FORMULA = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""Also as wide letters: some spreadsheets take those for the plain ones (OWASP, CSV injection)."""


def safe(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: what could begin one gets an apostrophe before it."""
    return f"'{text}" if text[:1] in _FORMULA else text


def lines(
    rows: Iterable[Observation], *, cameras: Mapping[str, str], spaces: Mapping[str, str], bom: bool, progress: Progress
) -> Iterator[bytes]:
    """Return the file in chunks; `cameras` and `spaces` are names by identifier. `progress` is kept up to date."""
    write: Callable[[Iterable[str]], str] = csv.writer(_Echo()).writerow
    yield ((BOM if bom else "") + write(HEADER)).encode()
    found = iter(rows)
    while batch := list(islice(found, min(_ROWS_PER_CHUNK, MOST_ROWS - progress.rows))):
        yield "".join(write(_cells(row, cameras, spaces)) for row in batch).encode()
        progress.rows += len(batch)
    progress.complete = progress.rows < MOST_ROWS or next(found, None) is None


def _cells(row: Observation, cameras: Mapping[str, str], spaces: Mapping[str, str]) -> list[str]:
    return [
        safe(row.pk),
        timezone.localtime(row.first).isoformat(timespec="milliseconds"),
        timezone.localtime(row.last).isoformat(timespec="milliseconds"),
        f"{(row.last - row.first).total_seconds():.1f}",
        row.camera_id,
        safe(cameras.get(row.camera_id, "")),
        row.space_id,
        safe(spaces.get(row.space_id, "")),
        row.object_class,
        row.direction,
    ]


def rows_of(wanted: queries.Wanted) -> Iterator[Observation]:
    """Return what a file holds, newest first."""
    return queries.stream(wanted)
