"""Writes to zones. The last change of each can be taken back, and so can taking it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from citysquare.apps.spaces import queries
from citysquare.apps.spaces.geojson import Axes, Reading, boundary
from citysquare.apps.spaces.models import LONGEST_EXTERNAL_ID, Space, Zone
from citysquare.apps.spaces.services.fitting import ZoneOutsideSpace, check_zone_within
from citysquare.apps.spaces.services.spaces import announce, locked
from citysquare.platform.errors import DomainError
from citysquare.platform.geometry import Area, area_metres, as_area, as_geojson
from citysquare.platform.names import clean_names

MOST_ZONES = 500
"""Of one space."""
MOST_REMOVED = 20
"""Removed zones of a space that can still be put back."""

__all__ = ["BadZone", "NothingToUndo", "ZoneEntry", "ZoneOutsideSpace", "add_zone", "change_zone", "remove_zone", "undo_zone"]


class BadZone(DomainError):
    """A zone that cannot be kept as given."""

    code = "spaces.bad_zone"


class NothingToUndo(DomainError):
    """There is no change of this zone to take back."""

    code = "spaces.nothing_to_undo"
    status = 409


@dataclass(frozen=True, slots=True)
class ZoneEntry:
    """A zone as somebody enters it."""

    names: Mapping[str, str]
    kind: str
    boundary: object
    """A GeoJSON geometry, unchecked."""
    external_id: str = ""


@transaction.atomic
def add_zone(*, space_id: str, entry: ZoneEntry, at: datetime, axes: Axes = Axes.CHECK) -> Zone:
    """Add a zone to a space.

    Raises NoSuchSpace, BadZone, GeojsonError, ZoneOutsideSpace.
    """
    space = locked(space_id)
    if Zone.objects.filter(space_id=space_id, removed_at__isnull=True).count() >= MOST_ZONES:
        raise BadZone(_("A space has so many zones already that no more can be added."))
    area = _area(space, entry.boundary, axes)
    zone = Zone.objects.create(
        space=space,
        names=zone_names(entry.names),
        kind=zone_kind(entry.kind),
        boundary=as_geojson(area),
        area=area_metres(area),
        external_id=entry.external_id[:LONGEST_EXTERNAL_ID],
        created_at=at,
    )
    announce(space, at)
    return zone


@transaction.atomic
def change_zone(*, space_id: str, zone_id: str, entry: ZoneEntry, at: datetime, axes: Axes = Axes.CHECK) -> Zone:
    """Give a zone other names, another kind and another boundary; the change can be taken back.

    Raises NoSuchSpace, NoSuchZone, BadZone, GeojsonError, ZoneOutsideSpace.
    """
    space = locked(space_id)
    zone = queries.zone(zone_id, space_id=space_id)
    area = _area(space, entry.boundary, axes)
    was = state_of(zone)
    zone.names, zone.kind = zone_names(entry.names), zone_kind(entry.kind)
    zone.boundary, zone.area, zone.removed_at = as_geojson(area), area_metres(area), None
    if state_of(zone) != was:
        zone.previous = was
        zone.save()
        announce(space, at)
    return zone


@transaction.atomic
def remove_zone(*, space_id: str, zone_id: str, at: datetime) -> Zone:
    """Remove a zone; it can be put back until twenty others of its space were removed after it.

    Raises NoSuchSpace, NoSuchZone.
    """
    space = locked(space_id)
    zone = queries.zone(zone_id, space_id=space_id)
    if zone.removed_at is None:
        zone.previous, zone.removed_at = state_of(zone), at
        zone.save(update_fields=("previous", "removed_at"))
        for old in queries.removed_zones_of(space_id)[MOST_REMOVED:]:
            old.delete()
        announce(space, at)
    return zone


@transaction.atomic
def undo_zone(*, space_id: str, zone_id: str, at: datetime) -> Zone:
    """Take the last change of a zone back, or put a removed zone back; doing it twice brings the change back.

    Raises NoSuchSpace, NoSuchZone, NothingToUndo, and ZoneOutsideSpace when the space has shrunk meanwhile.
    """
    space = locked(space_id)
    zone = queries.zone(zone_id, space_id=space_id)
    if zone.previous is None:
        raise NothingToUndo(_("There is no change of this zone to take back."))
    was, now = zone.previous, state_of(zone)
    if not was["removed"]:
        check_zone_within(as_area(was["boundary"]), _ground(space))
    zone.names, zone.kind, zone.boundary = was["names"], was["kind"], was["boundary"]
    zone.area, zone.removed_at = area_metres(as_area(zone.boundary)), at if was["removed"] else None
    zone.previous = now
    zone.save()
    announce(space, at)
    return zone


def state_of(zone: Zone) -> dict[str, Any]:
    """Return what can be taken back of a zone, as plain values."""
    return {"names": zone.names, "kind": str(zone.kind), "boundary": zone.boundary, "removed": zone.removed_at is not None}


def zone_names(names: Mapping[str, str]) -> dict[str, str]:
    """Return names as they may be kept. Raises BadZone."""
    try:
        return clean_names(names)
    except ValueError:
        raise BadZone(_("A zone needs a name.")) from None


def zone_kind(kind: str) -> str:
    """Return a kind that exists. Raises BadZone."""
    if kind not in Zone.Kind.values:
        raise BadZone(_("There is no such kind of zone."))
    return str(kind)


def _area(space: Space, geometry: object, axes: Axes) -> Area:
    near = (space.longitude, space.latitude) if space.longitude is not None and space.latitude is not None else None
    area = boundary(geometry, Reading(axes, near))
    check_zone_within(area, _ground(space))
    return area


def _ground(space: Space) -> Area | None:
    return as_area(space.boundary) if space.boundary else None
