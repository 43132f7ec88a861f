"""Pages of what was seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from citysquare.apps.devices import queries as devices
from citysquare.apps.observations import queries
from citysquare.apps.observations.forms import ObservationFilterForm
from citysquare.apps.observations.labels import CLASS_LABELS
from citysquare.apps.observations.models import Observation
from citysquare.engine.model import ObjectClass
from citysquare.platform.doors import actor_of, guarded, look, look_within, may
from citysquare.platform.policy import Action, Actor, Facts, Subject

NEWEST = 10
COUNT_SPAN = timedelta(minutes=10)
"""A camera's page asks for its counts again and again: one entry of the log stands for so long."""


@dataclass(frozen=True, slots=True)
class ObservationRow:
    """One observation in a list."""

    id: str
    camera_id: str
    camera_name: str
    camera_url: str
    object_class: str
    class_label: str
    first: datetime
    last: datetime
    seconds: str
    points: str


@dataclass(frozen=True, slots=True)
class ClassCount:
    """How many of a class."""

    object_class: str
    label: str
    hour: int
    day: int


@dataclass(frozen=True, slots=True)
class HourCount:
    """One bar of the day."""

    start: datetime
    label: str
    total: int
    height: str
    x: str
    width: str


def _camera(request: HttpRequest, *, camera_id: str) -> Subject:
    del request
    return devices.subject_of(camera_id)


@require_GET
@guarded(Action.OBSERVATIONS_COUNT)
def observations(request: HttpRequest) -> HttpResponse:
    """Show counts, and the list to whom the policy shows it."""
    actor = actor_of(request)
    at = timezone.now()
    names = {camera.pk: camera.name for camera in devices.cameras_of(actor.organisation)}
    form = ObservationFilterForm(request.GET, cameras=names.items())
    form.full_clean()
    values = form.cleaned_data  # the fields that are valid: a mistaken date must not show all cameras where one was asked for
    camera_id = values.get("camera", "")
    listed = may(actor, Action.OBSERVATIONS_LIST, actor.organisation)
    context: dict[str, Any] = {
        "form": form,
        "rows_allowed": listed.allowed,
        "rows_refusal": "" if listed.allowed else _(listed.reason),
        "counts": _counts(actor.organisation, camera_id, at),
        "hours": _hours(actor.organisation, camera_id, at),
        "rows": [],
        "older_url": "",
        "newest_url": "",
    }
    if listed.allowed:
        context |= _listed(request, actor, values, names, at)
    return render(request, "observations/observations.html", context)


@require_GET
@guarded(Action.OBSERVATIONS_COUNT, subject=_camera, span=COUNT_SPAN)
def observations_camera(request: HttpRequest, camera_id: str) -> HttpResponse:
    """Show a camera's counts and newest observations, for the camera's page."""
    actor = actor_of(request)
    at = timezone.now()
    camera = devices.required_camera(camera_id)
    rows: Iterable[Observation] = ()
    if may(actor, Action.OBSERVATIONS_LIST, camera.organisation_id).allowed:
        subject = Subject("camera", camera_id, camera.organisation_id)
        look_within(actor=actor, action=Action.OBSERVATIONS_LIST, subject=subject, span=COUNT_SPAN, at=at, details={"newest": NEWEST})
        rows = queries.observations(queries.Wanted(camera.organisation_id, camera_id))[:NEWEST]
    context = {
        "camera_id": camera_id,
        "counts": _counts(camera.organisation_id, camera_id, at),
        "hours": _hours(camera.organisation_id, camera_id, at),
        "rows": [_row(row, {camera_id: camera.name}) for row in rows],
        "all_url": f"{reverse('observations')}?{urlencode({'camera': camera_id})}",
    }
    return render(request, "observations/_camera.html", context)


def _listed(request: HttpRequest, actor: Actor, values: Mapping[str, Any], names: Mapping[str, str], at: datetime) -> dict[str, Any]:
    """Log the search, then return one page of the list. A search without a result is logged like any other."""
    query = {key: request.GET[key] for key in ("camera", "object_class", "since", "until") if values.get(key)}
    subject = Subject("organisation", actor.organisation, actor.organisation)
    look(actor=actor, action=Action.OBSERVATIONS_LIST, subject=subject, facts=Facts(), at=at, details=query)
    wanted = queries.Wanted(
        organisation_id=actor.organisation,
        camera_id=values.get("camera", ""),
        object_class=values.get("object_class", ""),
        since=values.get("since"),
        until=values.get("until"),
    )
    found = queries.observations(wanted)
    before = _place(request.GET.get("before", ""))
    if before is not None:
        found = queries.older_than(found, *before)
    page = list(found[: queries.PAGE + 1])
    shown = page[: queries.PAGE]
    path = reverse("observations")
    older = f"{shown[-1].first.isoformat()}~{shown[-1].pk}" if len(page) > queries.PAGE else ""
    return {
        "rows": [_row(row, names) for row in shown],
        "older_url": f"{path}?{urlencode({**query, 'before': older})}" if older else "",
        "newest_url": f"{path}?{urlencode(query)}" if before is not None else "",
    }


def _place(text: str) -> tuple[datetime, str] | None:
    """Return the place in the list that `before` names; whatever is not one is the beginning."""
    first, mark, observation_id = text[:120].partition("~")
    try:
        at = parse_datetime(first) if mark else None
    except ValueError:
        return None
    if at is None or at.tzinfo is None or "\0" in observation_id:  # PostgreSQL cannot even be asked for a text with NUL
        return None
    try:
        return at.astimezone(UTC), observation_id
    except OverflowError:  # at either end of the calendar UTC has no such time
        return None


def _counts(organisation_id: str, camera_id: str, at: datetime) -> list[ClassCount]:
    found = queries.counts(organisation_id=organisation_id, at=at, camera_id=camera_id)
    return [ClassCount(count.object_class, str(CLASS_LABELS[count.object_class]), count.hour, count.day) for count in found]


def _hours(organisation_id: str, camera_id: str, at: datetime) -> list[HourCount]:
    hours = queries.hourly(organisation_id=organisation_id, at=at, camera_id=camera_id)
    most = max((total for _start, total in hours), default=0) or 1
    width = 100 / len(hours)
    return [
        HourCount(start, f"{timezone.localtime(start):%H:%M}", total, f"{100 * total / most:.2f}", f"{index * width:.4f}", f"{width:.4f}")
        for index, (start, total) in enumerate(hours)
    ]


def _row(row: Observation, names: Mapping[str, str]) -> ObservationRow:
    return ObservationRow(
        id=row.pk,
        camera_id=row.camera_id,
        camera_name=names.get(row.camera_id, row.camera_id),
        camera_url=reverse("camera", kwargs={"camera_id": row.camera_id}),
        object_class=row.object_class,
        class_label=str(CLASS_LABELS[ObjectClass(row.object_class)]),
        first=row.first,
        last=row.last,
        seconds=number_format(round((row.last - row.first).total_seconds(), 1), 1),
        points=" ".join(f"{100 * x:.2f},{100 * y:.2f}" for x, y in row.path),
    )
