"""Public spaces for other programs."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import Field

from citysquare.apps.spaces import queries
from citysquare.apps.spaces.models import Space, Zone
from citysquare.platform.api import Page, Paging, caller, operation, page_by_id
from citysquare.platform.ids import LENGTH
from citysquare.platform.names import LONGEST_NAME
from citysquare.platform.policy import Action

router = Router(tags=["Spaces"])

Values = dict[str, object]
"""An answer before it is held against its schema."""

Names = Annotated[dict[str, str], Field(description="Name by language code; at least one.")]
SquareMetres = Annotated[float | None, Field(description="Square metres on the WGS 84 ellipsoid; null: not drawn yet.")]
Boundary = Annotated[
    dict[str, Any] | None, Field(description="GeoJSON Polygon or MultiPolygon in WGS 84, longitude first; null: not drawn yet.")
]


class SpaceFilter(Schema):
    """Which spaces. All that are given must hold."""

    kind: Annotated[Space.Kind | None, Field(description="What sort of place.")] = None
    external_id: Annotated[str, Field(max_length=LONGEST_NAME, description="What the city's own register calls it.")] = ""


class ZoneOut(Schema):
    """A part of a space."""

    id: str
    names: Names
    kind: Zone.Kind
    area: SquareMetres
    boundary: Boundary


class SpaceOut(Schema):
    """A public space."""

    id: Annotated[str, Field(description="Stable for ever.", max_length=LENGTH)]
    names: Names
    kind: Space.Kind
    external_id: Annotated[str, Field(description="What the city's own register calls it; empty when it has no name there.")]
    latitude: Annotated[float | None, Field(description="Of its marker, in degrees north, WGS 84.")]
    longitude: Annotated[float | None, Field(description="Of its marker, in degrees east, WGS 84.")]
    area: SquareMetres


class SpaceWithZonesOut(SpaceOut):
    """A public space with its boundary and zones."""

    boundary: Boundary
    zones: list[ZoneOut]


@router.get("/spaces", response=Page[SpaceOut], url_name="api-spaces", summary="Public spaces", operation_id="listSpaces")
@operation(Action.SPACE_LIST)
def list_spaces(request: HttpRequest, wanted: Query[SpaceFilter], paging: Query[Paging]) -> Values:
    """List the public spaces in the order of their identifiers, without boundaries: ask for one space to have its own."""
    spaces = queries.spaces_seen(caller(request))
    if wanted.kind:
        spaces = spaces.filter(kind=wanted.kind)
    if wanted.external_id:
        spaces = spaces.filter(external_id=wanted.external_id)
    shown, following = page_by_id(spaces, paging)
    return {"items": [_out(space) for space in shown], "next": following}


@router.get(
    "/spaces/{slug:space_id}", response=SpaceWithZonesOut, url_name="api-space", summary="One public space", operation_id="getSpace"
)
@operation(Action.SPACE_LIST)
def get_space(request: HttpRequest, space_id: str) -> Values:
    """Give one space with its boundary and zones."""
    known = queries.spaces_seen(caller(request)).filter(pk=space_id).first() if len(space_id) <= LENGTH else None
    if known is None:
        raise queries.NoSuchSpace(_("There is no such space."))
    return {**_out(known), "boundary": known.boundary, "zones": [_zone(zone) for zone in queries.zones_of(space_id)]}


def _out(space: Space) -> Values:
    return {
        "id": space.pk,
        "names": space.names,
        "kind": space.kind,
        "external_id": space.external_id,
        "latitude": space.latitude,
        "longitude": space.longitude,
        "area": space.area,
    }


def _zone(zone: Zone) -> Values:
    return {"id": zone.pk, "names": zone.names, "kind": zone.kind, "area": zone.area, "boundary": zone.boundary}
