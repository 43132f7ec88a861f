"""Every write to the register."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlsplit, urlunsplit

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from citysquare.apps.devices.events import CameraChanged
from citysquare.apps.devices.labels import in_words
from citysquare.apps.devices.models import LONGEST_URL, Camera
from citysquare.apps.devices.queries import NoSuchCamera
from citysquare.engine.errors import BadAddress
from citysquare.engine.sources import AddressRule
from citysquare.platform.errors import DomainError
from citysquare.platform.events import publish
from citysquare.platform.names import clean_names
from citysquare.platform.turns import take_turn

_REGISTER = "devices.register"
"""The turn of whoever gives a camera of an organisation its address or its place."""


class BadCameraAddress(DomainError):
    """An address that no camera may have."""

    code = "devices.bad_address"


class CameraExists(DomainError):
    """The stream is in the register already."""

    code = "devices.camera_exists"
    status = 409


class BadCamera(DomainError):
    """A camera that cannot be kept as given."""

    code = "devices.bad_camera"


@dataclass(frozen=True, slots=True)
class Streams:
    """A camera's addresses, with credentials. An empty `sub_url` means that there is no small stream."""

    main_url: str
    sub_url: str = ""

    def __repr__(self) -> str:
        """Tell nothing: the addresses contain credentials."""
        return "Streams(…)"


def stream_url(*, address: str, user: str = "", password: str = "") -> str:
    """Return the address of a stream from what a person typed: a URL or `host[:port][/path]`, user and password apart or within.

    Nothing is checked here; `checked_url` does.
    """
    text = address.strip()
    if text and "://" not in text:
        text = f"rtsp://{text}"
    if not user:
        return text
    try:
        parts = urlsplit(text)
    except ValueError:
        return text
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, f"{quote(user, safe='')}:{quote(password, safe='')}@{place}", parts.path, parts.query, ""))


def checked_url(*, url: str, rule: AddressRule) -> str:
    """Return the address when a camera may have it.

    Raises BadCameraAddress with a sentence without the password.
    """
    if len(url) > LONGEST_URL:
        raise BadCameraAddress(_("The address is too long."))
    try:
        rule.check_url(url)
    except BadAddress as error:
        raise BadCameraAddress(in_words(error)) from None
    return url


@transaction.atomic
def add_camera(
    *, organisation_id: str, space_id: str, names: Mapping[str, str], streams: Streams, rule: AddressRule, at: datetime
) -> Camera:
    """Add a camera behind the last one of the organisation's wall; recording begins by itself.

    Raises BadCamera without a name, BadCameraAddress for an address it may not have, CameraExists when it is there already.
    """
    main = checked_url(url=streams.main_url, rule=rule)
    sub = checked_url(url=streams.sub_url, rule=rule) if streams.sub_url else ""
    take_turn(_REGISTER, organisation_id)
    cameras = Camera.objects.filter(organisation_id=organisation_id)
    if cameras.filter(main_url=main).exists():
        raise CameraExists(_("A camera with this address is in the register already."))
    last = cameras.aggregate(last=Max("order"))["last"]
    camera = Camera.objects.create(
        organisation_id=organisation_id,
        space_id=space_id,
        names=_cleaned(names),
        main_url=main,
        sub_url=sub,
        order=0 if last is None else last + 1,
        created_at=at,
    )
    _announce(camera, at)
    return camera


@transaction.atomic
def change_camera(*, camera_id: str, names: Mapping[str, str], order: int, at: datetime) -> Camera:
    """Give a camera other names and another place on the wall.

    Raises NoSuchCamera, BadCamera.
    """
    camera = _locked(camera_id)
    camera.names = _cleaned({**camera.names, **names})
    camera.order = order
    camera.save(update_fields=("names", "order"))
    _announce(camera, at)
    return camera


@transaction.atomic
def readdress_camera(*, camera_id: str, streams: Streams, rule: AddressRule, at: datetime) -> Camera:
    """Give a camera other addresses; it keeps its identity and its footage.

    Raises NoSuchCamera, BadCameraAddress, CameraExists.
    """
    camera = _locked(camera_id)
    main = checked_url(url=streams.main_url, rule=rule)
    sub = checked_url(url=streams.sub_url, rule=rule) if streams.sub_url else ""
    take_turn(_REGISTER, camera.organisation_id)
    if Camera.objects.filter(organisation_id=camera.organisation_id, main_url=main).exclude(pk=camera.pk).exists():
        raise CameraExists(_("A camera with this address is in the register already."))
    if (camera.main_url, camera.sub_url) != (main, sub):
        camera.main_url, camera.sub_url = main, sub
        camera.save(update_fields=("main_url", "sub_url"))
        _announce(camera, at)
    return camera


@transaction.atomic
def switch_camera(*, camera_id: str, enabled: bool, at: datetime) -> Camera:
    """Switch recording and analysis of a camera on or off; switching twice changes nothing.

    Raises NoSuchCamera.
    """
    camera = _locked(camera_id)
    if camera.enabled != enabled:
        camera.enabled = enabled
        camera.save(update_fields=("enabled",))
        _announce(camera, at)
    return camera


def _locked(camera_id: str) -> Camera:
    camera = Camera.objects.select_for_update().filter(pk=camera_id).first()
    if camera is None:
        raise NoSuchCamera(_("There is no such camera."))
    return camera


def _cleaned(names: Mapping[str, str]) -> dict[str, str]:
    try:
        return clean_names(names)
    except ValueError:
        raise BadCamera(_("A camera needs a name.")) from None


def _announce(camera: Camera, at: datetime) -> None:
    publish(CameraChanged(camera_id=camera.pk, organisation_id=camera.organisation_id), at=at)
