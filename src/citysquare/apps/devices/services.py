"""Every write to the register."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlsplit, urlunsplit

from django.db import transaction
from django.db.models import Max
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from citysquare.apps.devices import credentials
from citysquare.apps.devices.events import CameraChanged
from citysquare.apps.devices.labels import in_words
from citysquare.apps.devices.models import HIGHEST, LEAST_ANGLE, LEAST_RANGE, LONGEST_RANGE, LONGEST_URL, WIDEST_ANGLE, Camera
from citysquare.apps.devices.queries import NoSuchCamera
from citysquare.apps.spaces import queries as spaces
from citysquare.engine.errors import BadAddress, BadKeyFile, CannotUnseal, SealingError
from citysquare.engine.sources import AddressRule
from citysquare.platform.errors import DomainError
from citysquare.platform.events import publish
from citysquare.platform.names import clean_names
from citysquare.platform.turns import take_turn

FARTHEST_OUTSIDE = 50.0
"""Metres that a camera may stand outside of its space: on the house across, or the mast beside."""

Streams = credentials.Streams

_VIEW_FIELDS = ("latitude", "longitude", "azimuth", "view_angle", "range_metres", "height_metres")
_REGISTER = "devices.register"
"""The turn of whoever gives a camera of an organisation its address or its place."""
_KEYS = "devices.keys"
"""The turn of whoever seals credentials, or changes the key that seals them."""


class BadCameraAddress(DomainError):
    """An address that no camera may have."""

    code = "devices.bad_address"


class FactoryPassword(BadCameraAddress):
    """A password that the maker delivers every camera of the kind with."""

    code = "devices.factory_password"


class KeysUnusable(DomainError):
    """The key file that seals passwords cannot be read or made; `message` says why."""

    code = "devices.keys_unusable"
    status = 503


class CameraExists(DomainError):
    """The stream is in the register already."""

    code = "devices.camera_exists"
    status = 409


class BadCamera(DomainError):
    """A camera that cannot be kept as given."""

    code = "devices.bad_camera"


class BadView(DomainError):
    """A position, direction, angle, range or height that no camera can have."""

    code = "devices.bad_view"


class CameraOutsideSpace(DomainError):
    """A camera would stand far outside of its space."""

    code = "devices.camera_outside_space"


@dataclass(frozen=True, slots=True)
class CameraView:
    """Where a camera stands and what it sees: degrees WGS 84, degrees clockwise from north, metres."""

    latitude: float
    longitude: float
    azimuth: float
    view_angle: float
    range_metres: float
    height_metres: float | None = None


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

    Raises BadCameraAddress with a sentence without the password, FactoryPassword for one that everybody knows.
    """
    if len(url) > LONGEST_URL:
        raise BadCameraAddress(_("The address is too long."))
    try:
        rule.check_url(url)
    except BadAddress as error:
        raise BadCameraAddress(in_words(error)) from None
    if credentials.is_factory_login(url):
        raise FactoryPassword(_("This is the password the maker delivers such cameras with: set one of your own in the camera first."))
    return url


@transaction.atomic
def add_camera(
    *, organisation_id: str, space_id: str, names: Mapping[str, str], streams: Streams, rule: AddressRule, at: datetime
) -> Camera:
    """Add a camera behind the last one of the organisation's wall; recording begins by itself.

    Raises BadCamera without a name, BadCameraAddress for an address it may not have, CameraExists when it is there already, KeysUnusable.
    """
    main = checked_url(url=streams.main_url, rule=rule)
    sub = checked_url(url=streams.sub_url, rule=rule) if streams.sub_url else ""
    take_turn(_REGISTER, organisation_id)
    take_turn(_KEYS)
    cameras = Camera.objects.filter(organisation_id=organisation_id)
    last = cameras.aggregate(last=Max("order"))["last"]
    camera = Camera(
        organisation_id=organisation_id,
        space_id=space_id,
        names=_cleaned(names),
        order=0 if last is None else last + 1,
        created_at=at,
    )
    _seal(camera, Streams(main, sub))
    _refuse_twice(camera)
    camera.save(force_insert=True)
    _announce(camera, at)
    return camera


@transaction.atomic
def change_camera(*, camera_id: str, names: Mapping[str, str], order: int, at: datetime) -> Camera:
    """Give a camera other names and another place on the wall; an empty name takes that language's name away.

    Raises NoSuchCamera, BadCamera.
    """
    camera = _locked(camera_id)
    camera.names = _cleaned({**camera.names, **names})
    camera.order = order
    camera.save(update_fields=("names", "order"))
    _announce(camera, at)
    return camera


