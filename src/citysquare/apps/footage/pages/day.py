"""Pages of looking back: one camera's day, and all cameras' day side by side. Nothing of the pictures is shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from citysquare.apps.devices import queries as devices
from citysquare.apps.footage import clock, day, keeping, queries
from citysquare.apps.footage.continuity import Continuity, State, local_day
from citysquare.apps.footage.forms import EARLIEST, LATEST, DayForm
from citysquare.apps.footage.pages.looking import subject_of_camera
from citysquare.apps.footage.presentation import page_links
from citysquare.platform.doors import actor_of, guarded, may
from citysquare.platform.policy import Action

GAPS, CAMERAS, DELETIONS, HOLDS = 50, 50, 20, 20
"""Rows a page."""
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CameraDay:
    """One row of the overview."""

    name: str
    space: str
    url: str
    enabled: bool
    bar: list[day.Drawn]
    headline: str
    tone: str
    percent: str
    missing: str
    lost: int
    causes: str


def _asked(request: HttpRequest) -> dict[str, str]:
    """Return which day somebody looked at, for the log."""
    return {"date": request.GET["date"][:10]} if request.GET.get("date") else {}


@dataclass(frozen=True, slots=True)
class _Day:
    """The day a request asks for."""

    form: DayForm
    day: date
    today: date
    begin: datetime
    end: datetime
    at: datetime

    def context(self, path: str) -> dict[str, Any]:
        """Return what every page of a day has."""

        def to(other: date) -> str:
            return f"{path}?{urlencode({'date': other.isoformat()})}"

        return {
            "form": self.form,
            "day": self.day,
            "is_today": self.day == self.today,
            "is_future": self.begin > self.at,
            "previous_url": to(self.day - ONE_DAY) if self.day > EARLIEST else "",
            "next_url": to(self.day + ONE_DAY) if self.day < min(self.today, LATEST) else "",
            "today_url": path if self.day != self.today else "",
        }


def _day_of(request: HttpRequest) -> _Day:
    at = timezone.now()
    today = timezone.localdate(at)
    asked = DayForm(request.GET if request.GET.get("date") else {"date": today.isoformat()})
    asked.full_clean()
    chosen: date = asked.cleaned_data.get("date") or today
    begin, end = local_day(chosen, timezone.get_current_timezone())
    return _Day(asked, chosen, today, begin, end, at)


@require_GET
@guarded(Action.COVERAGE_VIEW, subject=subject_of_camera, details=_asked)
def camera_day(request: HttpRequest, camera_id: str) -> HttpResponse:
    """Show one camera's day: what was recorded, each gap with its cause, and what was deleted since."""
    found, asked = devices.required_camera(camera_id), _day_of(request)
    path = reverse("camera-day", kwargs={"camera_id": found.pk})
    whole = queries.continuity_of(camera_id=found.pk, since=asked.begin, until=asked.end, at=asked.at)
    gaps = Paginator(whole.gaps, GAPS).get_page(request.GET.get("page", "1")[:6])
    gone = day.deleted_rows(whole)
    streams = queries.reported(at=asked.at).of(found.pk)
    context = {
        **asked.context(path),
        "camera": {"id": found.pk, "name": found.name, "space": found.space.name, "enabled": found.enabled},
        "state": _empty_state(whole, asked),
        "since": timezone.localtime(queries.moment(whole.since)) if whole.since is not None else None,
        "view": day.day_view(whole),
        "seconds": whole.seconds,
        "gaps": [day.gap_row(part) for part in gaps.object_list],
        "gap_pages": page_links(gaps, path, {"date": asked.day.isoformat()}),
        "gap_count": gaps.paginator.count,
        "deleted": gone[:DELETIONS],
        "deleted_more": max(0, len(gone) - DELETIONS),
        "wrongly_dated": queries.put_aside_of(camera_id=found.pk),
        "events": queries.health_of(camera_id=found.pk, since=asked.begin, until=asked.end),
        **_holds(request, found.pk, asked),
        **_looking_back(request, found.pk, asked),
        "keeping": keeping.keeping(),
        "clock": clock.in_words(clock.of_camera(found.pk, streams, at=asked.at)) if asked.day == asked.today else None,
    }
    return render(request, "footage/camera_day.html", context)


