"""What the templates show."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from citysquare.apps.spaces import queries
from citysquare.apps.spaces.labels import area_in_words, kind_label
from citysquare.apps.spaces.models import Space, Zone
from citysquare.platform.geometry import as_area, distance_to_area
from citysquare.platform.names import LANGUAGES
from citysquare.platform.policy import Subject

OUTSIDE_METRES = 50.0
"""A camera farther from its space than this is worth a word."""


@dataclass(frozen=True, slots=True)
class SpaceRow:
    """A space in the list."""

    id: str
    name: str
    kind_label: str
    area: str
    drawn: bool
    zones: int
    cameras: int
    url: str
    edit_url: str


@dataclass(frozen=True, slots=True)
class ZoneRow:
    """A zone in a list."""

    id: str
    name: str
    kind_label: str
    area: str
    edit_url: str
    remove_url: str
    undo_url: str
    changed: bool


@dataclass(frozen=True, slots=True)
class CameraRow:
    """A camera on its space's page."""

    name: str
    url: str
    edit_url: str
    enabled: bool
    placed: bool
    outside_metres: int


def space_subject(request: HttpRequest, *, space_id: str, zone_id: str = "") -> Subject:
    """Return the space a page is about, as the policy sees it. Raises NoSuchSpace."""
    del request, zone_id
    return queries.subject_of(space_id)


def space_row(space: Space, cameras: int = 0) -> SpaceRow:
    """Return a space for the list."""
    return SpaceRow(
        id=space.pk,
        name=space.name,
        kind_label=kind_label(space),
        area=area_in_words(space.area),
        drawn=space.area is not None,
        zones=getattr(space, "zone_count", 0),
        cameras=cameras,
        url=reverse("space", kwargs={"space_id": space.pk}),
        edit_url=reverse("space-edit", kwargs={"space_id": space.pk}),
    )


def zone_row(zone: Zone) -> ZoneRow:
    """Return a zone for a list."""
    at = {"space_id": zone.space_id, "zone_id": zone.pk}
    return ZoneRow(
        id=zone.pk,
        name=zone.name,
        kind_label=kind_label(zone),
        area=area_in_words(zone.area),
        edit_url=reverse("zone-edit", kwargs=at),
        remove_url=reverse("zone-remove", kwargs=at),
        undo_url=reverse("zone-undo", kwargs=at),
        changed=zone.previous is not None and not zone.previous.get("removed"),
    )


def camera_rows(space: Space) -> list[CameraRow]:
    """Return what hangs on a space, with how far outside of it each stands."""
    ground = as_area(space.boundary) if space.boundary else None
    rows = []
    for each in queries.attached(space.pk):
        outside = distance_to_area(each.position, ground) if ground is not None and each.position is not None else 0.0
        far = round(outside) if outside > OUTSIDE_METRES else 0
        rows.append(CameraRow(each.name, each.url, each.edit_url, each.enabled, each.position is not None, far))
    return rows


def outline_initial(of: Space | Zone) -> dict[str, str]:
    """Return what a form of a space or zone begins with."""
    names = {f"name_{code}": of.names.get(code, "") for code in LANGUAGES}
    return {**names, "kind": of.kind, "boundary": json.dumps(of.boundary) if of.boundary else ""}


def surroundings(spaces: Iterable[Space], *, without: str = "") -> dict[str, Any]:
    """Return boundaries to show faintly behind a drawing."""
    return _collection(
        {"what": "space", "id": space.pk, "name": space.name} | {"geometry": space.boundary}
        for space in spaces
        if space.boundary and space.pk != without
    )


def zone_surroundings(space: Space, zones: Iterable[Zone], *, without: str = "") -> dict[str, Any]:
    """Return a space and its zones to show faintly behind the drawing of one of them."""
    own = [{"what": "space", "id": space.pk, "name": space.name, "geometry": space.boundary}] if space.boundary else []
    parts = [{"what": "zone", "id": zone.pk, "name": zone.name, "geometry": zone.boundary} for zone in zones if zone.pk != without]
    return _collection([*own, *parts])


def _collection(things: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    features = [
        {
            "type": "Feature",
            "id": thing["id"],
            "geometry": thing["geometry"],
            "properties": {key: thing[key] for key in ("what", "id", "name")},
        }
        for thing in things
    ]
    return {"type": "FeatureCollection", "features": features}
