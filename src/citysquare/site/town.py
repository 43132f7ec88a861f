"""Enters the simulated town, or a person's own cameras, into the register: what `demo` shows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse

from citysquare.apps.accounts import queries as accounts_queries
from citysquare.apps.accounts import services as accounts
from citysquare.apps.accounts.models import Organisation
from citysquare.apps.devices import queries as devices_queries
from citysquare.apps.devices import services as devices
from citysquare.apps.devices.models import Camera
from citysquare.apps.spaces import queries as spaces_queries
from citysquare.apps.spaces import services as spaces
from citysquare.apps.spaces.models import Space
from citysquare.engine.sources import AddressRule, redact
from citysquare.platform import audit
from citysquare.platform.policy import Action, Actor, Role, Subject
from citysquare.simulator.catalogue import SimulatedCamera
from citysquare.simulator.plan import town_plan
from citysquare.simulator.town import TOWN_SPACES, TownSpace

TOWN_NAMES = {
    "en": "Izmail and Tulcea (simulated)",
    "bg": "Измаил и Тулча (симулация)",
    "uk": "Ізмаїл і Тульча (симуляція)",  # noqa: RUF001 - Ukrainian
    "ro": "Izmail și Tulcea (simulare)",
}
OWN_SPACE_NAMES = {"en": "My cameras", "bg": "Моите камери", "uk": "Мої камери", "ro": "Camerele mele"}

_TOWN_SPACES = {space.key: space for space in TOWN_SPACES}


def town_organisation(*, at: datetime) -> Organisation:
    """Return the organisation of this installation, creating the simulated town when there is none."""
    return accounts_queries.first_organisation() or accounts.create_organisation(names=TOWN_NAMES, at=at)


def lay_out_map() -> None:
    """Write the town's plan where the map finds its ground, if it is not there as it should be."""
    path = settings.CITYSQUARE.data_dir / "map" / "plan.geojson"
    text = json.dumps(town_plan(), ensure_ascii=False, separators=(",", ":"))
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)


def city_organisation(*, name: str, at: datetime) -> Organisation:
    """Return the organisation of this installation, creating one with this name when there is none."""
    return accounts_queries.first_organisation() or accounts.create_organisation(names={"en": name}, at=at)


def enter_simulated_cameras(*, organisation: Organisation, cameras: Sequence[SimulatedCamera], port: int, at: datetime) -> None:
    """Make the register hold just these simulated cameras on this port, switched on; others of the simulator are switched off.

    A camera that is there already keeps its identity, its footage and what a person changed of it.
    """
    rule = AddressRule(loopback_ports=frozenset({port}))
    known = {_path(camera.main_url): camera for camera in devices_queries.cameras_of(organisation.pk) if _is_simulated(camera.main_url)}
    wanted = {camera.main_path for camera in cameras}
    for camera in cameras:
        streams = devices.Streams(
            main_url=f"rtsp://127.0.0.1:{port}{camera.main_path}", sub_url=f"rtsp://127.0.0.1:{port}{camera.sub_path}"
        )
        entered = known.get(camera.main_path)
        if entered is None:
            space_id = _space_for(camera, organisation, at)
            added = devices.add_camera(
                organisation_id=organisation.pk, space_id=space_id, names=camera.title, streams=streams, rule=rule, at=at
            )
            _place(added, camera, at)
            continue
        if not entered.placed:
            _settle(entered, camera, at)
        if entered.main_url != streams.main_url:
            devices.readdress_camera(camera_id=entered.pk, streams=streams, rule=rule, at=at)
        devices.switch_camera(camera_id=entered.pk, enabled=True, at=at)
    _switch_off((camera for path, camera in known.items() if path not in wanted), at=at)


def enter_own_cameras(*, organisation: Organisation, urls: Sequence[str], loopback_ports: Sequence[int], at: datetime) -> None:
    """Make the register hold these cameras, switched on. Raises BadCameraAddress."""
    rule = AddressRule(loopback_ports=frozenset(loopback_ports))
    entered = list(devices_queries.cameras_of(organisation.pk))
    known = {camera.main_url: camera for camera in entered}
    for url in urls:
        entered_before = known.get(redact(url))
        if entered_before is not None:
            streams = replace(devices_queries.streams_or_shown(entered_before), main_url=url)  # the password may be another one now
            devices.readdress_camera(camera_id=entered_before.pk, streams=streams, rule=rule, at=at)
            devices.switch_camera(camera_id=entered_before.pk, enabled=True, at=at)
            continue
        devices.checked_url(url=url, rule=rule)
        own = next((camera.space_id for camera in entered if not _is_simulated(camera.main_url)), None)
        space = own or spaces.create_space(organisation_id=organisation.pk, names=OWN_SPACE_NAMES, at=at).pk
        names = {"en": redact(url).partition("://")[2]}
        camera = devices.add_camera(
            organisation_id=organisation.pk, space_id=space, names=names, streams=devices.Streams(main_url=url), rule=rule, at=at
        )
        entered.append(camera)


