"""Pages of the register: list, add, change, place, switch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from citysquare.apps.devices import credentials, queries, services
from citysquare.apps.devices.forms import CameraChangeForm, CameraForm, CameraViewForm, ConnectionForm
from citysquare.apps.devices.models import Camera
from citysquare.apps.devices.pages.placing import place_choices, space_for
from citysquare.apps.devices.pages.testing import tested_addresses
from citysquare.apps.spaces import queries as spaces
from citysquare.engine.errors import BadKeyFile
from citysquare.engine.sealing import Keyring
from citysquare.platform import audit
from citysquare.platform.doors import actor_of, guarded, may
from citysquare.platform.errors import DomainError
from citysquare.platform.ids import LENGTH
from citysquare.platform.policy import Action, Actor, Subject


@dataclass(frozen=True, slots=True)
class CameraRow:
    """A camera in the list."""

    id: str
    name: str
    space: str
    address: str
    sub_address: str
    enabled: bool
    order: int
    url: str
    edit_url: str
    switch_url: str
    place_url: str
    streams_url: str
    placed: bool
    locked: bool
    """Whether its password cannot be opened any more."""
    created_at: datetime


def _camera(request: HttpRequest, *, camera_id: str) -> Subject:
    del request
    return queries.subject_of(camera_id)


@require_GET
@guarded(Action.CAMERA_LIST)
def cameras(request: HttpRequest) -> HttpResponse:
    """Show the organisation's cameras."""
    actor = actor_of(request)
    keys = usable_keys()
    context = {
        "cameras": [row_of(camera, keys) for camera in queries.cameras_seen(actor)],
        "may_add": may(actor, Action.CAMERA_ADD, actor.organisation).allowed,
        "may_manage": may(actor, Action.CAMERA_CHANGE, actor.organisation).allowed,
    }
    return render(request, "devices/cameras.html", context)


@require_http_methods(["GET", "POST"])
@guarded(Action.CAMERA_ADD, details=tested_addresses)
@sensitive_post_parameters("password", "address", "sub_address")
def camera_add(request: HttpRequest) -> HttpResponse:
    """Add a camera."""
    actor = actor_of(request)
    form = CameraForm(
        request.POST or None, rule=services.address_rule(), spaces=place_choices(actor), space=request.GET.get("space", "")[:LENGTH]
    )
    if request.method == "POST" and form.is_valid():
        try:
            camera = _add(form, actor, timezone.now())
        except DomainError as error:
            field = "password" if isinstance(error, services.FactoryPassword) else "address"
            form.add_error(field if isinstance(error, services.CameraExists | services.BadCameraAddress) else None, str(error))
        else:
            subject = Subject("camera", camera.pk, actor.organisation)
            audit.record(actor=actor, action=Action.CAMERA_ADD, subject=subject, outcome="done", at=timezone.now())
            messages.success(request, _("%(camera)s was added. Recording begins.") % {"camera": camera.name})
            return redirect("cameras")
    return render(request, "devices/camera_add.html", {"form": form, "test_url": reverse("camera-test")})


@require_http_methods(["GET", "POST"])
@guarded(Action.CAMERA_CHANGE, subject=_camera)
def camera_edit(request: HttpRequest, camera_id: str) -> HttpResponse:
    """Change a camera's names, space and place on the wall."""
    camera = queries.required_camera(camera_id)
    initial = {f"name_{code}": name for code, name in camera.names.items()} | {"space": camera.space_id, "order": camera.order}
    form = CameraChangeForm(request.POST or None, spaces=place_choices(actor_of(request)), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            changed = _change(form, camera_id, timezone.now())
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved."))
            if camera.placed and not changed.placed:
                messages.warning(request, _("It stood outside of its new space, so it left the map. Place it anew."))
                return redirect("camera-place", camera_id=camera_id)
            return redirect("cameras")
    return render(request, "devices/camera_edit.html", {"form": form, "camera": row_of(camera)})


@require_http_methods(["GET", "POST"])
@guarded(Action.CAMERA_CHANGE, subject=_camera, details=tested_addresses)
@sensitive_post_parameters("password", "address", "sub_address")
def camera_streams(request: HttpRequest, camera_id: str) -> HttpResponse:
    """Give a camera other addresses. User and password are entered again: they are never shown, nor sent to another host unseen."""
    camera = queries.required_camera(camera_id)
    form = ConnectionForm(request.POST or None, rule=services.address_rule())
    if request.method == "POST" and form.is_valid() and form.streams is not None:
        try:
            services.readdress_camera(camera_id=camera_id, streams=form.streams, rule=services.address_rule(), at=timezone.now())
        except DomainError as error:
            form.add_error("address", str(error))
        else:
            messages.success(request, _("Saved. Recording continues from the new address."))
            return redirect("cameras")
    return render(request, "devices/camera_streams.html", {"form": form, "camera": row_of(camera), "test_url": reverse("camera-test")})


@require_http_methods(["GET", "POST"])
@guarded(Action.CAMERA_CHANGE, subject=_camera, details=lambda _request: {"what": "place"})
def camera_place(request: HttpRequest, camera_id: str) -> HttpResponse:
    """Put a camera on the map, with what it sees."""
    camera = queries.required_camera(camera_id)
    form = CameraViewForm(request.POST or None, initial=_view_initial(camera))
    if request.method == "POST" and form.is_valid():
        try:
            services.place_camera(camera_id=camera_id, view=form.view, at=timezone.now())
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("%(camera)s stands on the map.") % {"camera": camera.name})
            return redirect("space", space_id=camera.space_id)
    space = camera.space
    centre = [space.longitude, space.latitude] if space.longitude is not None else None
    focus = {"type": "FeatureCollection", "features": spaces.features_of(space.pk)}
    around = _around(actor_of(request), camera)
    context = {"form": form, "camera": row_of(camera), "placed": camera.placed, "around": around, "centre": centre, "focus": focus}
    return render(request, "devices/camera_place.html", context)


