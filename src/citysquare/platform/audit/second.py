"""The second place: entries and heads, only ever appended, in a folder on another disk or machine (setting `audit_second_place`).

Whoever rolls back or rewrites both database and files here is convicted there. That it fails, or goes further than the log here, is told
on the page of troubles and by `verify`; it never stops the log.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from django.conf import settings

from citysquare.platform.audit.chain import ROWS_AT_ONCE, as_entry
from citysquare.platform.audit.heads import HEADS_FILE, decoded, last_head, log_name
from citysquare.platform.audit.spool import Spool, append_lines
from citysquare.platform.audit.stamps import copy_stamps
from citysquare.platform.models import AuditEntry, AuditHead
from citysquare.proof.entries import Entry
from citysquare.proof.fields import from_time_text, time_text
from citysquare.proof.heads import SignedHead
from citysquare.proof.private_files import replace_private

STATE_FILE = "second-place.json"
_MOST_STATE = 4096
"""Bytes of the file of what the last round found."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SecondPlace:
    """What the last round found. `trouble` is empty, unreachable, older_here or different."""

    at: str
    trouble: str = ""
    entries: int = 0
    """How many stood there after the last round that went well."""
    copied_at: str = ""
    """When that was."""

    @property
    def copied(self) -> datetime | None:
        """When it last went well."""
        return from_time_text(self.copied_at) if self.copied_at else None


class _OtherLogError(Exception):
    """What stands in the second place does not go on as the log here does; the argument is the trouble."""


def folder_there(log: str) -> Path | None:
    """Return the log's folder in the second place; None when no such place is set."""
    place: Path | None = settings.CITYSQUARE.audit_second_place
    return place / log if place is not None else None


def copy_to_second_place(*, at: datetime) -> int:
    """Append what the second place does not have yet and return how many entries that were: a round of the server's tasks."""
    log = log_name()
    folder = folder_there(log) if log else None
    if folder is None:
        return 0
    before = state() or SecondPlace("")
    try:
        copied, entries = _copy(folder)
        found = SecondPlace(time_text(at), "", entries, time_text(at))
    except _OtherLogError as error:
        copied, found = 0, replace(before, at=time_text(at), trouble=str(error))
    except OSError as error:
        _log.warning("the audit log's second place cannot be written: %s", error)
        copied, found = 0, replace(before, at=time_text(at), trouble="unreachable")
    if found.trouble in {"older_here", "different"}:
        _log.error("the audit log's second place holds another log than this machine: %s", found.trouble)
    _keep(found)
    return copied


def state() -> SecondPlace | None:
    """Return what the last round found; None before the first one, or where no second place is set."""
    if settings.CITYSQUARE.audit_second_place is None:
        return None
    try:
        return SecondPlace(**json.loads((settings.CITYSQUARE.audit_dir / STATE_FILE).read_bytes()[:_MOST_STATE]))
    except (OSError, ValueError, TypeError):
        return None


def _keep(found: SecondPlace) -> None:
    try:
        replace_private(settings.CITYSQUARE.audit_dir / STATE_FILE, json.dumps(asdict(found)).encode())
    except OSError as error:
        _log.warning("what the second place said cannot be kept: %s", error)


def _copy(folder: Path) -> tuple[int, int]:
    """Append entries, then the heads over them. Raises OSError, _OtherLogError."""
    if not folder.parent.is_dir():  # a disk that is not mounted must not become a folder on this one
        raise FileNotFoundError(2, "the second place is not there", str(folder.parent))
    spool = Spool(folder)
    with spool.locked():
        there = spool.head()
        copied = _copy_entries(spool, there)
        _copy_heads(folder)
        copy_stamps(folder)
        return copied, (there.sequence if there else 0) + copied


def _copy_entries(spool: Spool, there: Entry | None) -> int:
    if there is not None:
        here = AuditEntry.objects.filter(sequence=there.sequence).first()
        if here is None:
            raise _OtherLogError("older_here")
        if here.hash != there.hash:
            raise _OtherLogError("different")
    copied = 0
    rows = AuditEntry.objects.filter(sequence__gt=there.sequence if there else 0).order_by("sequence")
    part: list[Entry] = []
    for row in rows.iterator(ROWS_AT_ONCE):
        part.append(as_entry(row))
        if len(part) == ROWS_AT_ONCE:
            spool.append(part)
            copied, part = copied + len(part), []
    spool.append(part)
    return copied + len(part)


def _copy_heads(folder: Path) -> None:
    missing = _after(last_head(folder))
    if missing:
        append_lines(folder / HEADS_FILE, b"".join(one.encoded() for one in missing))


def _after(there: SignedHead | None) -> list[SignedHead]:
    """Return the heads here behind the newest one there, oldest first: looked for from the newest on, for few are missing."""
    missing: list[SignedHead] = []
    for line in AuditHead.objects.order_by("-pk").values_list("line", flat=True).iterator(ROWS_AT_ONCE):
        head = decoded(line)
        if head == there:
            break
        missing.append(head)
    else:
        if there is not None:
            raise _OtherLogError("older_here" if not missing or there.head.size > missing[0].head.size else "different")
    return missing[::-1]
