"""Kinds of spaces and zones, and areas, in words."""

from __future__ import annotations

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from citysquare.apps.spaces.models import Space, Zone

SPACE_KINDS: dict[str, Promise | str] = {
    Space.Kind.SQUARE: gettext_lazy("Square"),
    Space.Kind.STREET: gettext_lazy("Street"),
    Space.Kind.CROSSING: gettext_lazy("Junction or crossing"),
    Space.Kind.PARK: gettext_lazy("Park"),
    Space.Kind.STATION: gettext_lazy("Station"),
    Space.Kind.BUILDING: gettext_lazy("Building"),
    Space.Kind.OTHER: gettext_lazy("Other"),
}

ZONE_KINDS: dict[str, Promise | str] = {
    Zone.Kind.ENTRANCE: gettext_lazy("Entrance"),
    Zone.Kind.CARRIAGEWAY: gettext_lazy("Carriageway"),
    Zone.Kind.PAVEMENT: gettext_lazy("Pavement"),
    Zone.Kind.CROSSING: gettext_lazy("Pedestrian crossing"),
    Zone.Kind.STAGE: gettext_lazy("Stage"),
    Zone.Kind.SEATING: gettext_lazy("Seating"),
    Zone.Kind.GREEN: gettext_lazy("Green"),
    Zone.Kind.STOP: gettext_lazy("Stop"),
    Zone.Kind.PARKING: gettext_lazy("Parking"),
    Zone.Kind.OTHER: gettext_lazy("Other"),
}

_SQUARE_KILOMETRE = 1_000_000


def kind_label(of: Space | Zone) -> str:
    """Return a space's or a zone's kind in the language of the moment."""
    return str((SPACE_KINDS if isinstance(of, Space) else ZONE_KINDS)[of.kind])


def area_in_words(square_metres: float | None) -> str:
    """Return an area as a person reads it; nothing for none."""
    if square_metres is None:
        return ""
    if square_metres >= _SQUARE_KILOMETRE:
        return _("%(area)s km²") % {"area": number_format(round(square_metres / _SQUARE_KILOMETRE, 2), 2)}
    return _("%(area)s m²") % {"area": number_format(round(square_metres), 0, force_grouping=True)}
