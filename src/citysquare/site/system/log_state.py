"""How the audit log is signed and where else it stands: figures, and what is wrong with it in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError
from django.utils.translation import gettext as _

from citysquare.platform import stamping
from citysquare.platform.audit import second, stamps
from citysquare.platform.models import AuditEntry, AuditHead

UNSTAMPED = timedelta(days=2)
"""An authority is asked for a time-stamp once a day."""
UNSIGNED = timedelta(minutes=10)
"""The server signs each minute: entries that wait so long for a head are a trouble."""


@dataclass(frozen=True, slots=True)
class LogState:
    """The audit log as its heads cover it."""

    entries: int
    covered: int
    """Up to which entry a signed head covers it."""
    signed_at: datetime | None
    waiting_since: datetime | None
    """Time of the oldest entry that no head covers."""
    second: second.SecondPlace | None
    """None where no second place is set, or before its first round."""
    unstamped_since: datetime | None = None
    """Since when heads wait for a time-stamp, where an authority is set."""


def log_state() -> LogState | None:
    """Ask the database; None when it does not answer."""
    try:
        head = AuditHead.objects.order_by("-pk").only("size", "at").first()
        covered = head.size if head else 0
        last = AuditEntry.objects.order_by("-sequence").values_list("sequence", flat=True).first() or 0
        waiting = AuditEntry.objects.filter(sequence__gt=covered).order_by("sequence").values_list("at", flat=True).first()
        unstamped = stamps.unstamped_since() if stamping.is_wanted() else None
    except (DatabaseError, OSError):
        return None
    return LogState(last, covered, head.at if head else None, waiting, second.state(), unstamped)


def log_sentences(log: LogState | None, at: datetime) -> Iterator[tuple[str, bool, str, str]]:
    """Yield code, whether it is serious, what is wrong and what to do."""
    if log is None:
        return
    if log.waiting_since is not None and at - log.waiting_since > UNSIGNED:
        yield (
            "audit.not_signed",
            True,
            _("The audit log has not been signed for more than ten minutes: it was tampered with, or its key cannot be read."),
            _("Have the auditor check the chain on the page of the audit log; look into the web process's log for the reason."),
        )
    if log.unstamped_since is not None and at - log.unstamped_since > UNSTAMPED:
        yield (
            "audit.no_time_stamp",
            False,
            _("No time-stamping authority has witnessed the audit log for more than two days. It is asked again every ten minutes."),
            _("Check the settings tsa_url and tsa_certificates and the way to that address; the web process's log has the reason."),
        )
    trouble = log.second.trouble if log.second is not None else ""
    if trouble == "unreachable":
        yield (
            "audit.second_place_away",
            False,
            _("The second place of the audit log cannot be written. Entries wait here; nothing is lost."),
            _("Check the disk or the network of the folder in the setting audit_second_place."),
        )
    elif trouble:
        yield (
            "audit.second_place_differs",
            True,
            _("The second place holds another audit log than this machine: one of the two was rewritten or put back from an older copy."),
            _("Keep both as they are, and have the auditor check the chain before anything is deleted."),
        )
