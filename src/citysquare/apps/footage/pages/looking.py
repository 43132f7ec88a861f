"""Pages of looking: the wall, one camera, its state. The pictures themselves travel over the site's socket, which asks again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from citysquare.apps.devices import queries as devices
from citysquare.apps.footage import clock, keeping, presentation, queries
from citysquare.apps.footage.queries.permitted import permitted
from citysquare.engine.footage import StreamStatus
from citysquare.engine.model import StreamKind
from citysquare.platform.doors import actor_of, guarded, may
from citysquare.platform.policy import Action, Decision, Effect, Subject

if TYPE_CHECKING:
    from citysquare.apps.devices.models import Camera as Device

EVENTS = 6
HEALTH_SPAN = timedelta(days=3)
"""What happened to a camera so recently stands on its page; its days have the rest."""
TILES = 16
"""As many as a browser plays at once without trouble."""
SOCKET = "/live/"
STATUS_SPAN = timedelta(minutes=10)
"""A camera's page asks for its state every few seconds: one entry of the log stands for so long."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One camera on the wall."""

    number: int
    camera: str
    name: str
    space: str
    url: str
    state: str
    label: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Camera:
    """One camera on its page."""

    id: str
    name: str
    space: str
    latitude: str
    longitude: str
    enabled: bool
    has_sub: bool


def subject_of_camera(request: HttpRequest, *, camera_id: str) -> Subject:
    """Find the camera that a page is about."""
    del request
    return devices.subject_of(camera_id)


@require_GET
@guarded(Action.LIVE_VIEW)
def wall(request: HttpRequest) -> HttpResponse:
    """Show the organisation's cameras, then those of others that an authorisation opens, sixteen a page."""
    actor = actor_of(request)
    at = timezone.now()
    own = devices.cameras_seen(actor, Action.LIVE_VIEW).filter(enabled=True)
    others = {one.camera: one.by for one in permitted(actor=actor, action=Action.LIVE_VIEW, at=at) if one.camera.enabled}
    page = Paginator([*own, *others] if others else own, TILES).get_page(request.GET.get("page", "1")[:6])
    report = queries.reported(at=at)
    tiles, wanted = [], []
    for number, camera in enumerate(page.object_list, start=1):
        streams = report.of(camera.pk)
        status = presentation.status_of(streams, enabled=True, fresh=report.fresh)
        opened = {"authorisation_id": others[camera]} if camera in others else None  # the camera's own page is the owner's
        url = reverse("authorisation", kwargs=opened) if opened else reverse("camera", kwargs={"camera_id": camera.pk})
        tiles.append(Tile(number, camera.pk, camera.name, camera.space.name, url, status.state, status.label, status.since))
        order = (StreamKind.SUB, StreamKind.MAIN) if camera.sub_url else (StreamKind.MAIN,)
        wanted.append(configured(number, camera.pk, camera.name, order, streams))
    context = {
        "tiles": tiles,
        "live_config": {"socket": SOCKET, "tiles": wanted},
        "pages": list(page.paginator.page_range),
        "page_number": page.number,
        "may_add": may(actor, Action.CAMERA_ADD, actor.organisation).allowed,
    }
    return render(request, "footage/wall.html", context)


@require_GET
@guarded(Action.COVERAGE_VIEW, subject=subject_of_camera)
def camera(request: HttpRequest, camera_id: str) -> HttpResponse:
    """Show one camera: live for whom the policy lets look, its state and its last day."""
    actor = actor_of(request)
    at = timezone.now()
    found = devices.required_camera(camera_id)
    place = devices.subject_of(camera_id)
    live = may(actor, Action.LIVE_VIEW, found.organisation_id, place=place)
    streams = queries.reported(at=at).of(camera_id)
    order = (StreamKind.MAIN, StreamKind.SUB) if found.sub_url else (StreamKind.MAIN,)
    tiles = [configured(1, found.pk, found.name, order, streams)]
    context = {
        **_state(found, at),
        "may_replay": may(actor, Action.REPLAY_VIEW, found.organisation_id, place=place).allowed,
        "live_allowed": live.allowed,
        "live_refusal": "" if live.allowed else refusal_of(live),
        "live_config": {"socket": SOCKET, "tiles": tiles} if live.allowed else {},
        "may_see_observations": may(actor, Action.OBSERVATIONS_COUNT, found.organisation_id, place=place).allowed,
        "may_manage": may(actor, Action.CAMERA_CHANGE, found.organisation_id).allowed,
        "events": list(queries.health_of(camera_id=camera_id, since=at - HEALTH_SPAN, until=at))[-EVENTS:][::-1],
        "keeping": keeping.keeping(),
        "clock": clock.in_words(clock.of_camera(camera_id, streams, at=at)),
    }
    return render(request, "footage/camera.html", context)


@require_GET
@guarded(Action.COVERAGE_VIEW, subject=subject_of_camera, span=STATUS_SPAN)
def camera_status(request: HttpRequest, camera_id: str) -> HttpResponse:
    """Show a camera's state and its last day, for a page that asks again and again."""
    return render(request, "footage/_camera_status.html", _state(devices.required_camera(camera_id), timezone.now()))


def _state(found: Device, at: datetime) -> dict[str, Any]:
    report = queries.reported(at=at)
    shown = Camera(
        id=found.pk,
        name=found.name,
        space=found.space.name,
        latitude=_degrees(found.space.latitude),
        longitude=_degrees(found.space.longitude),
        enabled=found.enabled,
        has_sub=bool(found.sub_url),
    )
    return {
        "camera": shown,
        "status": presentation.status_of(report.of(found.pk), enabled=found.enabled, fresh=report.fresh),
        "bar": presentation.day_bar(queries.captured_day(camera_id=found.pk, at=at), at=at),
    }


def configured(number: int, camera_id: str, name: str, order: Sequence[StreamKind], streams: Sequence[StreamStatus]) -> dict[str, Any]:
    """Return what the browser needs to choose a stream it can play; without a report yet it learns the codec with the pictures."""
    known = {stream.key.kind: stream for stream in streams}
    offered = []
    for kind in order:
        stream = known.get(kind)
        offered.append(
            {
                "stream": str(kind),
                "codec": stream.codec_string or "" if stream else "",
                "width": stream.width or 0 if stream else 0,
                "height": stream.height or 0 if stream else 0,
            }
        )
    return {"tile": number, "camera": camera_id, "name": name, "streams": offered}


def refusal_of(decision: Decision) -> str:
    """Return why there is no live picture for this person."""
    if decision.effect is Effect.REDACT:
        return _("You may see this only with faces and plates blurred, and that picture is not available yet.")
    return _(decision.reason)


def _degrees(value: float | None) -> str:
    return "" if value is None else f"{value:.5f}"
