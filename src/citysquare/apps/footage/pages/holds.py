"""Pages of holds: what is kept beyond its retention, for which case, until when, and whether the node has it. Pictures are not shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from citysquare.apps.devices import queries as devices
from citysquare.apps.footage import day, queries, services
from citysquare.apps.footage.forms import ExtendForm, HoldFilterForm, HoldForm, LiftForm
from citysquare.apps.footage.labels import Words
from citysquare.apps.footage.models import Hold
from citysquare.apps.footage.presentation import page_links, size
from citysquare.engine.footage import Acknowledgement
from citysquare.platform import audit
from citysquare.platform.audit.chain import Details
from citysquare.platform.doors import actor_of, guarded, may
from citysquare.platform.errors import DomainError
from citysquare.platform.policy import Action, Actor, Subject

HOLDS = 50
"""Rows a page."""
MISSING_SHOWN = 20
USUAL = timedelta(days=30)
"""How long a hold lasts when nobody says otherwise."""


@dataclass(frozen=True, slots=True)
class HoldRow:
    """One hold as a page shows it."""

    id: str
    url: str
    case: str
    reason: str
    camera_name: str
    camera_url: str
    start: datetime
    end: datetime
    last_day: date
    placed_by: str
    placed_at: datetime
    acknowledged_at: datetime | None
    lifted_by: str
    lifted_at: datetime | None
    lifted_because: str
    state: str
    """waiting, silent, acknowledged, incomplete, over or lifted."""
    label: str
    tone: str
    sentence: str
    size: str
    missing: list[tuple[datetime, datetime, str]]
    missing_more: int

    @property
    def in_force(self) -> bool:
        """Whether it can still be extended or lifted."""
        return self.state not in {"over", "lifted"}


def _which(request: HttpRequest) -> Details:
    """Return which hold somebody asked for, for the log."""
    match = request.resolver_match
    return {"hold": str(match.kwargs["hold_id"])} if match and "hold_id" in match.kwargs else {}


def _place(request: HttpRequest, *, hold_id: str) -> Subject:
    """Return where a hold's camera stands, so that rights that are limited to places count; nowhere, if there is no such hold."""
    owner = actor_of(request).organisation
    found = queries.holds_of(owner).filter(pk=hold_id).first()
    if found is None:
        return Subject("organisation", owner, owner)
    return Subject("organisation", owner, owner, space=found.camera.space_id, camera=found.camera_id)


@require_GET
@guarded(Action.HOLD_LIST)
def holds(request: HttpRequest) -> HttpResponse:
    """List the organisation's holds, newest first."""
    actor, at = actor_of(request), timezone.now()
    form = HoldFilterForm(request.GET, cameras=_cameras(actor, Action.HOLD_LIST))
    form.full_clean()
    show, camera = form.cleaned_data.get("show", ""), form.cleaned_data.get("camera", "")
    found = queries.holds_seen(actor)
    if show != "all":
        over = Q(lifted_at__isnull=False) | Q(until__lte=at)
        found = found.filter(over if show == "over" else ~over)
    if camera:
        found = found.filter(camera_id=camera)
    page = Paginator(found, HOLDS).get_page(request.GET.get("page", "1")[:6])
    said = queries.acknowledgements(at=at)
    rows = [hold_row(one, said, at) for one in page.object_list]
    context = {
        "form": form,
        "holds": rows,
        "pages": page_links(page, reverse("holds"), {key: value for key, value in (("show", show), ("camera", camera)) if value}),
        "count": page.paginator.count,
        "filtered": bool(show or camera),
        "may_place": may(actor, Action.HOLD_PLACE, actor.organisation).allowed,
        "node_silent": not said.fresh and any(row.in_force and row.state != "waiting" for row in rows),
    }
    return render(request, "footage/holds.html", context)


