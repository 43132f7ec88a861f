"""Where cameras stand and what they see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from citysquare.apps.devices.models import HIGHEST, LEAST_ANGLE, LEAST_RANGE, LONGEST_RANGE, WIDEST_ANGLE, Camera
from citysquare.apps.devices.services.errors import BadView, CameraOutsideSpace
from citysquare.apps.devices.services.register import announce, locked_camera
from citysquare.apps.spaces import queries as spaces

FARTHEST_OUTSIDE = 50.0
"""Metres that a camera may stand outside of its space: on the house across, or the mast beside."""

VIEW_FIELDS = ("latitude", "longitude", "azimuth", "view_angle", "range_metres", "height_metres")


@dataclass(frozen=True, slots=True)
class CameraView:
    """Where a camera stands and what it sees: degrees WGS 84, degrees clockwise from north, metres."""

    latitude: float
    longitude: float
    azimuth: float
    view_angle: float
    range_metres: float
    height_metres: float | None = None


@transaction.atomic
def move_camera(*, camera_id: str, space_id: str, at: datetime) -> Camera:
    """Give a camera another space of its organisation. Where it would stand outside of it, it leaves the map until it is placed anew.

    Raises NoSuchCamera, NoSuchSpace.
    """
    camera = locked_camera(camera_id)
    if camera.space_id == space_id:
        return camera
    if spaces.space(space_id, organisation_id=camera.organisation_id) is None:
        raise spaces.NoSuchSpace(_("There is no such space."))
    camera.space_id = space_id
    if camera.latitude is not None and camera.longitude is not None:
        metres = spaces.distance_to_space(space_id, (camera.longitude, camera.latitude))
        if metres is not None and metres > FARTHEST_OUTSIDE:
            write_view(camera, None)
    camera.save(update_fields=("space", *VIEW_FIELDS))
    announce(camera, at)
    return camera


@transaction.atomic
def place_camera(*, camera_id: str, view: CameraView, at: datetime) -> Camera:
    """Put a camera on the map with what it sees; placing it there again changes nothing.

    Raises NoSuchCamera, BadView for what no camera can have, CameraOutsideSpace when it would stand more than 50 m outside of its space.
    """
    camera = locked_camera(camera_id)
    check_view(view)
    check_inside(camera, view)
    before = [getattr(camera, field) for field in VIEW_FIELDS]
    write_view(camera, view)
    if before != [getattr(camera, field) for field in VIEW_FIELDS]:
        camera.save(update_fields=VIEW_FIELDS)
        announce(camera, at)
    return camera


def check_view(view: CameraView) -> None:
    """Raise BadView for what no camera can have. NaN and infinities fit nowhere: no comparison with them holds."""
    limits = (
        (view.latitude, -90.0, 90.0, _("Latitude lies between -90 and 90 degrees.")),
        (view.longitude, -180.0, 180.0, _("Longitude lies between -180 and 180 degrees.")),
        (view.azimuth, 0.0, 360.0, _("The direction lies between 0 and 360 degrees, clockwise from north.")),
        (view.view_angle, LEAST_ANGLE, WIDEST_ANGLE, _("The angle of view lies between 1 and 360 degrees.")),
        (view.range_metres, LEAST_RANGE, LONGEST_RANGE, _("The range lies between 1 and 5000 m.")),
        (0.0 if view.height_metres is None else view.height_metres, 0.0, HIGHEST, _("The height lies between 0 and 500 m.")),
    )
    for value, least, most, sentence in limits:
        if not least <= value <= most:
            raise BadView(sentence)


def check_inside(camera: Camera, view: CameraView) -> None:
    """Raise CameraOutsideSpace when it would stand more than 50 m outside of its space."""
    metres = spaces.distance_to_space(camera.space_id, (view.longitude, view.latitude))
    if metres is not None and metres > FARTHEST_OUTSIDE:
        raise CameraOutsideSpace(outside_in_words(camera, view, metres))


def outside_in_words(camera: Camera, view: CameraView, metres: float) -> str:
    """Say how far outside, and when swapping the two numbers would bring it home, say that."""
    known = {"space": camera.space.name, "metres": number_format(round(metres), force_grouping=True)}
    if abs(view.longitude) <= 90:
        swapped = spaces.distance_to_space(camera.space_id, (view.latitude, view.longitude))
        if swapped is not None and swapped <= FARTHEST_OUTSIDE:
            text = gettext(
                "The camera would stand %(metres)s m outside of %(space)s. Latitude and longitude are swapped: exchange the two."
            )
            return text % known
    text = gettext("The camera would stand %(metres)s m outside of %(space)s. Move it closer than 50 m, or give it another space first.")
    return text % known


def write_view(camera: Camera, view: CameraView | None) -> None:
    """Give a camera its view, or take it away; saving is the caller's."""
    for field in VIEW_FIELDS:
        setattr(camera, field, getattr(view, field) if view else None)
    if camera.azimuth is not None:
        camera.azimuth %= 360
