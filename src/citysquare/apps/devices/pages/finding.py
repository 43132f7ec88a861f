"""Setting up a camera that is found: choose a network, a device, its streams, test, save.

What a device said and the password it took wait sealed on our side (`services.keep_draft`); no page holds them.
"""

from __future__ import annotations

import asyncio
import threading
from dataclasses import asdict
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from citysquare.apps.devices import queries, services
from citysquare.apps.devices.forms import DeviceForm, FoundCameraForm, SearchForm, without_login
from citysquare.apps.devices.labels import advice, in_words
from citysquare.apps.devices.models import Camera, SetupDraft
from citysquare.apps.devices.pages.placing import place_choices, space_for
from citysquare.apps.devices.pages.testing import TooManyTests, not_too_often, one_of_few, searches, tested
from citysquare.engine.clock import SystemClock
from citysquare.engine.errors import EngineError
from citysquare.engine.sources import redact
from citysquare.engine.sources.onvif import Credentials, Device, Found, describe, discover
from citysquare.platform import audit
from citysquare.platform.doors import actor_of, guarded
from citysquare.platform.errors import DomainError
from citysquare.platform.names import LONGEST_NAME
from citysquare.platform.policy import Action, Actor, Subject

_searching = threading.BoundedSemaphore(1)
_LONGEST_ADDRESS = 300


def _searched(request: HttpRequest) -> dict[str, str]:
    if request.method != "POST":
        return {}
    # The one that was typed stands first: the log bounds what it takes, and the others are this machine's own.
    typed = request.POST.get("other", "").strip()
    return {"what": "search", "networks": ",".join(filter(None, dict.fromkeys([typed, *request.POST.getlist("networks")])))[:200]}


def _asked(request: HttpRequest) -> dict[str, str]:
    address = request.POST.get("address", "") or request.GET.get("address", "")
    return {"what": "onvif", "address": without_login(address)[:_LONGEST_ADDRESS]}


def _waiting(request: HttpRequest) -> dict[str, str]:
    """Return which device a set-up that waits is about, for the log."""
    match, actor = request.resolver_match, actor_of(request)
    draft_id = str(match.kwargs["draft_id"]) if match else ""
    try:
        kept = services.open_draft(organisation_id=actor.organisation, kind=SetupDraft.Kind.DEVICE, draft_id=draft_id, at=timezone.now())
    except services.SetupGone:
        return {"what": "found camera"}
    return {"what": "found camera", "address": str(kept["address"])[:_LONGEST_ADDRESS]}


@require_http_methods(["GET", "POST"])
@guarded(Action.CAMERA_TEST, details=_searched)
def device_search(request: HttpRequest) -> HttpResponse:
    """Look for cameras in chosen networks, and list them."""
    form = SearchForm(request.POST or None)
    found: list[dict[str, Any]] | None = None
    if request.method == "POST" and form.is_valid():
        try:
            found = _rows(_search(form, actor_of(request)), actor_of(request).organisation)
        except EngineError as error:
            form.add_error("other", in_words(error))
    return render(request, "devices/device_search.html", {"form": form, "found": found})


@require_http_methods(["GET", "POST"])
@guarded(Action.CAMERA_TEST, details=_asked)
@sensitive_post_parameters("password", "address")
def device_ask(request: HttpRequest) -> HttpResponse:
    """Ask a device what it is and what it streams, with the user and password that a person gives."""
    form = DeviceForm(request.POST or None, initial={"address": without_login(request.GET.get("address", ""))[:_LONGEST_ADDRESS]})
    trouble: dict[str, str] = {}
    if request.method == "POST" and form.is_valid():
        try:
            draft = _ask(form, actor_of(request), timezone.now())
        except EngineError as error:
            trouble = {"message": in_words(error), "advice": advice(error), "code": error.code}
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return redirect("camera-found", draft_id=draft.pk)
    return render(request, "devices/device_ask.html", {"form": form, "trouble": trouble})


