"""Reads of the platform's tables."""

from __future__ import annotations

from citysquare.platform.models import AuditEntry

AUDIT_PAGE = 50


def audit_entries(*, before: int | None = None, action: str = "", actor: str = "") -> list[AuditEntry]:
    """Return up to AUDIT_PAGE + 1 entries, newest first, older than `before`; one more than a page tells that there are more."""
    entries = AuditEntry.objects.order_by("-sequence")
    if before is not None:
        entries = entries.filter(sequence__lt=before)
    if action:
        entries = entries.filter(action=action)
    if actor:
        entries = entries.filter(actor=actor)
    return list(entries[: AUDIT_PAGE + 1])