@require_GET
@guarded(Action.HOLD_LIST, subject=_place, details=_which)
def hold(request: HttpRequest, hold_id: str) -> HttpResponse:
    """Show one hold: what it keeps, what of that is there, and who decided it."""
    found = queries.hold(hold_id, organisation_id=actor_of(request).organisation)
    return _one(request, found, ExtendForm(initial={"until": _last_day(found)}), LiftForm())


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(Action.HOLD_PLACE)
def hold_place(request: HttpRequest) -> HttpResponse:
    """Ask for a hold, and place it."""
    actor, at = actor_of(request), timezone.now()
    cameras = _cameras(actor, Action.HOLD_PLACE)
    if request.method != "POST":
        return render(request, "footage/hold_place.html", {"form": HoldForm(cameras=cameras, initial=_proposed(request, at))})
    form = HoldForm(request.POST, cameras=cameras)
    if form.is_valid():
        values = form.cleaned_data
        wish = services.HoldWish(values["camera"], values["case"], values["reason"], values["start"], values["end"], values["until"])
        try:
            placed = services.place_hold(wish=wish, organisation_id=actor.organisation, placed_by=actor.id, at=at)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            _note(actor, Action.HOLD_PLACE, placed, at)
            messages.success(request, _("The hold is placed. It counts once the recorder has acknowledged it, which takes some seconds."))
            return redirect("hold", hold_id=placed.pk)
    return render(request, "footage/hold_place.html", {"form": form})


@require_POST
@guarded(Action.HOLD_EXTEND, subject=_place, details=_which)
def hold_extend(request: HttpRequest, hold_id: str) -> HttpResponse:
    """Let a hold end on another day."""
    actor, at = actor_of(request), timezone.now()
    found = queries.hold(hold_id, organisation_id=actor.organisation)
    form = ExtendForm(request.POST)
    if form.is_valid():
        try:
            found = services.extend_hold(hold_id=found.pk, organisation_id=actor.organisation, until=form.cleaned_data["until"], at=at)
        except services.BadHold as error:
            form.add_error("until", str(error))
        else:
            _note(actor, Action.HOLD_EXTEND, found, at)
            messages.success(request, _("The hold now lasts until the end of %(day)s.") % {"day": f"{_last_day(found):%Y-%m-%d}"})
            return redirect("hold", hold_id=found.pk)
    return _one(request, found, form, LiftForm())


@require_POST
@guarded(Action.HOLD_LIFT, subject=_place, details=_which)
def hold_lift(request: HttpRequest, hold_id: str) -> HttpResponse:
    """End a hold now."""
    actor, at = actor_of(request), timezone.now()
    found = queries.hold(hold_id, organisation_id=actor.organisation)
    form = LiftForm(request.POST)
    if form.is_valid():
        try:
            because = form.cleaned_data["because"]
            found = services.lift_hold(hold_id=found.pk, organisation_id=actor.organisation, because=because, lifted_by=actor.id, at=at)
        except services.BadHold as error:
            form.add_error("because", str(error))
        else:
            _note(actor, Action.HOLD_LIFT, found, at)
            messages.success(request, _("The hold is lifted. Its footage is deleted as if it had never been held."))
            return redirect("hold", hold_id=found.pk)
    return _one(request, found, ExtendForm(initial={"until": _last_day(found)}), form)


def hold_row(found: Hold, said: queries.Said, at: datetime) -> HoldRow:
    """Return a hold in words, by what the node said of it."""
    told = said.holds.get(found.pk)
    state = queries.state_of(found, said, at=at)
    label, tone, sentence = _in_words(state, found, told, at)
    missing = [(queries.moment(start), queries.moment(end), day.length(end - start)) for start, end in (told.missing if told else ())]
    return HoldRow(
        id=found.pk,
        url=reverse("hold", kwargs={"hold_id": found.pk}),
        case=found.case,
        reason=found.reason,
        camera_name=found.camera.name,
        camera_url=reverse("camera", kwargs={"camera_id": found.camera_id}),
        start=found.start,
        end=found.end,
        last_day=_last_day(found),
        placed_by=found.placed_by.display_name,
        placed_at=found.placed_at,
        acknowledged_at=found.acknowledged_at,
        lifted_by=found.lifted_by.display_name if found.lifted_by else "",
        lifted_at=found.lifted_at,
        lifted_because=found.lifted_because,
        state=state,
        label=label,
        tone=tone,
        sentence=sentence,
        size=size(told.bytes) if told and state in {"acknowledged", "incomplete"} else "",
        missing=missing[:MISSING_SHOWN] if state == "incomplete" else [],
        missing_more=max(0, len(missing) - MISSING_SHOWN),
    )