@transaction.atomic
def move_camera(*, camera_id: str, space_id: str, at: datetime) -> Camera:
    """Give a camera another space of its organisation. Where it would stand outside of it, it leaves the map until it is placed anew.

    Raises NoSuchCamera, NoSuchSpace.
    """
    camera = _locked(camera_id)
    if camera.space_id == space_id:
        return camera
    if spaces.space(space_id, organisation_id=camera.organisation_id) is None:
        raise spaces.NoSuchSpace(_("There is no such space."))
    camera.space_id = space_id
    if camera.latitude is not None and camera.longitude is not None:
        metres = spaces.distance_to_space(space_id, (camera.longitude, camera.latitude))
        if metres is not None and metres > FARTHEST_OUTSIDE:
            _write_view(camera, None)
    camera.save(update_fields=("space", *_VIEW_FIELDS))
    _announce(camera, at)
    return camera


@transaction.atomic
def place_camera(*, camera_id: str, view: CameraView, at: datetime) -> Camera:
    """Put a camera on the map with what it sees; placing it there again changes nothing.

    Raises NoSuchCamera, BadView for what no camera can have, CameraOutsideSpace when it would stand more than 50 m outside of its space.
    """
    camera = _locked(camera_id)
    _check_view(view)
    metres = spaces.distance_to_space(camera.space_id, (view.longitude, view.latitude))
    if metres is not None and metres > FARTHEST_OUTSIDE:
        raise CameraOutsideSpace(_outside(camera, view, metres))
    before = [getattr(camera, field) for field in _VIEW_FIELDS]
    _write_view(camera, view)
    if before != [getattr(camera, field) for field in _VIEW_FIELDS]:
        camera.save(update_fields=_VIEW_FIELDS)
        _announce(camera, at)
    return camera


@transaction.atomic
def readdress_camera(*, camera_id: str, streams: Streams, rule: AddressRule, at: datetime) -> Camera:
    """Give a camera other addresses; it keeps its identity and its footage.

    Raises NoSuchCamera, BadCameraAddress, CameraExists, KeysUnusable.
    """
    camera = _locked(camera_id)
    main = checked_url(url=streams.main_url, rule=rule)
    sub = checked_url(url=streams.sub_url, rule=rule) if streams.sub_url else ""
    take_turn(_REGISTER, camera.organisation_id)
    take_turn(_KEYS)
    if not _has(camera, Streams(main, sub)):
        _seal(camera, Streams(main, sub))
        _refuse_twice(camera)
        camera.save(update_fields=("main_url", "sub_url", "credentials"))
        _announce(camera, at)
    return camera


@transaction.atomic
def reseal_credentials() -> tuple[int, int]:
    """Seal every camera's credentials with the newest key; return how many there are and how many no key opens.

    Raises BadKeyFile.
    """
    take_turn(_KEYS)
    keys = credentials.keyring(make=True)
    sealed = list(Camera.objects.select_for_update().exclude(credentials=""))
    locked = 0
    for camera in sealed:
        try:
            streams = credentials.open_streams(camera, keys)
        except CannotUnseal:
            locked += 1
            continue
        shown = camera.main_url
        credentials.write_streams(camera, streams)
        camera.main_url = shown  # it may carry a mark that tells it from another one
        camera.save(update_fields=("credentials",))
    return len(sealed), locked


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


def _refuse_twice(camera: Camera) -> None:
    if Camera.objects.filter(organisation_id=camera.organisation_id, main_url=camera.main_url).exclude(pk=camera.pk).exists():
        raise CameraExists(_("A camera with this address is in the register already."))


def _seal(camera: Camera, streams: Streams) -> None:
    try:
        credentials.write_streams(camera, streams)
    except BadKeyFile as error:
        raise KeysUnusable(error.message) from None


def _has(camera: Camera, streams: Streams) -> bool:
    try:
        return credentials.open_streams(camera) == streams
    except SealingError:
        return False


def _check_view(view: CameraView) -> None:
    """NaN and infinities fit nowhere: no comparison with them holds."""
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


def _outside(camera: Camera, view: CameraView, metres: float) -> str:
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


def _write_view(camera: Camera, view: CameraView | None) -> None:
    for field in _VIEW_FIELDS:
        setattr(camera, field, getattr(view, field) if view else None)
    if camera.azimuth is not None:
        camera.azimuth %= 360


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
