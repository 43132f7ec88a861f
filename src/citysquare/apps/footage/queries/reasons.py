"""The reasons that people gave, for whoever checks them (LED Art. 25(2))."""

from __future__ import annotations

from django.db.models import QuerySet

from citysquare.apps.footage.models import Exhibit, ExhibitFetch, StatedReason


def reasons_for_replay(organisation_id: str) -> QuerySet[StatedReason]:
    """Return why people of an organisation replayed footage, newest first."""
    return StatedReason.objects.filter(organisation_id=organisation_id).select_related("user", "camera").order_by("-given_at", "-pk")


def reasons_for_exhibits(organisation_id: str) -> QuerySet[Exhibit]:
    """Return why people of an organisation asked for exhibits, newest first."""
    return Exhibit.objects.filter(organisation_id=organisation_id).select_related("asked_by").order_by("-asked_at", "-pk")


def reasons_for_fetches(organisation_id: str) -> QuerySet[ExhibitFetch]:
    """Return why an organisation's exhibits were handed out, newest first."""
    found = ExhibitFetch.objects.filter(exhibit__organisation_id=organisation_id)
    return found.select_related("by", "exhibit").order_by("-at", "-pk")
