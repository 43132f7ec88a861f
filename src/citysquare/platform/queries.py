"""Reads of the platform's tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from citysquare.platform.models import AuditEntry

AUDIT_PAGE = 50


@dataclass(frozen=True, slots=True)
class AuditWanted:
    """Which entries to show; what is empty does not narrow."""

    before: int | None = None
    action: str = ""
    actors: frozenset[str] = frozenset()
    """As they stand in the log: also those about whom an entry is."""
    camera: str = ""
    outcome: str = ""
    since: datetime | None = None
    until: datetime | None = None


def audit_entries(organisation: str, wanted: AuditWanted) -> list[AuditEntry]:
    """Return up to AUDIT_PAGE + 1 entries, newest first, older than `before`; one more than a page tells that there are more.

    They are what the organisation's people did, what anybody did to what it owns, and what concerns no organisation alone.
    """
    nobodys = Q(organisation="") & ~Q(details__has_key="owner")
    entries = AuditEntry.objects.filter(Q(organisation=organisation) | Q(details__owner=organisation) | nobodys).order_by("-sequence")
    if wanted.before is not None:
        entries = entries.filter(sequence__lt=wanted.before)
    if wanted.action:
        entries = entries.filter(action=wanted.action)
    if wanted.actors:
        entries = entries.filter(Q(actor__in=wanted.actors) | Q(subject_id__in=wanted.actors))
    if wanted.camera:
        entries = entries.filter(Q(subject_kind="camera", subject_id=wanted.camera) | Q(details__camera=wanted.camera))
    if wanted.outcome:
        entries = entries.filter(outcome=wanted.outcome)
    if wanted.since is not None:
        entries = entries.filter(at__gte=wanted.since)
    if wanted.until is not None:
        entries = entries.filter(at__lt=wanted.until)
    return list(entries[: AUDIT_PAGE + 1])
