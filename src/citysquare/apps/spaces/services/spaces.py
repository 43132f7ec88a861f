"""Writes to the spaces themselves."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models.fields.related import ForeignObjectRel
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from citysquare.apps.spaces import queries
from citysquare.apps.spaces.events import SpaceChanged, SpaceRemoved
from citysquare.apps.spaces.geojson import Axes, Reading, boundary
from citysquare.apps.spaces.models import LONGEST_EXTERNAL_ID, Space
from citysquare.apps.spaces.services.fitting import check_zones_within
from citysquare.platform.errors import DomainError
from citysquare.platform.events import publish
from citysquare.platform.geometry import Area, area_metres, as_geojson, middle
from citysquare.platform.names import clean_names
from citysquare.platform.turns import take_turn

REGISTER = "spaces.register"
"""The turn of whoever gives a space of an organisation its identity."""


class BadSpace(DomainError):
    """A space that cannot be kept as given."""

    code = "spaces.bad_space"


class SpaceExists(DomainError):
    """The city's register has another space under this identifier."""

    code = "spaces.space_exists"
    status = 409


class SpaceInUse(DomainError):
    """Something hangs on the space, so it cannot be removed."""

    code = "spaces.space_in_use"
    status = 409


@dataclass(frozen=True, slots=True)
class Position:
    """A point on the globe, WGS 84, in degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class SpaceEntry:
    """A space as somebody enters it."""

    names: Mapping[str, str]
    kind: str = Space.Kind.OTHER
    boundary: object = None
    """A GeoJSON geometry, unchecked; None: not drawn yet."""
    position: Position | None = None
    """Where its marker stands; with a boundary, its middle."""
    external_id: str = ""
    """What the city's own register calls it."""


def create_space(
    *, organisation_id: str, names: Mapping[str, str], at: datetime, kind: str = Space.Kind.OTHER, position: Position | None = None
) -> Space:
    """Create a space that is not drawn yet. Raises like `enter_space`."""
    return enter_space(organisation_id=organisation_id, entry=SpaceEntry(names=names, kind=kind, position=position), at=at)


@transaction.atomic
def enter_space(*, organisation_id: str, entry: SpaceEntry, at: datetime, axes: Axes = Axes.CHECK) -> Space:
    """Create a space.

    Raises BadSpace without a name, with an unknown kind or a position off the globe, SpaceExists for an identifier that is taken, and
    GeojsonError for a boundary that is none.
    """
    space = Space(organisation_id=organisation_id, created_at=at, names=_names(entry.names), kind=_kind(entry.kind))
    if entry.position is not None:
        if not _on_globe(entry.position):
            raise BadSpace(gettext_lazy("Latitude lies between -90 and 90, longitude between -180 and 180."))
        space.latitude, space.longitude = entry.position.latitude, entry.position.longitude
    if entry.boundary is not None:
        give_boundary(space, boundary(entry.boundary, Reading(axes, queries.city_middle(organisation_id))))
    if entry.external_id:
        take_turn(REGISTER, organisation_id)
        space.external_id = entry.external_id[:LONGEST_EXTERNAL_ID]
        if Space.objects.filter(organisation_id=organisation_id, external_id=space.external_id).exists():
            raise SpaceExists(gettext_lazy("There is a space with this identifier already."))
    space.save(force_insert=True)
    announce(space, at)
    return space


@transaction.atomic
def change_space(*, space_id: str, names: Mapping[str, str], kind: str, at: datetime) -> Space:
    """Give a space these names, and no others, and another kind.

    Raises NoSuchSpace, BadSpace.
    """
    space = locked(space_id)
    space.names, space.kind = _names(names), _kind(kind)
    space.save(update_fields=("names", "kind"))
    announce(space, at)
    return space


@transaction.atomic
def draw_boundary(*, space_id: str, geometry: object, at: datetime, axes: Axes = Axes.CHECK) -> Space:
    """Give a space this boundary, a GeoJSON geometry that is checked here; None takes the boundary away.

    Raises NoSuchSpace, GeojsonError, and ZoneOutsideSpace when a zone would no longer lie within.
    """
    space = locked(space_id)
    if geometry is None:
        check_zones_within(None, queries.zones_of(space_id))
        space.boundary, space.area = None, None
    else:
        area = boundary(geometry, Reading(axes, queries.city_middle(space.organisation_id, besides=space_id)))
        check_zones_within(area, queries.zones_of(space_id))
        give_boundary(space, area)
    space.save(update_fields=("boundary", "area", "latitude", "longitude"))
    announce(space, at)
    return space


@transaction.atomic
def remove_space(*, space_id: str, at: datetime) -> None:
    """Remove a space with its zones.

    Raises NoSuchSpace, and SpaceInUse while something hangs on it: cameras, or what was observed there.
    """
    space = locked(space_id)
    # Also what has no name on our side (related_name "+"): rooms above are known here by their foreign keys only.
    relations = (field for field in Space._meta.get_fields(include_hidden=True) if isinstance(field, ForeignObjectRel))  # noqa: SLF001 -- Django's documented way to ask which models point here
    for relation in relations:
        if relation.on_delete is models.PROTECT:
            _refuse_if_used(relation, space_id)
    organisation_id = space.organisation_id
    space.delete()
    publish(SpaceRemoved(space_id=space_id, organisation_id=organisation_id), at=at)


def give_boundary(space: Space, area: Area) -> None:
    """Write a checked area into a space, with what follows from it; the caller saves."""
    space.boundary, space.area = as_geojson(area), area_metres(area)
    space.longitude, space.latitude = middle(area)


def locked(space_id: str) -> Space:
    """Return a space that nobody else changes until this transaction ends. Raises NoSuchSpace."""
    space = Space.objects.select_for_update().filter(pk=space_id).first()
    if space is None:
        raise queries.NoSuchSpace(gettext_lazy("There is no such space."))
    return space


def announce(space: Space, at: datetime) -> None:
    """Tell the rooms above that something about a space is new."""
    publish(SpaceChanged(space_id=space.pk, organisation_id=space.organisation_id), at=at)


def _refuse_if_used(relation: ForeignObjectRel, space_id: str) -> None:
    model: Any = relation.related_model
    using = model.objects.filter(**{relation.field.name: space_id})
    if model._meta.label_lower == "devices.camera":  # noqa: SLF001 -- as in remove_space
        count = using.count()
        text = ngettext(
            "One camera stands in this space. Move it to another space first.",
            "%(count)d cameras stand in this space. Move them to another space first.",
            count,
        )
        if count:
            raise SpaceInUse(text % {"count": count})
    elif using.exists():
        raise SpaceInUse(_("Observations or other records name this space, so it stays until they are gone. Give it another name instead."))


def _names(names: Mapping[str, str]) -> dict[str, str]:
    try:
        return clean_names(names)
    except ValueError:
        raise BadSpace(gettext_lazy("A space needs a name.")) from None


def _kind(kind: str) -> str:
    if kind not in Space.Kind.values:
        raise BadSpace(gettext_lazy("There is no such kind of space."))
    return str(kind)


def _on_globe(position: Position) -> bool:
    """NaN and infinities are nowhere."""
    finite = math.isfinite(position.latitude) and math.isfinite(position.longitude)
    return finite and abs(position.latitude) <= 90 and abs(position.longitude) <= 180
