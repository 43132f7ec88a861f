"""A check of the log beside the pages: a long log is read in a thread of its own, and the page asks how far it is.

One check runs at a time in a process, whoever asked for it; its result is kept until the next one.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError, connections
from django.utils import timezone

from citysquare.platform.audit.verify import Report, verify
from citysquare.platform.models import AuditEntry

AT_ONCE = 5000
"""Entries that are read while the page waits: about a second."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Checking:
    """A check on its way or done."""

    done: int = 0
    total: int = 0
    report: Report | None = None
    ended_at: datetime | None = None
    failed: bool = False

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return self.report is None and not self.failed

    @property
    def percent(self) -> int:
        """How far it is."""
        return 100 * self.done // self.total if self.total else 0


_lock = threading.Lock()
_current: list[Checking] = []


def start() -> Checking:
    """Begin a check, or return the one that runs; a short log is checked at once."""
    with _lock:
        if _current and _current[0].running:
            return _current[0]
        checking = Checking()
        _current[:] = [checking]
    if AuditEntry.objects.count() <= AT_ONCE:
        _run(checking)
    else:
        threading.Thread(target=_run_alone, args=(checking,), name="audit check", daemon=True).start()
    return checking


def current() -> Checking | None:
    """Return the check that runs or ended last."""
    return _current[0] if _current else None


def _run_alone(checking: Checking) -> None:
    try:
        _run(checking)
    finally:
        connections.close_all()


def _run(checking: Checking) -> None:
    def progress(done: int, total: int) -> None:
        checking.done, checking.total = done, total

    try:
        report = verify(settings.CITYSQUARE.audit_dir, progress)
    except (DatabaseError, OSError) as error:
        _log.error("the check of the audit log did not come to its end: %s", error)
        checking.failed = True
        return
    finally:
        checking.ended_at = timezone.now()
    checking.report = report
