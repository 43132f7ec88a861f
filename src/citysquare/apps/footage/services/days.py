"""What the log is told of days of footage: the head of each day's chain once the day is over, and what the recorder deleted of it."""

from __future__ import annotations

import logging
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

from django.conf import settings

from citysquare.apps.devices import queries as devices
from citysquare.apps.footage.models import FootageDay
from citysquare.engine.errors import StoreError
from citysquare.engine.footage import DayHead, DayLeft, DayReader
from citysquare.engine.model import TICKS_PER_SECOND, datetime_from_ticks
from citysquare.platform import audit
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import Action, Actor, Subject
from citysquare.platform.retention import Elsewhere, note_elsewhere

_SETTLED = timedelta(hours=1)
"""So long after midnight the last file of the day has its row; one that comes later makes an entry of its own."""
_QUIET = timedelta(days=1)
"""When so long nothing more of a day was deleted, what is left of it is there to stay for now: held, or of a day that had few files."""
_LOOKED_BACK = timedelta(days=400)
"""Longer than a hold."""
_SYSTEM = Actor.system("footage")
_LAW = "LED Art. 4(1)(e), 5; GDPR Art. 5(1)(e)"
_CHECKED = "index and files: no segment of the deleted stretches is in the index, and no file of them waits for its removal"

_log = logging.getLogger(__name__)


def tell_days(*, at: datetime) -> int:
    """Tell the log what it was not told of closed days, and return how many entries that were. Outside of a transaction.

    Interrupted at any point, the next call makes up for it and tells nothing twice. Raises AuditUnavailable.
    """
    reader = DayReader(settings.CITYSQUARE.store_dir)
    before = f"{(at - _SETTLED).astimezone(UTC):%Y-%m-%d}"
    try:
        heads = reader.heads(f"{(at - _LOOKED_BACK).astimezone(UTC):%Y-%m-%d}", before)
        days = defaultdict[str, list[DayHead]](list)
        for head in heads:
            days[head.day].append(head)
        owners = {camera.pk: camera.organisation_id for camera in devices.all_cameras()}
        return sum(_tell_day(reader, day, found, owners, at) for day, found in days.items())
    except StoreError as error:
        _log.warning("days of footage cannot be told: %s", error.message, extra={"code": error.code})
        return 0


def _tell_day(reader: DayReader, day: str, heads: list[DayHead], owners: dict[str, str], at: datetime) -> int:
    left = reader.left_of(day)
    known = {row.stream: row for row in FootageDay.objects.filter(day=date.fromisoformat(day))}
    told = 0
    for head in heads:
        subject = Subject("camera", head.camera, owners.get(head.camera, ""))
        row = known.get(head.stream)
        if row is None or row.link != head.link.hex():
            told += _tell_head(head, subject, at)
            row, _new = FootageDay.objects.update_or_create(
                stream=head.stream, day=date.fromisoformat(day), defaults={"link": head.link.hex(), "segments": head.segments}
            )
        told += _tell_deleted(row, head, left.get(head.stream, DayLeft()), subject, at)
    return told


def _tell_head(head: DayHead, subject: Subject, at: datetime) -> int:
    link = head.link.hex()
    told = AuditEntry.objects.filter(
        action=Action.FOOTAGE_DAY, subject_id=subject.id, details__head=link, details__date=head.day, details__camera=head.stream
    )
    if told.exists():
        return 0
    details: dict[str, str | int] = {"date": head.day, "camera": head.stream, "head": link, "segments": head.segments}
    audit.record(actor=_SYSTEM, action=Action.FOOTAGE_DAY, subject=subject, outcome="done", at=at, details=details)
    return 1


def _tell_deleted(row: FootageDay, head: DayHead, left: DayLeft, subject: Subject, at: datetime) -> int:
    """Tell what was deleted of a day once all of it has gone, or nothing more has for a day."""
    ticks = left.ticks
    if ticks <= row.deleted_told:
        return 0
    over = left.files == 0
    if not over and ticks != row.deleted_seen:
        row.deleted_seen, row.deleted_seen_at = ticks, at
        row.save(update_fields=("deleted_seen", "deleted_seen_at"))
        return 0
    if not over and row.deleted_seen_at is not None and at - row.deleted_seen_at < _QUIET:
        return 0
    new = note_elsewhere(_gone(head, left, subject), at=at)
    row.deleted_told = row.deleted_seen = ticks
    row.save(update_fields=("deleted_told", "deleted_seen"))
    return int(new)


def _gone(head: DayHead, left: DayLeft, subject: Subject) -> Elsewhere:
    seconds = dict.fromkeys(("retention", "space", "order"), 0)
    for each in left.deleted:
        seconds[each.reason.value] += each.end - each.start
    seconds = {reason: round(ticks / TICKS_PER_SECOND) for reason, ticks in seconds.items()}
    files = max(0, head.segments - left.files)
    whole = sum(seconds.values())
    return Elsewhere(
        data_class="footage",
        rule="footage." + "+".join(reason for reason, length in seconds.items() if length) if whole else "footage.retention",
        law=_LAW,
        subject=subject,
        count=files,
        oldest=datetime_from_ticks(left.deleted[0].start),
        newest=datetime_from_ticks(left.deleted[-1].end),
        facts={
            "stream": head.stream,
            "day": head.day,
            "head": head.link.hex(),
            "files_left": left.files,
            "seconds": seconds,
            "stretches": [[each.start, each.end, each.reason.value] for each in left.deleted],
            "checked": _CHECKED,
        },
        details={"camera": head.stream, "date": head.day, "files": left.files, "seconds": whole, "head": head.link.hex()},
    )
