"""Pages of what was seen."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from citysquare.apps.devices import queries as devices
from citysquare.apps.observations import charts, exports, queries
from citysquare.apps.observations.directions import Direction
from citysquare.apps.observations.forms import ChartForm, ObservationFilterForm
from citysquare.apps.observations.labels import CLASS_LABELS, DIRECTION_LABELS
from citysquare.apps.observations.models import Observation
from citysquare.apps.spaces import queries as spaces
from citysquare.engine.model import ObjectClass
from citysquare.platform import audit
from citysquare.platform.doors import actor_of, guarded, look, look_within, may
from citysquare.platform.policy import Action, Actor, Facts, Subject, covered
from citysquare.platform.streaming import streamed

_log = logging.getLogger(__name__)

NEWEST = 10
COUNT_SPAN = timedelta(minutes=10)
"""A camera's page asks for its counts again and again: one entry of the log stands for so long."""
FILTERS = ("space", "camera", "object_class", "direction", "since", "until")
ONE_DAY = timedelta(days=1)
EARLIEST, LATEST = date(2000, 1, 1), date(2999, 12, 31)
"""Days outside are not drawn."""


@dataclass(frozen=True, slots=True)
class ObservationRow:
    """One observation in a list."""

    id: str
    camera_id: str
    camera_name: str
    camera_url: str
    object_class: str
    class_label: str
    direction_label: str
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
class HourBar:
    """One bar of a camera's last day."""

    start: datetime
    label: str
    total: int
    height: str
    x: str
    width: str


@dataclass(frozen=True, slots=True)
class _Question:
    """What a request asks for."""

    form: ObservationFilterForm
    wanted: queries.Wanted
    query: dict[str, str]
    """The filters that are valid, as they stand in addresses and in the log."""
    cameras: dict[str, str]
    """Names by identifier, as are the spaces'."""
    spaces: dict[str, str]


def _camera(request: HttpRequest, *, camera_id: str) -> Subject:
    del request
    return devices.subject_of(camera_id)


def _question(request: HttpRequest, actor: Actor, action: Action) -> _Question:
    """Read the filters. Only those that are valid count: a mistaken date must not show all cameras where one was asked for."""
    cameras = {camera.pk: camera.name for camera in devices.cameras_seen(actor)}
    places = {space.pk: space.name for space in spaces.spaces_seen(actor)}
    form = ObservationFilterForm(request.GET, cameras=cameras.items(), spaces=places.items())
    form.full_clean()
    values = form.cleaned_data
    wanted = queries.Wanted(
        organisation_id=actor.organisation,
        coverage=covered(actor, action),
        camera_id=values.get("camera", ""),
        space_id=values.get("space", ""),
        object_class=values.get("object_class", ""),
        direction=form.way(),
        since=values.get("since"),
        until=values.get("until"),
    )
    query = {key: request.GET[key] for key in FILTERS if values.get(key)}
    return _Question(form, wanted, query, cameras, places)


@require_GET
@guarded(Action.OBSERVATIONS_COUNT)
def observations(request: HttpRequest) -> HttpResponse:
    """Show a day's counts, and the list to whom the policy shows it."""
    actor = actor_of(request)
    at = timezone.now()
    question = _question(request, actor, Action.OBSERVATIONS_COUNT)
    listed = may(actor, Action.OBSERVATIONS_LIST, actor.organisation)
    context: dict[str, Any] = {
        "form": question.form,
        "rows_allowed": listed.allowed,
        "rows_refusal": "" if listed.allowed else _(listed.reason),
        "rows": [],
        "older_url": "",
        "newest_url": "",
        "filtered": bool(question.query),
        "query": question.query,
    }
    context |= _charted(request, question, at)
    if listed.allowed:
        context |= _listed(request, actor, question, at)
    return render(request, "observations/observations.html", context)


@require_GET
@guarded(Action.OBSERVATIONS_COUNT, subject=_camera, span=COUNT_SPAN)
def observations_camera(request: HttpRequest, camera_id: str) -> HttpResponse:
    """Show a camera's counts and newest observations, for the camera's page."""
    actor = actor_of(request)
    at = timezone.now()
    camera = devices.required_camera(camera_id)
    rows: Iterable[Observation] = ()
    subject = devices.subject_of(camera_id)
    if may(actor, Action.OBSERVATIONS_LIST, camera.organisation_id, place=subject).allowed:
        look_within(actor=actor, action=Action.OBSERVATIONS_LIST, subject=subject, span=COUNT_SPAN, at=at, details={"newest": NEWEST})
        rows = queries.page(queries.Wanted(camera.organisation_id, covered(actor, Action.OBSERVATIONS_LIST), camera_id), limit=NEWEST)
    counted = queries.counts(camera_id=camera_id, at=at)
    context = {
        "camera_id": camera_id,
        "counts": [ClassCount(one.object_class, str(CLASS_LABELS[one.object_class]), one.hour, one.day) for one in counted],
        "hours": _hours(camera_id, at),
        "rows": [_row(row, {camera_id: camera.name}) for row in rows],
        "all_url": f"{reverse('observations')}?{urlencode({'camera': camera_id})}",
    }
    return render(request, "observations/_camera.html", context)


def _asked(request: HttpRequest) -> dict[str, str]:
    """Return the filters as they were sent, for the log."""
    return {key: request.GET[key].replace("\0", "") for key in FILTERS if request.GET.get(key)}