def switch_simulated_off(*, organisation: Organisation, at: datetime) -> None:
    """Switch every camera of the simulator off."""
    _switch_off((camera for camera in devices_queries.cameras_of(organisation.pk) if _is_simulated(camera.main_url)), at=at)


def make_link(*, role: Role, organisation: Organisation, at: datetime) -> str:
    """Make a one-time sign-in link for the first person with a role, note it in the audit log, and return its address."""
    subject = Subject("role", role, organisation.pk)
    audit.record(actor=Actor.system("console"), action=Action.LINK_MADE, subject=subject, outcome="done", at=at)
    valid_for = timedelta(minutes=settings.CITYSQUARE.sign_in_link_minutes)
    link = accounts.make_role_link(role=role, organisation=organisation, at=at, valid_for=valid_for)
    return f"{settings.CITYSQUARE.base_url}{reverse('sign-in-link', kwargs={'token': link.token})}"


def enabled_cameras(organisation: Organisation) -> Mapping[str, str]:
    """Return name by identifier of the cameras that are switched on, in the order of the wall."""
    return {camera.pk: camera.name for camera in devices_queries.cameras_of(organisation.pk) if camera.enabled}


def _space_for(camera: SimulatedCamera, organisation: Organisation, at: datetime) -> str:
    """Return the space a simulated camera stands in, entering it with its boundary and zones when it is not there yet."""
    town_space = _TOWN_SPACES[camera.space]
    there = spaces_queries.space_called(external_id=_external(town_space), organisation_id=organisation.pk)
    return there.pk if there else _enter_space(town_space, organisation, at).pk


def _enter_space(town_space: TownSpace, organisation: Organisation, at: datetime) -> Space:
    outline = _polygon(town_space.boundary)
    entry = spaces.SpaceEntry(names=town_space.titles, kind=town_space.kind, boundary=outline, external_id=_external(town_space))
    space = spaces.enter_space(organisation_id=organisation.pk, entry=entry, at=at)
    for zone in town_space.zones:
        part = spaces.ZoneEntry(names=zone.titles, kind=zone.kind, boundary=_polygon(zone.boundary), external_id=zone.key)
        spaces.add_zone(space_id=space.pk, entry=part, at=at)
    return space


def _settle(entered: Camera, camera: SimulatedCamera, at: datetime) -> None:
    """Bring a camera of an older demo onto the map: into its space of the town, unless a person has given it a drawn one."""
    if entered.space.area is None:
        devices.move_camera(camera_id=entered.pk, space_id=_space_for(camera, entered.organisation, at), at=at)
    _place(entered, camera, at)


def _place(entered: Camera, camera: SimulatedCamera, at: datetime) -> None:
    """Place a camera as the simulator films; where a person has drawn the space otherwise, it waits for a person to place it."""
    view = devices.CameraView(
        latitude=camera.latitude,
        longitude=camera.longitude,
        azimuth=camera.azimuth,
        view_angle=camera.view_angle,
        range_metres=camera.range_metres,
        height_metres=camera.height_metres,
    )
    with suppress(devices.CameraOutsideSpace):
        devices.place_camera(camera_id=entered.pk, view=view, at=at)


def _polygon(ring: Sequence[tuple[float, float]]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[list(at) for at in (*ring, ring[0])]]}


def _external(space: TownSpace) -> str:
    return f"town:{space.key}"


def _switch_off(cameras: Iterable[Camera], *, at: datetime) -> None:
    for camera in cameras:
        devices.switch_camera(camera_id=camera.pk, enabled=False, at=at)


def _is_simulated(url: str) -> bool:
    return url.startswith("rtsp://127.0.0.1:") and url.endswith(("/main", "/sub"))


def _path(url: str) -> str:
    return "/" + url.removeprefix("rtsp://").partition("/")[2]
