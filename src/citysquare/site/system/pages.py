"""The administrator's page of the system, and what other programs ask: /metrics and /readyz."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_safe

from citysquare import __version__
from citysquare.apps.footage.presentation import size
from citysquare.apps.footage.queries import cause_in_words
from citysquare.engine.footage import SpaceReport, StreamStatus
from citysquare.engine.model import TICKS_PER_SECOND
from citysquare.platform.api import authenticate, take_turn_of
from citysquare.platform.doors import Door, NotSignedIn, actor_of, guarded, look_within, mark, open_to_all
from citysquare.platform.policy import Action, Subject
from citysquare.site.processes import STALE_SECONDS, ProcessNote
from citysquare.site.system.figures import CameraFigures, SystemFigures, gather, seen_by
from citysquare.site.system.forecast import CameraForecast, Forecast
from citysquare.site.system.health import state, state_of
from citysquare.site.system.metrics import exposition
from citysquare.site.system.troubles import Trouble, Weight, lasting, troubles

LOOK_SPAN = timedelta(minutes=10)
"""The page refreshes itself: one entry of the log stands for so long."""

SCRAPE_SPAN = timedelta(hours=1)
"""Programs ask every few seconds: one entry of the log stands for so long."""

MOST_SILENT = 10
"""Cameras without a picture on this page; the page of the cameras' health has them all."""

PROCESS_LABELS = {
    "supervisor": gettext_lazy("starts the others and starts them again"),
    "recorder": gettext_lazy("brings the cameras' pictures to disk"),
    "analysis": gettext_lazy("sees and counts what moves"),
    "web": gettext_lazy("pages, API and live pictures"),
    "simulator": gettext_lazy("plays the cameras of the sample town"),
}

WEIGHT_LABELS = {
    Weight.SERIOUS: gettext_lazy("Serious"),
    Weight.WARNING: gettext_lazy("Warning"),
    Weight.NOTICE: gettext_lazy("Notice"),
}
_TONES = {Weight.SERIOUS: "bad", Weight.WARNING: "care", Weight.NOTICE: ""}


@dataclass(frozen=True, slots=True)
class TroubleRow:
    """One thing that is wrong."""

    code: str
    label: str
    tone: str
    sentence: str
    advice: str
    url: str


@dataclass(frozen=True, slots=True)
class ProcessRow:
    """One process."""

    name: str
    what: str
    running: bool
    since: datetime
    restarts: int
    processor: str
    memory: str


@dataclass(frozen=True, slots=True)
class CameraRow:
    """What one camera costs."""

    name: str
    url: str
    state: str
    tone: str
    rate: str
    a_day: str
    share: str
    analysis: str
    behind: str


@dataclass(frozen=True, slots=True)
class SilenceRow:
    """A camera without a picture."""

    name: str
    url: str
    since: datetime
    cause: str


@dataclass(frozen=True, slots=True)
class Headline:
    """One figure above the tables."""

    label: str
    value: str
    hint: str


