"""The map of the city: spaces, zones, cameras and what they do, for the eye and as a list. A live look begins only over the socket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from citysquare.apps.devices import queries as devices
from citysquare.apps.footage import presentation, queries
from citysquare.apps.footage.pages.looking import SOCKET, configured, refusal_of, subject_of_camera
from citysquare.apps.spaces import queries as spaces
from citysquare.engine.model import StreamKind
from citysquare.platform.doors import actor_of, guarded, look_within, may
from citysquare.platform.policy import Action, Actor, Subject, covered

MAP_SPAN = timedelta(minutes=10)
"""The map asks for its state every few seconds: one entry of the log stands for so long."""
POLL_SECONDS = 5
LONGEST_SEARCH = 100
STATES = {
    "recording": gettext_lazy("Recording"),
    "gap": gettext_lazy("No picture"),
    "waiting": gettext_lazy("Waiting for the recorder"),
    "off": gettext_lazy("Switched off"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One camera in the list beside the map."""

    id: str
    name: str
    url: str
    state: str
    label: str
    seen: int | None
    """How many things were seen in the last hour; None: not for this person, or not known."""
    placed: bool
    place_url: str


@dataclass(slots=True)
class Group:
    """The cameras of one space."""

    id: str
    name: str
    url: str
    on_map: bool
    rows: list[Row] = field(default_factory=list)


@require_GET
@guarded(Action.SPACE_LIST)
def city_map(request: HttpRequest) -> HttpResponse:
    """Show the map and the same as a list, which a search narrows with or without JavaScript."""
    actor = actor_of(request)
    search = " ".join(request.GET.get("q", "").split())[:LONGEST_SEARCH]
    state = request.GET.get("state", "") if request.GET.get("state") in STATES else ""
    groups = _groups(actor, at=timezone.now())
    rows = [row for group in groups for row in group.rows]
    context = {
        "groups": _narrowed(groups, search.casefold(), state),
        "cameras": len(rows),
        "placed": sum(row.placed for row in rows),
        "spaces": len(groups),
        "search": search,
        "state": state,
        "states": STATES,
        "poll_seconds": POLL_SECONDS,
        "may_add": may(actor, Action.CAMERA_ADD, actor.organisation).allowed,
        "may_draw": may(actor, Action.SPACE_CHANGE, actor.organisation).allowed,
        "live_config": {"socket": SOCKET, "tiles": []},
    }
    return render(request, "footage/map.html", context)


@require_GET
@guarded(Action.SPACE_LIST, span=MAP_SPAN)
def map_features(request: HttpRequest) -> HttpResponse:
    """Answer spaces, zones, and placed cameras with their views and states, as one GeoJSON FeatureCollection."""
    actor = actor_of(request)
    features: list[dict[str, Any]] = spaces.map_features(actor)["features"]
    if may(actor, Action.COVERAGE_VIEW, actor.organisation).allowed:
        states = _states(actor, at=timezone.now())
        for feature in devices.map_features(actor)["features"]:
            status = states.get(feature["properties"]["id"])
            if status is not None:
                feature["properties"] |= {"state": status.state, "label": status.label}
            features.append(feature)
    return JsonResponse({"type": "FeatureCollection", "features": features}, content_type="application/geo+json")


@require_GET
@guarded(Action.COVERAGE_VIEW, span=MAP_SPAN)
def map_status(request: HttpRequest) -> HttpResponse:
    """Answer what each camera is doing and how much it saw in the last hour, for a map that asks again and again."""
    actor = actor_of(request)
    at = timezone.now()
    seen = _seen(actor, at)
    cameras = {
        camera: {"state": status.state, "label": status.label, "seen": _count_label(seen.get(camera, 0) if seen is not None else None)}
        for camera, status in _states(actor, at=at).items()
    }
    return JsonResponse({"cameras": cameras})


