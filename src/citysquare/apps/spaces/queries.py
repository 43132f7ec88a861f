"""What others may ask about spaces."""

from __future__ import annotations

from django.db.models import QuerySet

from citysquare.apps.spaces.models import Space


def spaces_of(organisation_id: str) -> QuerySet[Space]:
    """Return an organisation's spaces, oldest first."""
    return Space.objects.filter(organisation_id=organisation_id).order_by("created_at", "pk")


def space(space_id: str, *, organisation_id: str) -> Space | None:
    """Return a space of an organisation."""
    return Space.objects.filter(pk=space_id, organisation_id=organisation_id).first()
