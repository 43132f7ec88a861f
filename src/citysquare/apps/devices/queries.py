"""What others may ask about cameras."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from citysquare.apps.accounts.queries import Place
from citysquare.apps.devices.credentials import Streams, open_streams
from citysquare.apps.devices.models import Camera, ClockReading
from citysquare.apps.spaces.queries import Attached
from citysquare.engine.errors import CannotUnseal
from citysquare.platform.covering import where
from citysquare.platform.errors import DomainError
from citysquare.platform.geometry import View, as_geojson, view_outline
from citysquare.platform.policy import Action, Actor, Subject


class NoSuchCamera(DomainError):
    """There is no camera with this identifier."""

    code = "devices.no_such_camera"
    status = 404


def cameras_of(organisation_id: str) -> QuerySet[Camera]:
    """Return an organisation's cameras with their spaces, in the order of the wall."""
    return (
        Camera.objects.filter(organisation_id=organisation_id)
        .select_related("space")
        .defer("space__boundary")
        .order_by("order", "created_at", "pk")
    )


def places_of(organisation_id: str) -> list[Place]:
    """Return an organisation's cameras as places to which rights can be limited, in the order of the wall."""
    return [Place(camera.pk, camera.name, camera.space.name) for camera in cameras_of(organisation_id)]


def cameras_seen(actor: Actor, action: Action = Action.CAMERA_LIST) -> QuerySet[Camera]:
    """Return the cameras of the actor's organisation at which they may do `action`, in the order of the wall."""
    return cameras_of(actor.organisation).filter(where(actor, action, camera="pk"))


def hosts_of(organisation_id: str) -> frozenset[str]:
    """Return the hosts of an organisation's cameras, as their addresses name them."""
    urls = Camera.objects.filter(organisation_id=organisation_id).values_list("main_url", flat=True)
    return frozenset(filter(None, (urlsplit(url).hostname for url in urls)))


def camera_by_id(camera_id: str) -> Camera | None:
    """Return a camera with its space."""
    return Camera.objects.select_related("space").filter(pk=camera_id).first()


def all_cameras() -> QuerySet[Camera]:
    """Return every camera of this machine, for recorder and analysis."""
    return Camera.objects.order_by("organisation", "order", "pk")


def streams_of(camera: Camera) -> Streams:
    """Return a camera's addresses with credentials, for who connects to it and for nobody else.

    Raises CannotUnseal, BadKeyFile.
    """
    return open_streams(camera)


def streams_or_shown(camera: Camera) -> Streams:
    """Return a camera's addresses with credentials, or without them where no key opens them. Raises BadKeyFile."""
    try:
        return open_streams(camera)
    except CannotUnseal:
        return Streams(camera.main_url, camera.sub_url)


def required_camera(camera_id: str) -> Camera:
    """Return a camera.

    Raises NoSuchCamera.
    """
    camera = camera_by_id(camera_id)
    if camera is None:
        raise NoSuchCamera(_("There is no such camera."))
    return camera


def subject_of(camera_id: str) -> Subject:
    """Return a camera as the policy sees it.

    Raises NoSuchCamera.
    """
    found = Camera.objects.filter(pk=camera_id).values_list("organisation_id", "space_id").first()
    if found is None:
        raise NoSuchCamera(_("There is no such camera."))
    owner, space = found
    return Subject("camera", camera_id, owner, space=space, camera=camera_id)


def subjects_of(camera_ids: Sequence[str], *, owner: str) -> tuple[Subject, ...]:
    """Return several cameras as the policy sees them: one that is gone stands nowhere, and rights that are limited do not reach it."""
    known = dict(Camera.objects.filter(pk__in=camera_ids, organisation_id=owner).values_list("pk", "space_id"))
    return tuple(Subject("camera", one, owner, space=known.get(one, ""), camera=one) for one in camera_ids)


def view_of(camera: Camera) -> View | None:
    """Return what a camera sees of the ground; None: it has not been placed."""
    place = (camera.longitude, camera.latitude, camera.azimuth, camera.view_angle, camera.range_metres)
    known = [value for value in place if value is not None]
    return View(*known) if len(known) == len(place) else None