@require_GET
@guarded(Action.OBSERVATIONS_EXPORT, details=_asked)
def observations_csv(request: HttpRequest) -> HttpResponseBase:
    """Send what the list shows as a file. The log has who asked for what before the first row leaves, and how many left at the end."""
    actor = actor_of(request)
    at = timezone.now()
    question = _question(request, actor, Action.OBSERVATIONS_EXPORT)
    if question.form.errors:  # the page says which; a file of everything instead would not be what was asked for, nor what the log says
        return redirect(_url(_asked(request)))
    progress = exports.Progress()
    file = exports.lines(
        exports.rows_of(question.wanted),
        cameras=question.cameras,
        spaces=question.spaces,
        bom=request.GET.get("bom") == "1",
        progress=progress,
    )
    response = streamed(request, _noted(file, actor, question.query, progress), "text/csv; charset=utf-8; header=present")
    name = f"observations-{timezone.localtime(at):%Y-%m-%d-%H%M%S}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["X-Row-Limit"] = str(exports.MOST_ROWS)
    return response


def _noted(file: Iterator[bytes], actor: Actor, query: Mapping[str, str], progress: exports.Progress) -> Iterator[bytes]:
    """Pass the file on; when it has ended, however it ended, log how many rows were sent."""
    try:
        yield from file
    finally:
        subject = Subject("organisation", actor.organisation, actor.organisation)
        details: dict[str, str | int] = {**query, "rows": progress.rows, "complete": int(progress.complete)}
        try:
            audit.record(
                actor=actor, action=Action.OBSERVATIONS_EXPORT, subject=subject, outcome="ended", at=timezone.now(), details=details
            )
        except audit.AuditUnavailable:  # that it was asked for stands in the log since before the first row
            _log.error("the log has no entry of how many rows an export held: %d", progress.rows)


def _charted(request: HttpRequest, question: _Question, at: datetime) -> dict[str, Any]:
    """Return one local day's chart: the day asked for, else the one the list begins with, else today."""
    form = ChartForm(request.GET)
    form.full_clean()
    since: datetime | None = question.wanted.since
    today = timezone.localdate(at)
    day: date = form.cleaned_data.get("day") or (timezone.localdate(since) if since else today)
    day = min(max(day, EARLIEST), LATEST)
    by: str = form.cleaned_data.get("by") or "direction"
    start, end = charts.bounds(day)
    place = question.wanted
    rows = queries.counted(replace(place, since=start, until=end), by=by)
    shown = charts.chart(rows, day, by)
    kept = {key: value for key, value in question.query.items() if key not in {"since", "until"}}
    return {
        "chart_form": ChartForm({"day": day, "by": by}),
        "chart": shown,
        "day": day,
        "is_today": day == today,
        "hours_url": f"{reverse('observations')}?{urlencode({**kept, 'by': by})}&",
        "previous_url": _url(question.query, day=day - ONE_DAY, by=by) if day > EARLIEST else "",
        "next_url": _url(question.query, day=day + ONE_DAY, by=by) if day < min(today, LATEST) else "",
    }


def _url(query: Mapping[str, str], *, route: str = "observations", **more: object) -> str:
    values = {**query, **{key: str(value) for key, value in more.items()}}
    return f"{reverse(route)}?{urlencode(values)}" if values else reverse(route)


def _listed(request: HttpRequest, actor: Actor, question: _Question, at: datetime) -> dict[str, Any]:
    """Log the search, then return one page of the list and log how many it found, none too (LED Art. 25)."""
    query = question.query
    subject = Subject("organisation", actor.organisation, actor.organisation)
    look(actor=actor, action=Action.OBSERVATIONS_LIST, subject=subject, facts=Facts(), at=at, details=query)
    before = _place(request.GET.get("before", ""))
    wanted = replace(question.wanted, coverage=covered(actor, Action.OBSERVATIONS_LIST))
    page = queries.page(wanted, limit=queries.PAGE + 1, before=before)
    shown = page[: queries.PAGE]
    found: audit.Details = {**query, "results": len(shown)}
    audit.record(actor=actor, action=Action.OBSERVATIONS_LIST, subject=subject, outcome="found", at=timezone.now(), details=found)
    kept = {key: request.GET[key] for key in ("day", "by") if len(request.GET.get(key, "")) in range(1, 20)}
    older = f"{shown[-1].first.isoformat()}~{shown[-1].pk}" if len(page) > queries.PAGE else ""
    return {
        "rows": [_row(row, question.cameras) for row in shown],
        "older_url": _url({**query, **kept}, before=older) if older else "",
        "newest_url": _url({**query, **kept}) if before is not None else "",
        "csv_url": _url(query, route="observations-csv"),
        "excel_url": _url(query, route="observations-csv", bom=1),
        "row_limit": number_format(exports.MOST_ROWS, force_grouping=True),
    }


def _place(text: str) -> queries.Place | None:
    """Return the place in the list that `before` names; whatever is not one is the beginning."""
    first, mark, observation_id = text[:120].partition("~")
    try:
        at = parse_datetime(first) if mark else None
    except ValueError:
        return None
    if at is None or at.tzinfo is None or "\0" in observation_id:  # PostgreSQL cannot even be asked for a text with NUL
        return None
    try:
        return queries.Place(at.astimezone(UTC), observation_id)
    except OverflowError:  # at either end of the calendar UTC has no such time
        return None


def _hours(camera_id: str, at: datetime) -> list[HourBar]:
    hours = queries.hourly(camera_id=camera_id, at=at)
    most = max((total for _start, total in hours), default=0) or 1
    width = 100 / len(hours)
    return [
        HourBar(start, f"{timezone.localtime(start):%H:%M}", total, f"{100 * total / most:.2f}", f"{index * width:.4f}", f"{width:.4f}")
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
        direction_label=str(DIRECTION_LABELS[Direction(row.direction)]),
        first=row.first,
        last=row.last,
        seconds=number_format(round((row.last - row.first).total_seconds(), 1), 1),
        points=" ".join(f"{100 * x:.2f},{100 * y:.2f}" for x, y in row.path),
    )
