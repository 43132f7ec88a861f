"""Whether zones lie within their space."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from citysquare.apps.spaces.models import Zone
from citysquare.platform.errors import DomainError
from citysquare.platform.geometry import Area, as_area, metres_beyond

LOOSE_METRES = 2.0
"""So far a zone may reach out of its space: outlines are drawn by hand."""


class ZoneOutsideSpace(DomainError):
    """A zone reaches out of its space."""

    code = "spaces.zone_outside_space"


def check_zone_within(zone: Area, space: Area | None) -> None:
    """Raise ZoneOutsideSpace unless a zone's area lies within its space's."""
    if space is None:
        raise ZoneOutsideSpace(_("Draw the space's own boundary first: a zone is a part of it."))
    metres = metres_beyond(zone, space, at_most=LOOSE_METRES)
    if metres:
        given = {"metres": number_format(round(metres))}
        raise ZoneOutsideSpace(_("The zone reaches %(metres)s m out of its space. Draw it within, or widen the space first.") % given)


def check_zones_within(space: Area | None, zones: Iterable[Zone]) -> None:
    """Raise ZoneOutsideSpace, naming the first zone that would not lie within a space's new area."""
    for zone in zones:
        if space is None:
            raise ZoneOutsideSpace(_("The space has zones, such as %(zone)s. Remove them before its boundary.") % {"zone": zone.name})
        metres = metres_beyond(as_area(zone.boundary), space, at_most=LOOSE_METRES)
        if metres:
            given = {"zone": zone.name, "metres": number_format(round(metres))}
            raise ZoneOutsideSpace(_("The zone %(zone)s would reach %(metres)s m out of the space. Change or remove it first.") % given)