@require_GET
@guarded(Action.COVERAGE_VIEW, subject=subject_of_camera, span=MAP_SPAN)
def map_camera(request: HttpRequest, camera_id: str) -> HttpResponse:
    """Show one camera in the panel beside the map: its state, and a tile for the live picture for whom the policy lets look."""
    actor = actor_of(request)
    at = timezone.now()
    found = devices.required_camera(camera_id)
    report = queries.reported(at=at)
    streams = report.of(camera_id)
    live = may(actor, Action.LIVE_VIEW, found.organisation_id, place=devices.subject_of(camera_id))
    order = (StreamKind.SUB, StreamKind.MAIN) if found.sub_url else (StreamKind.MAIN,)
    seen = _seen(actor, at)
    context = {
        "camera": found,
        "status": presentation.status_of(streams, enabled=found.enabled, fresh=report.fresh),
        "seen": _count_label(seen.get(camera_id, 0) if seen is not None else None),
        "live_allowed": live.allowed and found.enabled,
        "live_refusal": "" if live.allowed else refusal_of(live),
        "tile": configured(1, found.pk, found.name, order, streams),
    }
    return render(request, "footage/_map_camera.html", context)


def _groups(actor: Actor, *, at: datetime) -> list[Group]:
    groups = {
        space.pk: Group(space.pk, space.name, reverse("space", kwargs={"space_id": space.pk}), on_map=bool(space.boundary))
        for space in spaces.spaces_seen(actor)
    }
    seen = _seen(actor, at)
    states = _states(actor, at=at)
    may_place = may(actor, Action.CAMERA_CHANGE, actor.organisation).allowed
    for camera in devices.cameras_seen(actor, Action.COVERAGE_VIEW):
        status = states[camera.pk]
        row = Row(
            id=camera.pk,
            name=camera.name,
            url=reverse("camera", kwargs={"camera_id": camera.pk}),
            state=status.state,
            label=status.label,
            seen=seen.get(camera.pk, 0) if seen is not None else None,
            placed=devices.view_of(camera) is not None,
            place_url=reverse("camera-place", kwargs={"camera_id": camera.pk}) if may_place else "",
        )
        if camera.space_id not in groups:  # rights at a camera alone do not open the whole space
            groups[camera.space_id] = Group(camera.space_id, camera.space.name, "", on_map=False)
        groups[camera.space_id].rows.append(row)
    return sorted(groups.values(), key=lambda group: group.name.casefold())


def _narrowed(groups: list[Group], search: str, state: str) -> list[Group]:
    """Keep the cameras that fit; a search that names a space keeps all of its cameras."""
    if not search and not state:
        return groups
    kept = []
    for group in groups:
        rows = [row for row in group.rows if search in f"{row.name} {group.name}".casefold() and state in {"", row.state}]
        if rows or (not state and search in group.name.casefold()):
            kept.append(Group(group.id, group.name, group.url, group.on_map, rows))
    return kept


def _states(actor: Actor, *, at: datetime) -> dict[str, presentation.Status]:
    report = queries.reported(at=at)
    return {
        camera.pk: presentation.status_of(report.of(camera.pk), enabled=camera.enabled, fresh=report.fresh)
        for camera in devices.cameras_seen(actor, Action.COVERAGE_VIEW)
    }


def _seen(actor: Actor, at: datetime) -> Mapping[str, int] | None:
    """Return how much each camera saw in the last hour, for whom the policy lets count; that they looked stands in the log."""
    if not may(actor, Action.OBSERVATIONS_COUNT, actor.organisation).allowed:
        return None
    subject = Subject("organisation", actor.organisation, actor.organisation)
    look_within(actor=actor, action=Action.OBSERVATIONS_COUNT, subject=subject, span=MAP_SPAN, at=at, details={"what": "map"})
    counted = queries.seen_last_hour(organisation_id=actor.organisation, at=at)
    if counted is None or covered(actor, Action.OBSERVATIONS_COUNT).everything:
        return counted
    mine = set(devices.cameras_seen(actor, Action.OBSERVATIONS_COUNT).values_list("pk", flat=True))
    return {camera: number for camera, number in counted.items() if camera in mine}


def _count_label(seen: int | None) -> str:
    return "" if seen is None else _("%(count)d in the last hour") % {"count": seen}