@require_http_methods(["GET", "POST"])
@guarded(Action.CAMERA_CHANGE, subject=_camera, details=lambda request: {"enabled": request.POST.get("enabled", "")[:1]})
def camera_switch(request: HttpRequest, camera_id: str) -> HttpResponse:
    """Ask whether to switch a camera off; switch it on or off."""
    if request.method == "GET":
        return render(request, "devices/camera_switch.html", {"camera": row_of(queries.required_camera(camera_id))})
    camera = services.switch_camera(camera_id=camera_id, enabled=request.POST.get("enabled") == "1", at=timezone.now())
    text = (
        _("%(camera)s is switched on.") if camera.enabled else _("%(camera)s is switched off. Nothing is recorded until it is switched on.")
    )
    messages.success(request, text % {"camera": camera.name})
    return redirect("cameras")


@transaction.atomic
def _change(form: CameraChangeForm, camera_id: str, at: datetime) -> Camera:
    """Write names, order and space, or nothing."""
    services.change_camera(camera_id=camera_id, names=form.names, order=form.cleaned_data["order"], at=at)
    return services.move_camera(camera_id=camera_id, space_id=form.cleaned_data["space"], at=at)


def _view_initial(camera: Camera) -> dict[str, float | None]:
    view = queries.view_of(camera)
    if view is None:
        return {"azimuth": 0, "view_angle": 70, "range_metres": 40, "height_metres": camera.height_metres}
    return {
        "latitude": view.latitude,
        "longitude": view.longitude,
        "azimuth": view.azimuth,
        "view_angle": view.view_angle,
        "range_metres": view.range_metres,
        "height_metres": camera.height_metres,
    }


def _around(actor: Actor, camera: Camera) -> dict[str, Any]:
    """Return what stands around a camera, for the map: its space with zones, and the other cameras' views."""
    mine = {camera.pk, f"{camera.pk}-view"}
    others = [feature for feature in queries.map_features(actor)["features"] if feature["id"] not in mine]
    return {"type": "FeatureCollection", "features": [*spaces.features_of(camera.space_id), *others]}


@transaction.atomic
def _add(form: CameraForm, actor: Actor, at: datetime) -> Camera:
    """Add the camera, and its space when that is new, or neither."""
    space_id, names = space_for(form, actor, at)
    return services.add_camera(
        organisation_id=actor.organisation,
        space_id=space_id,
        names=names,
        streams=form.streams or services.Streams(main_url=""),
        rule=services.address_rule(),
        at=at,
    )


def usable_keys() -> Keyring:
    """Return the keys there are; none where their file cannot be used."""
    try:
        return credentials.keyring()
    except BadKeyFile:
        return Keyring(())


def row_of(camera: Camera, keys: Keyring | None = None) -> CameraRow:
    """Return a camera as lists and headings show it."""
    return CameraRow(
        id=camera.pk,
        name=camera.name,
        space=camera.space.name,
        address=camera.main_url.partition("#")[0],
        sub_address=camera.sub_url,
        enabled=camera.enabled,
        order=camera.order,
        url=reverse("camera", kwargs={"camera_id": camera.pk}),
        edit_url=reverse("camera-edit", kwargs={"camera_id": camera.pk}),
        switch_url=reverse("camera-switch", kwargs={"camera_id": camera.pk}),
        place_url=reverse("camera-place", kwargs={"camera_id": camera.pk}),
        streams_url=reverse("camera-streams", kwargs={"camera_id": camera.pk}),
        placed=camera.placed,
        locked=credentials.is_locked(camera, usable_keys() if keys is None else keys),
        created_at=camera.created_at,
    )
