"""The page of the cameras' health: what lasts on top, then what happened, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from citysquare.apps.devices import queries as devices
from citysquare.apps.footage.queries import length_in_words
from citysquare.apps.observations import queries
from citysquare.apps.observations.forms import HealthFilterForm
from citysquare.apps.observations.models import HealthEvent
from citysquare.platform.doors import actor_of, guarded
from citysquare.platform.policy import Action

EVENTS = 50
"""Rows a page."""


@dataclass(frozen=True, slots=True)
class HealthRow:
    """One event."""

    at: datetime
    camera_name: str
    url: str
    """The camera's day."""
    title: str
    text: str
    tone: str


def row_of(event: HealthEvent, at: datetime) -> HealthRow:
    """Return an event in words, with how long it has lasted where it lasts."""
    note = queries.health_note(event)
    day = timezone.localdate(event.at)
    text = note.text
    if note.still:
        text = _("For %(time)s: %(cause)s") % {"time": length_in_words(at - event.at), "cause": note.text}
    url = f"{reverse('camera-day', kwargs={'camera_id': event.camera_id})}?{urlencode({'date': day.isoformat()})}"
    return HealthRow(event.at, event.camera.name, url, note.title, text, "bad" if note.still else "care" if note.bad else "good")


@require_GET
@guarded(Action.COVERAGE_VIEW)
def health(request: HttpRequest) -> HttpResponse:
    """Show what lasts and what happened."""
    actor, at = actor_of(request), timezone.now()
    cameras = [(camera.pk, camera.name) for camera in devices.cameras_seen(actor, Action.COVERAGE_VIEW)]
    form = HealthFilterForm(request.GET, cameras=cameras)
    form.full_clean()
    camera = form.cleaned_data.get("camera", "")
    page = Paginator(queries.health_events(actor, camera_id=camera), EVENTS).get_page(request.GET.get("page", "1")[:6])
    lasting = [event for event in queries.lasting(actor)[:EVENTS] if not camera or event.camera_id == camera]
    context: dict[str, Any] = {
        "form": form,
        "lasting": [row_of(event, at) for event in lasting],
        "events": [row_of(event, at) for event in page.object_list],
        "page": page,
        "query": urlencode({"camera": camera}) if camera else "",
        "filtered": bool(camera),
    }
    return render(request, "observations/health.html", context)
