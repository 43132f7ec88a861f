"""The cameras themselves: added, renamed, given other addresses, switched."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from citysquare.apps.devices import credentials
from citysquare.apps.devices.credentials import Streams
from citysquare.apps.devices.models import LONGEST_TOKEN, LONGEST_URL, Camera
from citysquare.apps.devices.services.addresses import checked_url
from citysquare.apps.devices.services.clocks import forget_clock
from citysquare.apps.devices.services.register import (
    KEYS,
    REGISTER,
    announce,
    cleaned_names,
    has_streams,
    locked_camera,
    refuse_too_many,
    refuse_twice,
    seal,
)
from citysquare.engine.errors import CannotUnseal
from citysquare.engine.sources import AddressRule, redact
from citysquare.platform.turns import take_turn


@transaction.atomic
def add_camera(
    *, organisation_id: str, space_id: str, names: Mapping[str, str], streams: Streams, rule: AddressRule, at: datetime
) -> Camera:
    """Add a camera behind the last one of the organisation's wall; recording begins by itself.

    Raises BadCamera without a name, BadCameraAddress for an address it may not have, CameraExists when it is there already, KeysUnusable,
    TooManyCameras.
    """
    main = checked_url(url=streams.main_url, rule=rule)
    sub = checked_url(url=streams.sub_url, rule=rule) if streams.sub_url else ""
    take_turn(REGISTER, organisation_id)
    take_turn(KEYS)
    refuse_too_many(1)
    cameras = Camera.objects.filter(organisation_id=organisation_id)
    last = cameras.aggregate(last=Max("order"))["last"]
    camera = Camera(
        organisation_id=organisation_id,
        space_id=space_id,
        names=cleaned_names(names),
        order=0 if last is None else last + 1,
        created_at=at,
    )
    seal(camera, Streams(main, sub))
    refuse_twice(camera)
    camera.save(force_insert=True)
    announce(camera, at)
    return camera


@transaction.atomic
def change_camera(*, camera_id: str, names: Mapping[str, str], order: int, at: datetime) -> Camera:
    """Give a camera other names and another place on the wall; an empty name takes that language's name away.

    Raises NoSuchCamera, BadCamera.
    """
    camera = locked_camera(camera_id)
    camera.names = cleaned_names({**camera.names, **names})
    camera.order = order
    camera.save(update_fields=("names", "order"))
    announce(camera, at)
    return camera


@transaction.atomic
def readdress_camera(*, camera_id: str, streams: Streams, rule: AddressRule, at: datetime) -> Camera:
    """Give a camera other addresses; it keeps its identity and its footage.

    Raises NoSuchCamera, BadCameraAddress, CameraExists, KeysUnusable.
    """
    camera = locked_camera(camera_id)
    main = checked_url(url=streams.main_url, rule=rule)
    sub = checked_url(url=streams.sub_url, rule=rule) if streams.sub_url else ""
    take_turn(REGISTER, camera.organisation_id)
    take_turn(KEYS)
    if not has_streams(camera, Streams(main, sub)):
        seal(camera, Streams(main, sub))
        refuse_twice(camera)
        camera.save(update_fields=("main_url", "sub_url", "credentials"))
        announce(camera, at)
    return camera


@transaction.atomic
def note_device(*, camera_id: str, onvif_address: str, ptz_profile: str) -> Camera:
    """Remember how a camera answers to ONVIF, and by which profile it is turned. Raises NoSuchCamera.

    Credentials in the address are dropped: the camera's own are sealed elsewhere.
    """
    camera = locked_camera(camera_id)
    before = camera.onvif_address
    camera.onvif_address, camera.ptz_profile = redact(onvif_address)[:LONGEST_URL], ptz_profile[:LONGEST_TOKEN]
    camera.save(update_fields=("onvif_address", "ptz_profile"))
    if camera.onvif_address != before:
        forget_clock(camera.pk)
    return camera


@transaction.atomic
def reseal_credentials() -> tuple[int, int]:
    """Seal every camera's credentials with the newest key; return how many there are and how many no key opens.

    Raises BadKeyFile.
    """
    take_turn(KEYS)
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
    camera = locked_camera(camera_id)
    if camera.enabled != enabled:
        camera.enabled = enabled
        camera.save(update_fields=("enabled",))
        announce(camera, at)
    return camera
