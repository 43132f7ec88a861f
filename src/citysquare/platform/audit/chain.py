"""An entry between its row in the table and its line in the files; its format is `proof.entries`."""

from __future__ import annotations

from citysquare.platform.models import AuditEntry
from citysquare.proof.entries import LONGEST_DETAIL, MOST_DETAILS, Details, Entry
from citysquare.proof.fields import from_time_text, time_text

__all__ = ["Details", "as_entry", "as_row", "bounded"]


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


def bounded(details: Details) -> dict[str, str | int]:
    """Return details that no caller can make large, and that every database can keep: PostgreSQL takes no NUL."""
    return {
        str(key)[:64]: value if isinstance(value, int) else str(value).encode(errors="replace").decode().replace("\0", "")[:LONGEST_DETAIL]
        for key, value in list(details.items())[:MOST_DETAILS]
    }