_STATES: dict[str, tuple[Words, str, Words]] = {
    "lifted": (gettext_lazy("lifted"), "", gettext_lazy("It was lifted: its footage is deleted as if it had never been held.")),
    "over": (gettext_lazy("over"), "", gettext_lazy("Its last day is past: its footage is deleted as if it had never been held.")),
    "waiting": (
        gettext_lazy("waiting"),
        "care",
        gettext_lazy("The recorder has not acknowledged it yet. It does so within a minute; until then the hold does not count."),
    ),
    "silent": (
        gettext_lazy("recorder silent"),
        "bad",
        gettext_lazy(
            "The recorder does not answer, so the hold does not count yet. Nothing is deleted while it stands still; have it started."
        ),
    ),
    "acknowledged": (
        gettext_lazy("acknowledged"),
        "good",
        gettext_lazy("The recorder keeps all of the footage, and nothing deletes it while the hold lasts."),
    ),
}
"""Label, tone and sentence."""


def _in_words(state: str, found: Hold, told: Acknowledgement | None, at: datetime) -> tuple[str, str, str]:
    if state == "incomplete" and told is not None:
        gone = day.length(sum(end - start for start, end in told.missing))
        text = _("The recorder keeps what there is. %(time)s is not there: it was never recorded, or deleted before the hold came.") % {
            "time": gone
        }
        return _("incomplete"), "care", text
    label, tone, sentence = _STATES[state]
    if state == "acknowledged" and found.end > at:
        sentence = _("The recorder keeps all that is there, and keeps what is still to be recorded.")
    return str(label), tone, str(sentence)


def _one(request: HttpRequest, found: Hold, extend: ExtendForm, lift: LiftForm) -> HttpResponse:
    actor, at = actor_of(request), timezone.now()
    place = devices.subject_of(found.camera_id)
    whole = queries.continuity_of(camera_id=found.camera_id, since=found.start, until=found.end, at=at)
    context = {
        "hold": hold_row(found, queries.acknowledgements(at=at), at),
        "bar": day.bar_of(whole),
        "headline": day.headline_of(whole)[0],
        "kept": day.day_view(whole).kept if found.end - found.start <= timedelta(days=2) else [],
        "extend_form": extend,
        "lift_form": lift,
        "may_extend": may(actor, Action.HOLD_EXTEND, found.organisation_id, place=place).allowed,
        "may_lift": may(actor, Action.HOLD_LIFT, found.organisation_id, place=place).allowed,
    }
    return render(request, "footage/hold.html", context)


def _note(actor: Actor, action: Action, found: Hold, at: datetime) -> None:
    subject = Subject("hold", found.pk, found.organisation_id)
    details: Details = {
        "camera": found.camera_id,
        "case": found.case,
        "from": found.start.isoformat(),
        "to": found.end.isoformat(),
        "until": found.until.isoformat(),
    }
    audit.record(actor=actor, action=action, subject=subject, outcome="done", at=at, details=details)


def _cameras(actor: Actor, action: Action) -> list[tuple[str, str]]:
    return [(camera.pk, camera.name) for camera in devices.cameras_seen(actor, action)]


def _proposed(request: HttpRequest, at: datetime) -> dict[str, Any]:
    """Return what a link to the form proposes: a camera and a time; else the last hour."""
    now = timezone.localtime(at).replace(microsecond=0)
    given = {name: request.GET[name][:32] for name in ("camera", "start", "end") if request.GET.get(name)}
    return {"start": now - timedelta(hours=1), "end": now, "until": (now + USUAL).date(), **given}


def _last_day(found: Hold) -> date:
    return timezone.localtime(found.until - timedelta(microseconds=1)).date()
