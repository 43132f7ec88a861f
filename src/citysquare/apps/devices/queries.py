"""What others may ask about cameras."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from citysquare.apps.devices.models import Camera
from citysquare.platform.errors import DomainError
from citysquare.platform.policy import Subject


class NoSuchCamera(DomainError):
    """There is no camera with this identifier."""

    code = "devices.no_such_camera"
    status = 404


def cameras_of(organisation_id: str) -> QuerySet[Camera]:
    """Return an organisation's cameras with their spaces, in the order of the wall."""
    return Camera.objects.filter(organisation_id=organisation_id).select_related("space").order_by("order", "created_at", "pk")


def camera_by_id(camera_id: str) -> Camera | None:
    """Return a camera with its space."""
    return Camera.objects.select_related("space").filter(pk=camera_id).first()


def all_cameras() -> QuerySet[Camera]:
    """Return every camera of this machine, for recorder and analysis."""
    return Camera.objects.order_by("organisation", "order", "pk")


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
    owner = Camera.objects.filter(pk=camera_id).values_list("organisation_id", flat=True).first()
    if owner is None:
        raise NoSuchCamera(_("There is no such camera."))
    return Subject("camera", camera_id, owner)