@require_http_methods(["GET", "POST"])
@guarded(Action.CAMERA_ADD)
def camera_found(request: HttpRequest, draft_id: str) -> HttpResponse:
    """Choose a device's streams and its public space, and save it."""
    actor, at = actor_of(request), timezone.now()
    kept = services.open_draft(organisation_id=actor.organisation, kind=SetupDraft.Kind.DEVICE, draft_id=draft_id, at=at)
    form = FoundCameraForm(request.POST or None, kept=kept, spaces=place_choices(actor))
    if request.method == "POST" and form.is_valid():
        try:
            camera = _add(form, kept, actor, at)
        except DomainError as error:
            form.add_error("main" if isinstance(error, services.BadCameraAddress | services.CameraExists) else None, str(error))
        else:
            services.drop_draft(organisation_id=actor.organisation, draft_id=draft_id)
            subject = Subject("camera", camera.pk, actor.organisation)
            audit.record(actor=actor, action=Action.CAMERA_ADD, subject=subject, outcome="done", at=at)
            messages.success(request, _("%(camera)s was added. Recording begins.") % {"camera": camera.name})
            return redirect("camera-place", camera_id=camera.pk)
    context = {"form": form, "device": kept["device"], "clock": _clock_in_words(kept["device"]["clock_error"]), "draft_id": draft_id}
    return render(request, "devices/camera_found.html", context)


@require_POST
@guarded(Action.CAMERA_TEST, details=_waiting)
def camera_found_test(request: HttpRequest, draft_id: str) -> HttpResponse:
    """Show a picture of the streams chosen, or what is wrong."""
    actor = actor_of(request)
    kept = services.open_draft(organisation_id=actor.organisation, kind=SetupDraft.Kind.DEVICE, draft_id=draft_id, at=timezone.now())
    form = FoundCameraForm(request.POST, kept=kept, spaces=place_choices(actor))
    form.full_clean()
    results = [] if "main" in form.errors or "sub" in form.errors else tested(form.streams, actor)
    return render(request, "devices/_camera_test.html", {"results": results, "form": form})


def _search(form: SearchForm, actor: Actor) -> list[Found]:
    not_too_often(searches, actor)
    if not _searching.acquire(blocking=False):
        raise TooManyTests(gettext_lazy("Somebody is looking for cameras right now. Please try again in a moment."))
    try:
        return asyncio.run(discover(form.chosen, rule=services.address_rule()))
    finally:
        _searching.release()


def _rows(found: list[Found], organisation_id: str) -> list[dict[str, Any]]:
    known = queries.hosts_of(organisation_id)
    return [
        {
            "name": each.name or each.hardware or each.host,
            "hardware": each.hardware,
            "location": each.location,
            "host": each.host,
            "known": each.host in known,
            "url": f"{reverse('device-ask')}?{urlencode({'address': each.address})}",
        }
        for each in found
    ]


def _ask(form: DeviceForm, actor: Actor, at: datetime) -> SetupDraft:
    values = form.cleaned_data
    login = Credentials(values["user"], values["password"]) if values["user"] else None
    with one_of_few(actor):
        device = asyncio.run(describe(values["address"], login, rule=services.address_rule(), clock=SystemClock()))
    content = _content(device) | {"user": values["user"], "password": values["password"]}
    return services.keep_draft(organisation_id=actor.organisation, kind=SetupDraft.Kind.DEVICE, content=content, at=at)


def _content(device: Device) -> dict[str, Any]:
    turning = next((each.token for each in (device.main, *device.profiles) if each.ptz), "")
    return {
        "address": redact(device.address),
        "device": {
            "name": f"{device.manufacturer} {device.model}".strip()[:LONGEST_NAME],
            "manufacturer": device.manufacturer,
            "model": device.model,
            "firmware": device.firmware,
            "serial": device.serial,
            "clock_error": device.clock_error,
            "open": str(device.sign_in) == "none",
            "left_out": list(device.left_out),
            "notes": list(device.notes),
        },
        "profiles": [asdict(each) for each in device.profiles],
        "main": device.main.token,
        "sub": device.sub.token if device.sub else "",
        "ptz": turning,
    }


@transaction.atomic
def _add(form: FoundCameraForm, kept: dict[str, Any], actor: Actor, at: datetime) -> Camera:
    """Add the camera, and its space when that is new, or neither."""
    space_id, names = space_for(form, actor, at)
    camera = services.add_camera(
        organisation_id=actor.organisation, space_id=space_id, names=names, streams=form.streams, rule=services.address_rule(), at=at
    )
    return services.note_device(camera_id=camera.pk, onvif_address=kept["address"], ptz_profile=form.cleaned_data["ptz"])


def _clock_in_words(error: float | None) -> str:
    """Say how far the device's clock is off, where that is worth a word."""
    if error is None or abs(error) < 2:
        return ""
    seconds = round(abs(error))
    if error > 0:
        return _("Its clock is %(seconds)d s ahead. Set it to NTP; pictures are dated by our own clock anyway.") % {"seconds": seconds}
    return _("Its clock is %(seconds)d s behind. Set it to NTP; pictures are dated by our own clock anyway.") % {"seconds": seconds}
