"""For which organisation a person acts: what the session says, from request to request."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponseBase
from django.utils.functional import SimpleLazyObject

from citysquare.apps.accounts.models import User
from citysquare.apps.accounts.queries import ORGANISATION_KEY


class ChosenOrganisationMiddleware:
    """Lets the person of a request act for the organisation they chose. It stands right behind the one that finds out who it is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Remember the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Choose when the person is first asked for, not before: most requests of files never do."""
        found = request.user
        request.user = cast("User", SimpleLazyObject(lambda: _chosen(request, found)))
        return self.get_response(request)


def _chosen(request: HttpRequest, found: User | AnonymousUser) -> User | AnonymousUser:
    if isinstance(found, User):
        found.choose(str(request.session.get(ORGANISATION_KEY, "")))
    return found
