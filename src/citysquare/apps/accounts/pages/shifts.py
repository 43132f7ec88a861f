"""The page of shifts: who is on duty, who will be, and putting somebody on duty now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from citysquare.apps.accounts import queries
from citysquare.apps.accounts.forms import DutyForm, ShiftForm
from citysquare.apps.accounts.models import Shift, User
from citysquare.apps.accounts.services import shifts as services
from citysquare.platform import audit
from citysquare.platform.doors import actor_of, guarded, may
from citysquare.platform.errors import DomainError
from citysquare.platform.policy import Action, Actor, Subject

SHOWN = timedelta(days=14)
"""How far the page looks ahead and back."""


@dataclass(frozen=True, slots=True)
class ShiftRow:
    """One shift in the list."""

    who: str
    is_group: bool
    begins: datetime
    ends: datetime
    weekly: bool
    until: datetime | None
    state: str
    """"running", "coming" or "over"."""
    end_url: str


@require_GET
@guarded(Action.SHIFT_LIST)
def shifts(request: HttpRequest) -> HttpResponse:
    """Show who is on duty and the shifts around now."""
    return _page(request)


@require_POST
@guarded(Action.SHIFT_CHANGE)
def shift_plan(request: HttpRequest) -> HttpResponse:
    """Enter a shift to come."""
    actor = actor_of(request)
    form = ShiftForm(request.POST, who=_who(actor))
    if form.is_valid():
        values = form.cleaned_data
        entry = _entry(values["who"], values["begins"], values["ends"])
        try:
            made = services.plan_shift(entry=_weekly(entry, form), by=actor, at=timezone.now())
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            _note(actor, made, "planned")
            messages.success(request, _("The shift is planned."))
            return redirect("shifts")
    return _page(request, plan=form)


@require_POST
@guarded(Action.SHIFT_CHANGE)
def duty_now(request: HttpRequest) -> HttpResponse:
    """Put somebody on duty from now on."""
    actor, at = actor_of(request), timezone.now()
    form = DutyForm(request.POST, who=_who(actor))
    if form.is_valid():
        entry = _entry(form.cleaned_data["who"], at, at + timedelta(hours=form.cleaned_data["hours"]))
        try:
            made = services.plan_shift(entry=entry, by=actor, at=at)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            _note(actor, made, "begun")
            messages.success(request, _("On duty from now on."))
            return redirect("shifts")
    return _page(request, now=form)


@require_POST
@guarded(Action.SHIFT_CHANGE)
def shift_end(request: HttpRequest, shift_id: str) -> HttpResponse:
    """End a shift, or take one back that has not begun."""
    actor = actor_of(request)
    ended = services.end_shift(shift_id=shift_id, by=actor, at=timezone.now())
    _note(actor, ended, "ended")
    messages.success(request, _("The shift has ended."))
    return redirect("shifts")


def _page(request: HttpRequest, *, plan: ShiftForm | None = None, now: DutyForm | None = None) -> HttpResponse:
    actor, at = actor_of(request), timezone.now()
    may_change = may(actor, Action.SHIFT_CHANGE, actor.organisation).allowed
    rows = [_row(shift, at, may_change=may_change) for shift in queries.shifts_of(actor.organisation, at=at, within=SHOWN)]
    begin = timezone.localtime(at).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    who = _who(actor) if may_change else []
    context = {
        "kept": settings.CITYSQUARE.shifts == "kept",
        "on_duty": isinstance(request.user, User) and queries.on_duty(request.user, at),
        "running": [row for row in rows if row.state == "running"],
        "coming": [row for row in rows if row.state == "coming" and not row.weekly],
        "weekly": [row for row in rows if row.weekly and row.state != "over"],
        "over": [row for row in rows if row.state == "over"][::-1],
        "may_change": may_change,
        "now_form": now or DutyForm(who=who),
        "plan_form": plan or ShiftForm(who=who, initial={"begins": begin, "ends": begin + timedelta(hours=8)}),
    }
    return render(request, "accounts/shifts.html", context)


def _row(shift: Shift, at: datetime, *, may_change: bool) -> ShiftRow:
    running = queries.runs_at(shift, at)
    gone = shift.until is not None and shift.until <= at if shift.weekly else shift.ends <= at
    state = "running" if running else "over" if gone else "coming"
    who = shift.user.display_name if shift.user else shift.group.name if shift.group else ""
    url = reverse("shift-end", kwargs={"shift_id": shift.pk}) if may_change and state != "over" else ""
    return ShiftRow(who, shift.group is not None, shift.begins, shift.ends, shift.weekly, shift.until, state, url)


def _who(actor: Actor) -> list[tuple[str, str]]:
    """Return whom somebody may put on duty: everybody but themselves and their own groups."""
    people = [
        (f"p:{user.pk}", user.display_name) for user in queries.people_of(actor.organisation) if user.is_active and user.pk != actor.id
    ]
    groups = [
        (f"g:{group.pk}", _("Group %(name)s") % {"name": group.name})
        for group in queries.groups_of(actor.organisation)
        if actor.id not in {user.pk for user in group.people.all()}
    ]
    return [*groups, *people]


def _entry(who: str, begins: datetime, ends: datetime) -> services.ShiftEntry:
    kind, _mark, found = who.partition(":")
    return services.ShiftEntry(begins, ends, person_id=found if kind == "p" else "", group_id=found if kind == "g" else "")


def _weekly(entry: services.ShiftEntry, form: ShiftForm) -> services.ShiftEntry:
    if not form.cleaned_data["weekly"]:
        return entry
    return services.ShiftEntry(entry.begins, entry.ends, entry.person_id, entry.group_id, weekly=True, until=form.until())


def _note(actor: Actor, shift: Shift, state: str) -> None:
    whose = {"person": shift.user_id} if shift.user_id else {"group": str(shift.group_id)}
    details = {**whose, "from": shift.begins.isoformat(), "to": shift.ends.isoformat(), "state": state}
    subject = Subject("shift", shift.pk, actor.organisation)
    audit.record(actor=actor, action=Action.SHIFT_CHANGE, subject=subject, outcome="done", at=timezone.now(), details=details)
