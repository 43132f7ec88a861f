"""What every write to a camera needs: its row, its turn, its seal, its announcement."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from citysquare.apps.devices import credentials
from citysquare.apps.devices.credentials import Streams
from citysquare.apps.devices.events import CameraChanged
from citysquare.apps.devices.models import Camera
from citysquare.apps.devices.queries import NoSuchCamera
from citysquare.apps.devices.services.errors import BadCamera, CameraExists, KeysUnusable, TooManyCameras
from citysquare.engine.errors import BadKeyFile, SealingError
from citysquare.engine.local.node_file import MOST_CAMERAS
from citysquare.platform.events import publish
from citysquare.platform.names import clean_names

REGISTER = "devices.register"
"""The turn of whoever gives a camera of an organisation its address or its place."""
KEYS = "devices.keys"
"""The turn of whoever seals credentials, or changes the key that seals them."""


def refuse_too_many(new: int) -> None:
    """Raise TooManyCameras where `new` cameras more are too many for the node, whosever they are; inside the turn KEYS."""
    if Camera.objects.count() + new > MOST_CAMERAS:
        raise TooManyCameras(_("This installation has as many cameras as it can record. Nothing was added."))


def refuse_twice(camera: Camera) -> None:
    """Raise CameraExists when the organisation has another camera with this address."""
    if Camera.objects.filter(organisation_id=camera.organisation_id, main_url=camera.main_url).exclude(pk=camera.pk).exists():
        raise CameraExists(_("A camera with this address is in the register already."))


def seal(camera: Camera, streams: Streams) -> None:
    """Give a camera its addresses, sealed. Raises KeysUnusable."""
    try:
        credentials.write_streams(camera, streams)
    except BadKeyFile as error:
        raise KeysUnusable(error.message) from None


def has_streams(camera: Camera, streams: Streams) -> bool:
    """Whether these are its addresses already, credentials included."""
    try:
        return credentials.open_streams(camera) == streams
    except SealingError:
        return False


def locked_camera(camera_id: str) -> Camera:
    """Return a camera that nobody else writes meanwhile. Raises NoSuchCamera."""
    camera = Camera.objects.select_for_update().filter(pk=camera_id).first()
    if camera is None:
        raise NoSuchCamera(_("There is no such camera."))
    return camera


def cleaned_names(names: Mapping[str, str]) -> dict[str, str]:
    """Return the names that may be kept. Raises BadCamera without one."""
    try:
        return clean_names(names)
    except ValueError:
        raise BadCamera(_("A camera needs a name.")) from None


def announce(camera: Camera, at: datetime) -> None:
    """Say that it changed."""
    publish(CameraChanged(camera_id=camera.pk, organisation_id=camera.organisation_id), at=at)