def map_features(actor: Actor) -> dict[str, Any]:
    """Return the placed cameras that somebody may see as a GeoJSON FeatureCollection, for the map: one question to the database.

    Each has a Point (`what` "camera": `id`, `name`, `space` and `space_name`, `url`, `enabled`, `azimuth`, `view_angle`, `range`,
    `height` or null) and the polygon of the ground it sees (`what` "view": `id` "<camera>-view", `camera`, `enabled`).
    """
    features: list[dict[str, Any]] = []
    for camera in cameras_seen(actor, Action.COVERAGE_VIEW):
        view = view_of(camera)
        if view is None:
            continue
        properties = {
            "what": "camera",
            "id": camera.pk,
            "name": camera.name,
            "space": camera.space_id,
            "space_name": camera.space.name,
            "url": reverse("camera", kwargs={"camera_id": camera.pk}),
            "enabled": camera.enabled,
            "azimuth": view.azimuth,
            "view_angle": view.view_angle,
            "range": view.range_metres,
            "height": camera.height_metres,
        }
        point = {"type": "Point", "coordinates": [view.longitude, view.latitude]}
        features.append({"type": "Feature", "id": camera.pk, "geometry": point, "properties": properties})
        seen = {"what": "view", "id": f"{camera.pk}-view", "camera": camera.pk, "enabled": camera.enabled}
        outline = as_geojson(view_outline(view))
        features.append({"type": "Feature", "id": f"{camera.pk}-view", "geometry": outline, "properties": seen})
    return {"type": "FeatureCollection", "features": features}


@dataclass(frozen=True, slots=True)
class ClockSaid:
    """What a camera's clock said when it was asked."""

    error: float
    """Seconds by which it was ahead of ours."""
    at: datetime
    source: str


def clocks_said(camera_ids: Sequence[str] | None = None) -> dict[str, ClockSaid]:
    """Return what cameras last said of their clocks when they were asked, of some or of all; who never said anything is missing."""
    found = ClockReading.objects.filter(error__isnull=False)
    if camera_ids is not None:
        found = found.filter(camera_id__in=camera_ids)
    rows = found.values_list("camera_id", "error", "at", "source")
    return {camera: ClockSaid(error, at, source) for camera, error, at, source in rows if error is not None and at is not None}


def asked_for_clock_before(at: datetime) -> QuerySet[Camera]:
    """Return the cameras that are switched on and answer to ONVIF, and were not asked for their clock since `at`; the longest ago first."""
    asked = ClockReading.objects.filter(camera_id=OuterRef("pk")).values("asked_at")
    found = Camera.objects.filter(enabled=True).exclude(onvif_address="").annotate(asked=Subquery(asked))
    return found.filter(Q(asked__isnull=True) | Q(asked__lte=at)).order_by(F("asked").asc(nulls_first=True), "pk")


def cameras_with_clock() -> int:
    """Return how many cameras can be asked for their clock."""
    return Camera.objects.filter(enabled=True).exclude(onvif_address="").count()


class CamerasInSpaces:
    """What the pages of spaces show of cameras."""

    def counts(self, organisation_id: str) -> Mapping[str, int]:
        """Return how many cameras there are by space."""
        counted = Camera.objects.filter(organisation_id=organisation_id).values("space_id").annotate(count=Count("pk")).order_by()
        return {row["space_id"]: row["count"] for row in counted}

    def of_space(self, space_id: str) -> Sequence[Attached]:
        """Return the cameras of a space, in the order of the wall."""
        cameras = Camera.objects.filter(space_id=space_id).order_by("order", "created_at", "pk")
        return [
            Attached(
                name=camera.name,
                url=reverse("camera", kwargs={"camera_id": camera.pk}),
                enabled=camera.enabled,
                position=None if camera.longitude is None or camera.latitude is None else (camera.longitude, camera.latitude),
                edit_url=reverse("camera-place", kwargs={"camera_id": camera.pk}),
            )
            for camera in cameras
        ]
