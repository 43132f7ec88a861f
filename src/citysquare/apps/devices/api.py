"""Cameras for other programs: where they stand and what they see of the ground. Never how to reach them."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import Field

from citysquare.apps.devices import queries
from citysquare.apps.devices.models import Camera
from citysquare.platform.api import Page, Paging, caller, operation, page_by_id
from citysquare.platform.ids import LENGTH
from citysquare.platform.policy import Action

router = Router(tags=["Cameras"])

Values = dict[str, object]
"""An answer before it is held against its schema."""


class CameraFilter(Schema):
    """Which cameras. All that are given must hold."""

    space: Annotated[str, Field(max_length=LENGTH, description="Identifier of a public space.")] = ""
    enabled: Annotated[bool | None, Field(description="Only those switched on, or off.")] = None


class ViewOut(Schema):
    """Where a camera stands and what it sees of the ground."""

    latitude: Annotated[float, Field(description="Degrees north, WGS 84.")]
    longitude: Annotated[float, Field(description="Degrees east, WGS 84.")]
    azimuth: Annotated[float, Field(description="Degrees clockwise from north.")]
    view_angle: Annotated[float, Field(description="Degrees from the left to the right edge of the picture.")]
    range_metres: Annotated[float, Field(description="Metres within which things can be told apart.")]
    height_metres: Annotated[float | None, Field(description="Metres above the ground; null: not known.")]


class CameraOut(Schema):
    """A camera."""

    id: Annotated[str, Field(description="Stable for ever.", max_length=LENGTH)]
    names: Annotated[dict[str, str], Field(description="Name by language code; at least one.")]
    space: Annotated[str, Field(description="Identifier of the public space it stands in.")]
    enabled: Annotated[bool, Field(description="Whether it is recorded and analysed.")]
    small_stream: Annotated[bool, Field(description="Whether it has a second, small stream.")]
    view: Annotated[ViewOut | None, Field(description="null: not placed on the map yet.")]


@router.get("/cameras", response=Page[CameraOut], url_name="api-cameras", summary="Cameras", operation_id="listCameras")
@operation(Action.CAMERA_LIST)
def list_cameras(request: HttpRequest, wanted: Query[CameraFilter], paging: Query[Paging]) -> Values:
    """List the cameras in the order of their identifiers."""
    cameras = queries.cameras_seen(caller(request))
    if wanted.space:
        cameras = cameras.filter(space_id=wanted.space)
    if wanted.enabled is not None:
        cameras = cameras.filter(enabled=wanted.enabled)
    shown, following = page_by_id(cameras, paging)
    return {"items": [_out(camera) for camera in shown], "next": following}


@router.get("/cameras/{slug:camera_id}", response=CameraOut, url_name="api-camera", summary="One camera", operation_id="getCamera")
@operation(Action.CAMERA_LIST)
def get_camera(request: HttpRequest, camera_id: str) -> Values:
    """Give one camera."""
    found = queries.cameras_seen(caller(request)).filter(pk=camera_id).first() if len(camera_id) <= LENGTH else None
    if found is None:
        raise queries.NoSuchCamera(_("There is no such camera."))
    return _out(found)


def _out(camera: Camera) -> Values:
    view = queries.view_of(camera)
    return {
        "id": camera.pk,
        "names": camera.names,
        "space": camera.space_id,
        "enabled": camera.enabled,
        "small_stream": bool(camera.sub_url),
        "view": view
        and {
            "latitude": view.latitude,
            "longitude": view.longitude,
            "azimuth": view.azimuth,
            "view_angle": view.view_angle,
            "range_metres": view.range_metres,
            "height_metres": camera.height_metres,
        },
    }
