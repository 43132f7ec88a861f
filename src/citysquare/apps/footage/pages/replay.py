"""Replay: up to ten minutes of a camera's stored footage, for who has said why. Each stretch is an entry of the log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from citysquare.apps.devices import queries as devices
from citysquare.apps.footage import day, queries
from citysquare.apps.footage.forms import JustificationForm, StretchForm
from citysquare.apps.footage.queries.permitted import permitted
from citysquare.apps.footage.services import reasons
from citysquare.engine.errors import StoreError
from citysquare.engine.footage import FootageReader
from citysquare.engine.footage.boxes import MAX_TICKS
from citysquare.engine.footage.cutting import cut
from citysquare.engine.footage.film import Film, byte_range
from citysquare.engine.model import StreamKey, datetime_from_ticks, ticks_from_datetime
from citysquare.platform import audit, packs
from citysquare.platform.audit.chain import Details
from citysquare.platform.doors import Door, NeedsJustification, actor_of, guarded, mark, may
from citysquare.platform.errors import DomainError
from citysquare.platform.policy import Action, Justification, Subject
from citysquare.platform.streaming import streamed

LONGEST = timedelta(minutes=10)
ONE_ENTRY = timedelta(minutes=30)
"""A player asks for parts of a film again and again: one entry stands for all of them, as long as the reason counts."""
_LATEST = timedelta(seconds=5)
"""Footage younger than this is still being written; who wants it now looks live."""


class NothingToReplay(DomainError):
    """There is no footage in the stretch."""

    code = "footage.nothing_to_replay"
    status = 404


def _subject(_request: HttpRequest, camera_id: str) -> Subject:
    return devices.subject_of(camera_id)


def _why(request: HttpRequest, subject: Subject) -> Justification | None:
    return reasons.reason_in_force(actor=actor_of(request), camera_id=subject.id, at=audit.now_at_least(timezone.now()))


def _posted_why(request: HttpRequest, _subject: Subject) -> Justification | None:
    form = _why_form(request)
    return form.cleaned_data["justification"] if form.is_valid() else None


def _why_form(request: HttpRequest) -> JustificationForm:
    return JustificationForm(request.POST if request.method == "POST" else None, reasons=tuple(packs.in_force().purposes))


def _stretch(request: HttpRequest) -> Details:
    """Return which stretch a page is about, for the log."""
    return _told(*_asked(request, timezone.now()))


def _told(begin: datetime, end: datetime) -> Details:
    return {"from": begin.astimezone(UTC).isoformat(timespec="seconds"), "to": end.astimezone(UTC).isoformat(timespec="seconds")}


def _asked(request: HttpRequest, at: datetime) -> tuple[datetime, datetime]:
    """Return the stretch that is asked for; without one the last two whole minutes."""
    form, latest = StretchForm(request.GET), _latest(at)
    if form.is_valid():
        begin, length = form.cleaned_data["at"], timedelta(minutes=form.cleaned_data["minutes"])
    else:
        begin, length = (at - timedelta(minutes=3)).replace(second=0, microsecond=0), timedelta(minutes=2)
    begin = min(begin, latest - timedelta(seconds=1))
    return begin, min(begin + length, latest)


def _latest(at: datetime) -> datetime:
    return (at - _LATEST).replace(microsecond=0)


def _of_film(request: HttpRequest) -> tuple[datetime, datetime] | None:
    """Return the stretch of a film, as the player's page named it; None for one that it never names."""
    texts = [request.GET.get(name, "")[:20] for name in ("from", "to")]
    if not all(text.isascii() and text.isdigit() and int(text) < MAX_TICKS for text in texts):
        return None
    begin, end = (datetime_from_ticks(int(text)) for text in texts)
    known = timedelta(0) < end - begin <= LONGEST and end <= _latest(timezone.now())
    return (begin, end) if known else None


def _film_told(request: HttpRequest) -> Details:
    stretch = _of_film(request)
    return _told(*stretch) if stretch else {"state": "unknown"}


@require_http_methods(["GET", "HEAD", "POST"])
def replay(request: HttpRequest, camera_id: str) -> HttpResponseBase:
    """Show the player, or ask why when nobody said."""
    view = _reason_given if request.method == "POST" else _player
    try:
        return view(request, camera_id=camera_id)
    except NeedsJustification as refused:
        return _form(request, camera_id, str(refused))


