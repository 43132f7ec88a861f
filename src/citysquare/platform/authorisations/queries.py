"""Reads of authorisations."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from citysquare.platform.models import StoredAuthorisation
from citysquare.platform.policy import Action, Authorisation, Hours, authorised_as

_MOST_IN_FORCE = 500
"""Authorisations for one act and one organisation at a time: what is beyond does not permit anything."""
_MOST_DUE = 200
PURGED = frozenset({"lapsed"})
"""Ends after which what was obtained is deleted without more ado: two persons sealed that it would be."""
DELETABLE = frozenset({"rejected", "altered"})
"""Ends after which two persons may have it deleted: one alone destroys no evidence."""


def value_of(row: StoredAuthorisation) -> Authorisation:
    """Return what counts of a row."""
    return Authorisation(
        id=row.pk,
        action=Action(row.action),
        cameras=frozenset(row.cameras),
        spaces=frozenset(row.spaces),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        issued_at=row.issued_at,
        issuer=row.issuer,
        document_sha256=row.document_sha256,
        urgent_hours=_hours(row.urgent_hours),
        confirmed_at=row.confirmed_at,
        ended_at=row.ended_at,
        organisation=row.permits,
    )


def in_force(*, permits: str, action: Action, at: datetime) -> tuple[Authorisation, ...]:
    """Return what permits an organisation's people an act at a moment, wherever; the policy looks at the place."""
    rows = StoredAuthorisation.objects.filter(
        permits=permits, action=str(authorised_as(action)), state="issued", ended_at__isnull=True, valid_from__lte=at, valid_to__gt=at
    )
    values = (value_of(row) for row in rows.order_by("entered_at", "pk")[:_MOST_IN_FORCE])
    return tuple(value for value in values if value.valid_at(at))


def all_of(organisation: str) -> QuerySet[StoredAuthorisation]:
    """Return what an organisation's people entered, and what permits them something, newest first."""
    return StoredAuthorisation.objects.filter(Q(organisation=organisation) | Q(permits=organisation)).order_by("-entered_at", "-pk")


def find(authorisation_id: str, *, organisation: str) -> StoredAuthorisation | None:
    """Return one of an organisation."""
    return all_of(organisation).filter(pk=authorisation_id).first()


def due(*, at: datetime) -> list[StoredAuthorisation]:
    """Return those whose time is over, and the ended ones whose results are still to be purged, oldest first."""
    issued = StoredAuthorisation.objects.filter(state="issued").filter(
        Q(valid_to__lte=at) | Q(urgent_hours__gt=0, confirmed_at__isnull=True)
    )
    over = [row for row in issued.order_by("valid_to")[:_MOST_DUE] if value_of(row).closes <= at]
    unpurged = StoredAuthorisation.objects.filter(state="ended", purged_at__isnull=True)
    unpurged = unpurged.filter(Q(ended_because__in=PURGED) | (Q(ended_because__in=DELETABLE) & ~Q(delete_act="")))
    return [*over, *unpurged.order_by("ended_at")[:_MOST_DUE]]


def _hours(hours: int) -> Hours:
    return 24 if hours == 24 else 48 if hours == 48 else 0