@require_GET
@guarded(Action.SYSTEM_VIEW, span=LOOK_SPAN)
def system(request: HttpRequest) -> HttpResponse:
    """Show what runs, what it costs and what is wrong; asked by htmx, only the part that changes."""
    figures = seen_by(gather(at=timezone.now()), actor_of(request).organisation)
    found = troubles(figures)
    context = {
        "version": __version__,
        "state": state_of(figures),
        "silent": silent_rows(figures)[:MOST_SILENT],
        "silent_count": len(figures.lasting),
        "troubles": [_trouble(trouble) for trouble in found],
        "headlines": headlines(figures),
        "processes": [_process(note) for note in _notes(figures)],
        "cameras": camera_rows(figures),
        "refreshed": figures.at,
    }
    fragment = bool(getattr(request, "htmx", False))
    return render(request, "site/_system.html" if fragment else "site/system.html", context)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Give the figures to Prometheus: a token with the scope `metrics:read`, or an administrator who is signed in.

    Raises NotSignedIn, BadToken, TooManyRequests, Refused, AuditUnavailable.
    """
    actor = authenticate(request)
    if actor is None:
        raise NotSignedIn(_("Send a token with the scope metrics:read as 'Authorization: Bearer cs_…'."))
    take_turn_of(actor)
    subject = Subject("system", "metrics", actor.organisation)
    look_within(actor=actor, action=Action.SYSTEM_VIEW, subject=subject, span=SCRAPE_SPAN, at=timezone.now(), details={"what": "metrics"})
    response = exposition(at=timezone.now(), organisation=actor.organisation)
    response["Cache-Control"] = "no-store"
    return response


mark(metrics, Door(Action.SYSTEM_VIEW))


@require_safe
@open_to_all("a load balancer must know whether to send people here; it tells one word and nothing of the cameras")
def ready(_request: HttpRequest) -> HttpResponse:
    """Answer `ok`, `degraded` (act today) or `failing` (footage is being lost, or the database is away; status 503)."""
    found = state(at=timezone.now())
    response = JsonResponse({"status": found}, status=503 if found == "failing" else 200)
    response["Cache-Control"] = "no-store"
    return response


def headlines(figures: SystemFigures) -> list[Headline]:
    """Return the figures that a person wants first."""
    recording = sum(camera.main is not None and camera.main.cause is None and camera.enabled for camera in figures.cameras)
    enabled = sum(camera.enabled for camera in figures.cameras)
    found = [Headline(_("Cameras recording"), f"{recording} / {enabled}", "")]
    if _notes(figures):
        cores = sum(note.cores for note in _notes(figures) if note.name != "simulator")
        hint = _("of %(count)d cores") % {"count": figures.machine.processors}
        found.append(Headline(_("Processor"), number_format(round(cores, 2), 2), hint))
        memory = sum(note.memory for note in _notes(figures) if note.name != "simulator")
        hint = _("of %(size)s") % {"size": size(figures.machine.memory)}
        found.append(Headline(_("Memory"), size(memory), hint))
    if figures.volume is not None:
        hint = _("of %(size)s it may take") % {"size": size(figures.volume.room)}
        found.append(Headline(_("Footage on disk"), size(figures.volume.used), hint))
    if figures.forecast is not None:
        found.append(_kept(figures.forecast))
    if figures.recorder is not None and figures.recorder.space is not None:
        found += _room(figures.recorder.space)
    return found


def _room(space: SpaceReport) -> list[Headline]:
    """Return what the recorder says of room."""
    found = []
    hours = space.hours_left_until_deletion
    if hours is not None:
        value = _("now") if hours <= 0 else lasting(hours / 24)
        found.append(Headline(_("Deleted early, in"), value, _("until want of room deletes footage that the retention would keep")))
    if space.held_bytes:
        found.append(Headline(_("Held for cases"), size(space.held_bytes), _("is never deleted while the hold lasts")))
    return found


def silent_rows(figures: SystemFigures) -> list[SilenceRow]:
    """Return the cameras that are switched on and without a picture, the longest first."""
    names = {camera.id: camera.name for camera in figures.cameras}
    return [
        SilenceRow(names[one.camera], reverse("camera-day", kwargs={"camera_id": one.camera}), one.since, cause_in_words(one.cause))
        for one in figures.lasting
        if one.camera in names
    ]


def _kept(forecast: Forecast) -> Headline:
    if forecast.days_kept is None:
        return Headline(_("Footage kept"), _("not known yet"), _("known once a camera has recorded for half a minute"))
    days = lasting(forecast.days_kept)
    if forecast.enough:
        return Headline(_("Footage kept"), days, _("as the retention asks; %(size)s a day") % {"size": size(forecast.bytes_a_day)})
    wanted = lasting(forecast.days_wanted)
    return Headline(
        _("Footage kept"),
        days,
        _("the retention asks for %(wanted)s; %(size)s a day") % {"wanted": wanted, "size": size(forecast.bytes_a_day)},
    )


def camera_rows(figures: SystemFigures) -> list[CameraRow]:
    """Return what each camera costs."""
    forecasts = {each.camera: each for each in figures.forecast.cameras} if figures.forecast else {}
    costs = {cost.camera: cost for cost in figures.analysis.cameras} if figures.analysis else {}
    rows = []
    for camera in figures.cameras:
        cost = costs.get(camera.id)
        behind = "" if cost is None or cost.through is None or figures.analysis is None else _seconds(figures.analysis.at - cost.through)
        a_picture = 1000 * cost.cpu_seconds / cost.pictures if cost and cost.pictures else None
        rows.append(_camera(camera, forecasts.get(camera.id), a_picture, behind))
    return rows


def _camera(camera: CameraFigures, forecast: CameraForecast | None, a_picture: float | None, behind: str) -> CameraRow:
    label, tone = _state(camera.main, enabled=camera.enabled)
    known = forecast is not None and forecast.bytes_a_day is not None
    return CameraRow(
        name=camera.name,
        url=reverse("camera", kwargs={"camera_id": camera.id}),
        state=label,
        tone=tone,
        rate=_("%(rate)s Mbit/s") % {"rate": number_format(round(camera.main.bits_per_second / 1e6, 2), 2)} if camera.main else "",
        a_day=size(forecast.bytes_a_day) if forecast and known and forecast.bytes_a_day is not None else "",
        share=f"{round(100 * forecast.share)} %" if forecast and known else "",
        analysis="" if a_picture is None else _("%(time)s ms a picture") % {"time": number_format(round(a_picture, 1), 1)},
        behind=behind,
    )


def _state(main: StreamStatus | None, *, enabled: bool) -> tuple[str, str]:
    if not enabled:
        return _("off"), ""
    if main is None:
        return _("not known"), ""
    return (_("recording"), "good") if main.cause is None else (_("no picture"), "bad")


def _trouble(trouble: Trouble) -> TroubleRow:
    url = reverse("camera", kwargs={"camera_id": trouble.camera}) if trouble.camera else ""
    return TroubleRow(trouble.code, str(WEIGHT_LABELS[trouble.weight]), _TONES[trouble.weight], trouble.sentence, trouble.advice, url)


def _notes(figures: SystemFigures) -> Sequence[ProcessNote]:
    report = figures.processes
    return report.processes if report is not None and figures.at.timestamp() - report.at <= STALE_SECONDS else ()


def _process(note: ProcessNote) -> ProcessRow:
    return ProcessRow(
        name=note.name,
        what=str(PROCESS_LABELS.get(note.name, "")),
        running=note.running,
        since=datetime.fromtimestamp(note.since, UTC),
        restarts=note.restarts,
        processor=_("%(cores)s cores") % {"cores": number_format(round(note.cores, 2), 2)},
        memory=size(note.memory),
    )


def _seconds(ticks: int) -> str:
    return _("%(seconds)s s") % {"seconds": number_format(round(max(0.0, ticks / TICKS_PER_SECOND), 1), 1)}