@guarded(Action.REPLAY_VIEW, subject=_subject, justification=_why, details=_stretch, span=ONE_ENTRY)
def _player(request: HttpRequest, camera_id: str) -> HttpResponse:
    found, at = devices.required_camera(camera_id), timezone.now()
    begin, end = _asked(request, at)
    film, why = _film_or_none(camera_id, begin, end), _why(request, devices.subject_of(camera_id))
    whole = queries.continuity_of(camera_id=camera_id, since=begin, until=end, at=at)
    local, wanted = timezone.localtime(begin), StretchForm(request.GET)
    minutes = request.GET.get("minutes", "2")[:2]
    context = {
        "camera": {"id": found.pk, "name": found.name, "space": found.space.name},
        "may_see_camera": _may_see_camera(request, camera_id),
        "form": wanted if "at" in request.GET and not wanted.is_valid() else StretchForm(initial={"at": local, "minutes": minutes}),
        "film": film,
        "film_url": _film_link(camera_id, begin, end),
        "begin": datetime_from_ticks(film.start) if film else begin,
        "end": datetime_from_ticks(film.end) if film else end,
        "gaps": [day.gap_row(part) for part in whole.gaps],
        "why": why,
        "earlier": _link(camera_id, begin - (end - begin), minutes),
        "later": _link(camera_id, end, minutes) if end + timedelta(seconds=1) < at - _LATEST else "",
        "exhibit_url": _exhibit_link(request, found.pk, begin, end),
    }
    return render(request, "footage/replay.html", context)


@guarded(Action.REPLAY_VIEW, subject=_subject, justification=_posted_why, details=lambda _request: {"what": "reason"})
def _reason_given(request: HttpRequest, camera_id: str) -> HttpResponse:
    """Keep the reason and lead to the player."""
    why = _posted_why(request, devices.subject_of(camera_id))
    if why is not None:
        reasons.give_reason(actor=actor_of(request), camera_id=camera_id, why=why, at=audit.now_at_least(timezone.now()))
    query = request.GET.urlencode()
    return redirect(f"{reverse('replay', kwargs={'camera_id': camera_id})}{'?' + query if query else ''}")


def _form(request: HttpRequest, camera_id: str, refusal: str) -> HttpResponse:
    """Ask why. The refusal is in the log by now."""
    found = devices.required_camera(camera_id)
    context: dict[str, Any] = {"camera": {"id": found.pk, "name": found.name}, "form": _why_form(request), "refusal": refusal}
    context["may_see_camera"] = _may_see_camera(request, camera_id)
    response = render(request, "footage/replay_why.html", context, status=403)
    response["Cache-Control"] = "no-store"
    return response


@require_GET
@guarded(Action.REPLAY_VIEW, subject=_subject, justification=_why, details=_film_told, span=ONE_ENTRY)
def replay_film(request: HttpRequest, camera_id: str) -> HttpResponseBase:
    """Send the film of a stretch, or the part of it that a player asks for."""
    stretch = _of_film(request)
    film = _film_or_none(camera_id, *stretch) if stretch else None
    if film is None:
        raise NothingToReplay(_("There is no footage in this stretch. The camera's day shows when there is."))
    try:
        wanted = byte_range(request.headers.get("Range", ""), film.size)
    except IndexError:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{film.size}"})
    first, last = wanted or (0, film.size)
    response = streamed(request, film.read(first, last), "video/mp4")
    response["Accept-Ranges"] = "bytes"
    response["Content-Length"] = str(last - first)
    if wanted:
        response.status_code = 206
        response["Content-Range"] = f"bytes {first}-{last - 1}/{film.size}"
    return response


def _film_or_none(camera_id: str, begin: datetime, end: datetime) -> Film | None:
    reader = FootageReader(settings.CITYSQUARE.store_dir)
    try:
        found = cut(reader, StreamKey(camera_id), ticks_from_datetime(begin), ticks_from_datetime(end))
        return Film(found) if found.pieces else None
    except StoreError as error:
        raise NothingToReplay(_("The footage of this stretch cannot be read. Tell the administrator.")) from error


def _film_link(camera_id: str, begin: datetime, end: datetime) -> str:
    query = urlencode({"from": ticks_from_datetime(begin), "to": ticks_from_datetime(end)})
    return f"{reverse('replay-film', kwargs={'camera_id': camera_id})}?{query}"


def _link(camera_id: str, begin: datetime, minutes: str) -> str:
    query = urlencode({"at": _with_offset(begin), "minutes": minutes})
    return f"{reverse('replay', kwargs={'camera_id': camera_id})}?{query}"


def _with_offset(time: datetime) -> str:
    """Return a local time that means one moment also in the hour that autumn repeats."""
    return timezone.localtime(time).isoformat(timespec="seconds")


def _may_see_camera(request: HttpRequest, camera_id: str) -> bool:
    """Whether the camera's own pages are open to the person: an authorisation opens its footage, not them."""
    actor = actor_of(request)
    return may(actor, Action.COVERAGE_VIEW, actor.organisation, place=devices.subject_of(camera_id)).allowed


def _exhibit_link(request: HttpRequest, camera_id: str, begin: datetime, end: datetime) -> str:
    actor = actor_of(request)
    own = may(actor, Action.EXHIBIT_ASK, actor.organisation, place=devices.subject_of(camera_id)).allowed
    if not own and camera_id not in {one.camera.pk for one in permitted(actor=actor, action=Action.EXHIBIT_ASK, at=timezone.now())}:
        return ""
    times = {"start": _with_offset(begin), "end": _with_offset(end)}
    return f"{reverse('exhibit-ask')}?{urlencode({'camera': camera_id, **times})}"


mark(replay, Door(Action.REPLAY_VIEW))
