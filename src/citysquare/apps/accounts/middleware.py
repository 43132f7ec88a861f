"""What every request of somebody signed in passes: sessions end in time, and without a second factor no door opens that needs one."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from citysquare.apps.accounts import sitting_rules
from citysquare.apps.accounts.models import User
from citysquare.apps.accounts.services import sittings
from citysquare.platform import audit
from citysquare.platform.doors import door_of
from citysquare.platform.pages import refusal
from citysquare.platform.policy import Action, Subject
from citysquare.platform.problems import wants_problem

_log = logging.getLogger(__name__)

NO_SECOND_FACTOR = "accounts.no_second_factor"
_OWN = frozenset({Action.OWN_KEYS, Action.KEY_ADD, Action.KEY_REMOVE})
"""Doors that open with one factor: behind them a person sets up the second."""


class SittingMiddleware:
    """Ends a session that is over, notes that the person is there, and leads who lacks a second factor to where it is set up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Remember the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], _args: object, _kwargs: object) -> HttpResponseBase | None:
        """Look at the session before the page does; answer in the page's place only where it may not run."""
        if SESSION_KEY not in request.session or not isinstance(request.user, User):
            return None
        user, at = request.user, timezone.now()
        roles, kept = user.actor().roles, sitting_rules.read(request.session)
        if kept is not None:
            why = sitting_rules.over(kept, roles, at, timedelta(hours=settings.CITYSQUARE.session_hours))
            if why:
                _end(request, user, why, at)
                return None
            if _is_activity(request):
                _touch(request, kept, at)
        door = door_of(view)
        required = settings.CITYSQUARE.second_factor == "required"
        guarded = door is not None and door.action is not None and door.action not in _OWN
        if guarded and sitting_rules.lacks_second_factor(kept, roles, required=required):
            return _to_keys(request)
        return None


def _end(request: HttpRequest, user: User, why: str, at: datetime) -> None:
    """End a session that is over. It ends also when the log takes no entry, and the page then answers as to a stranger."""
    actor = user.actor()
    sittings.note_end(session=request.session)
    logout(request)
    subject = Subject("person", actor.id, actor.organisation)
    audit.record(actor=actor, action=Action.SIGN_OUT, subject=subject, outcome="ended", at=at, details={"why": why})


def _touch(request: HttpRequest, kept: sitting_rules.Kept, at: datetime) -> None:
    """Note that the person is there. Where the database takes nothing the session only ends earlier; the door decides on the page."""
    try:
        sittings.touch(session=request.session, kept=kept, at=at)
    except DatabaseError as error:
        _log.warning("that somebody is there was not noted: %s", error)


def _is_activity(request: HttpRequest) -> bool:
    """Whether a person did something; parts of a page that refresh themselves are none."""
    return request.method == "POST" or not getattr(request, "htmx", False)


def _to_keys(request: HttpRequest) -> HttpResponseBase:
    if getattr(request, "htmx", False):
        response = HttpResponse(status=403)
        response["HX-Redirect"] = reverse("keys")
        return response
    if wants_problem(request):
        message = _("Your role needs a second factor: set up a passkey or an app under Keys and sign-in first.")
        return refusal(request, status=403, code=NO_SECOND_FACTOR, message=message)
    return redirect("keys")
