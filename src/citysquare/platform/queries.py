"""Reads of the platform's tables."""

from __future__ import annotations

from django.db.models import Q

from citysquare.platform.models import AuditEntry

AUDIT_PAGE = 50


def audit_entries(organisation: str, *, before: int | None = None, action: str = "", actor: str = "") -> list[AuditEntry]:
    """Return up to AUDIT_PAGE + 1 entries, newest first, older than `before`; one more than a page tells that there are more.

    They are what the organisation's people did, what anybody did to what it owns, and what concerns no organisation alone.
    """
    nobodys = Q(organisation="") & ~Q(details__has_key="owner")
    entries = AuditEntry.objects.filter(Q(organisation=organisation) | Q(details__owner=organisation) | nobodys).order_by("-sequence")
    if before is not None:
        entries = entries.filter(sequence__lt=before)
    if action:
        entries = entries.filter(action=action)
    if actor:
        entries = entries.filter(actor=actor)
    return list(entries[: AUDIT_PAGE + 1])
