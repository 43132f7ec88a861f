"""Time-stamps of the log: once a day an authority (RFC 3161) says that the newest signed head existed.

They stand in `<data_dir>/audit/stamps.jsonl` (`proof.timestamps.StampedHead`), go to the second place and with each export. An authority
that does not answer is asked again in the next round; the log never waits for it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings

from citysquare.platform import stamping
from citysquare.platform.audit.heads import LogNotWhole, decoded
from citysquare.platform.audit.spool import Spool, append_lines, last_lines
from citysquare.platform.models import AuditHead
from citysquare.proof.errors import ProofError
from citysquare.proof.timestamps import LONGEST_LINE, StampedHead

STAMPS_FILE = "stamps.jsonl"
_TAIL_BYTES = 2 * LONGEST_LINE

_log = logging.getLogger(__name__)


def note_stamp(*, at: datetime) -> int:
    """Have the newest head stamped, once a UTC day, and return how many were: a round of the server's tasks."""
    if not stamping.is_wanted():
        return 0
    spool = Spool(settings.CITYSQUARE.audit_dir)
    try:
        head, last = AuditHead.objects.last(), last_stamped(spool.folder)
        if head is None or (last is not None and (last.size == head.size or last.at.date() >= at.date())):
            return 0
        message = decoded(head.line).encoded()
        found = stamping.stamp(message)
        if found is None:
            return 0
        with spool.locked():
            append_lines(spool.folder / STAMPS_FILE, StampedHead(head.size, found.token).encoded())
    except (LogNotWhole, OSError) as error:
        _log.error("the log's time-stamp cannot be kept: %s", error)
        return 0
    return 1


def last_stamped(folder: Path) -> AuditHead | None:
    """Return the head that was stamped last. Raises OSError."""
    path = folder / STAMPS_FILE
    if not path.exists():
        return None
    found = next((one for line in last_lines(path, _TAIL_BYTES) if (one := _read(line)) is not None), None)
    return AuditHead.objects.filter(size=found.size).last() if found is not None else None


def unstamped_since() -> datetime | None:
    """Return the time of the first head behind the stamped ones; None where an authority has stamped the newest. Raises OSError."""
    last = last_stamped(settings.CITYSQUARE.audit_dir)
    return AuditHead.objects.filter(size__gt=last.size if last else 0).order_by("pk").values_list("at", flat=True).first()


def stamps_between(first: int, last: int) -> list[StampedHead]:
    """Return the stamps of the heads over `first` to `last` entries. Raises OSError."""
    return [one for one in _stamps(settings.CITYSQUARE.audit_dir) if first <= one.size <= last]


def copy_stamps(folder: Path) -> None:
    """Append to the file in another folder what it does not have yet. Raises OSError."""
    here, there = settings.CITYSQUARE.audit_dir / STAMPS_FILE, folder / STAMPS_FILE
    if not here.exists() or (there.exists() and there.stat().st_size == here.stat().st_size):
        return
    known = set(_stamps(folder))
    missing = [one for one in _stamps(settings.CITYSQUARE.audit_dir) if one not in known]
    if missing:
        append_lines(there, b"".join(one.encoded() for one in missing))


def _stamps(folder: Path) -> Iterator[StampedHead]:
    path = folder / STAMPS_FILE
    if not path.exists():
        return
    with path.open("rb") as file:
        for line in file:
            if (one := _read(line.rstrip(b"\n"))) is not None:
                yield one


def _read(line: bytes) -> StampedHead | None:
    try:
        return StampedHead.decoded(line)
    except ProofError:
        return None
