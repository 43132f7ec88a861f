"""An entry between its row in the table and its line in the files; its format is `proof.entries`."""

from __future__ import annotations

from collections.abc import Iterator

from citysquare.platform.models import AuditEntry
from citysquare.proof.entries import LONGEST_DETAIL, LONGEST_DETAIL_NAME, MOST_DETAILS, Details, Entry
from citysquare.proof.fields import from_time_text, time_text

__all__ = ["ROWS_AT_ONCE", "Details", "as_entry", "as_row", "bounded", "entries_between", "keepable"]

ROWS_AT_ONCE = 2000
"""Rows of the log or of its heads that are in memory together, however long the log is."""


def as_entry(row: AuditEntry) -> Entry:
    """Return a row of the table as it is hashed."""
    return Entry(
        sequence=row.sequence,
        at=time_text(row.at),
        actor=row.actor,
        organisation=row.organisation,
        action=row.action,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        outcome=row.outcome,
        details=row.details,
        previous=row.previous,
        hash=row.hash,
        version=row.version,
    )


def as_row(entry: Entry) -> AuditEntry:
    """Return an entry as a row of the table, not yet saved."""
    values = {name: value for name, value in entry.json().items() if name not in {"v", "at"}}
    return AuditEntry(at=from_time_text(entry.at), version=entry.version, **values)


def entries_between(first: int, last: int) -> Iterator[Entry]:
    """Yield the table's entries from number `first` to `last`, in their order; none for a number that is not there."""
    rows = AuditEntry.objects.filter(sequence__gte=first, sequence__lte=last).order_by("sequence")
    return (as_entry(row) for row in rows.iterator(ROWS_AT_ONCE))


def keepable(text: str, longest: int) -> str:
    """Return a text that every database and canonical JSON can keep, cut to its longest: one odd character must not spoil a whole group."""
    return text.encode(errors="replace").decode().replace("\0", "")[:longest]


def bounded(details: Details) -> dict[str, str | int]:
    """Return details that no caller can make large, and that can be kept."""
    return {
        keepable(str(key), LONGEST_DETAIL_NAME): value if isinstance(value, int) else keepable(str(value), LONGEST_DETAIL)
        for key, value in list(details.items())[:MOST_DETAILS]
    }