def _holds(request: HttpRequest, camera_id: str, asked: _Day) -> dict[str, Any]:
    """Return the holds that touch the day, and where to place one, for whom the policy lets."""
    actor = actor_of(request)
    place = devices.subject_of(camera_id)
    listed = may(actor, Action.HOLD_LIST, actor.organisation, place=place).allowed
    found = queries.holds_in_force(at=asked.at).filter(camera_id=camera_id, start__lt=asked.end, end__gt=asked.begin).order_by("start")
    proposed = {"camera": camera_id}
    if asked.day != asked.today:  # of today the form itself proposes the last hour
        begin = timezone.localtime(asked.begin)
        proposed |= {"start": f"{begin:%Y-%m-%dT%H:%M:%S}", "end": f"{begin + timedelta(hours=1):%Y-%m-%dT%H:%M:%S}"}
    query = urlencode(proposed)
    placing = may(actor, Action.HOLD_PLACE, actor.organisation, place=place).allowed and asked.begin <= asked.at
    return {"holds": list(found[:HOLDS]) if listed else [], "hold_url": f"{reverse('hold-place')}?{query}" if placing else ""}


def _looking_back(request: HttpRequest, camera_id: str, asked: _Day) -> dict[str, str]:
    """Return where to replay the day and to ask for an exhibit of it, for whom the policy lets."""
    actor, place = actor_of(request), devices.subject_of(camera_id)
    begin = timezone.localtime(asked.begin)
    old = asked.day != asked.today  # of today the pages themselves propose the last minutes
    times = {"at": f"{begin:%Y-%m-%dT%H:%M:%S}", "minutes": "10"} if old else {}
    proposed = {"start": f"{begin:%Y-%m-%dT%H:%M:%S}", "end": f"{begin + timedelta(minutes=10):%Y-%m-%dT%H:%M:%S}"} if old else {}
    replay = f"{reverse('replay', kwargs={'camera_id': camera_id})}?{urlencode(times)}"
    exhibit = f"{reverse('exhibit-ask')}?{urlencode({'camera': camera_id, **proposed})}"
    there = asked.begin <= asked.at
    return {
        "replay_url": replay if there and may(actor, Action.REPLAY_VIEW, actor.organisation, place=place).allowed else "",
        "exhibit_url": exhibit if there and may(actor, Action.EXHIBIT_ASK, actor.organisation, place=place).allowed else "",
    }


@require_GET
@guarded(Action.COVERAGE_VIEW, details=_asked)
def continuity(request: HttpRequest) -> HttpResponse:
    """Show all cameras of a day, one row each, the worst first."""
    asked, path = _day_of(request), reverse("continuity")
    cameras = list(devices.cameras_seen(actor_of(request), Action.COVERAGE_VIEW))
    found = queries.continuities_of(camera_ids=[camera.pk for camera in cameras], since=asked.begin, until=asked.end, at=asked.at)
    rows = []
    for camera in cameras:
        whole = found[camera.pk]
        url = f"{reverse('camera-day', kwargs={'camera_id': camera.pk})}?{urlencode({'date': asked.day.isoformat()})}"
        rows.append((whole, camera, url))
    rows.sort(key=lambda row: (row[0].readable, -row[0].lost_by_us, -row[0].lost, -_unknown(row[0]), row[1].order))
    page = Paginator(rows, CAMERAS).get_page(request.GET.get("page", "1")[:6])
    context = {
        **asked.context(path),
        "rows": [_row(whole, camera.name, camera.space.name, url, enabled=camera.enabled) for whole, camera, url in page.object_list],
        "marks": day.marks_of(asked.begin, asked.end),
        "pages": page_links(page, path, {"date": asked.day.isoformat()}),
        "count": len(rows),
        "with_gaps": sum(bool(row[0].lost or _unknown(row[0])) or not row[0].readable for row in rows),
    }
    return render(request, "footage/continuity.html", context)


def _row(whole: Continuity, name: str, space: str, url: str, *, enabled: bool) -> CameraDay:
    headline, tone = day.headline_of(whole)
    due = whole.stored + whole.lost
    return CameraDay(
        name=name,
        space=space,
        url=url,
        enabled=enabled,
        bar=day.bar_of(whole),
        headline=headline,
        tone=tone,
        percent=_recorded(whole.stored, due),
        missing=day.length(whole.lost) if whole.lost else "",
        lost=whole.lost,
        causes=", ".join(row.label for row in map(day.share_row, whole.shares) if row.whose),
    )


def _recorded(stored: int, due: int) -> str:
    """Say which part was recorded of what should have been; rounded down, so that 100 % means all of it."""
    return _("%(share)s %%") % {"share": number_format(stored * 10_000 // due / 100, 2)} if due else ""


def _unknown(whole: Continuity) -> int:
    return sum(part.length for part in whole.parts if part.state is State.UNKNOWN)


def _empty_state(whole: Continuity, asked: _Day) -> str:
    """Name the reason why there is little to show: never, before, future, deleted; empty where there is plenty."""
    if asked.begin > asked.at:
        return "future"
    if not whole.readable:
        return "unreadable"
    if whole.since is None:
        return "never"
    if whole.since >= whole.end:
        return "before"
    return "deleted" if whole.kept.all_gone else ""
