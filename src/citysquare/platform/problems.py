"""Refusals for programs: problem JSON (RFC 9457) with a stable code and one sentence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

API_PATH = "/api/v1/"
"""Below this address everything is answered to programs, whatever they say they accept."""


def wants_problem(request: HttpRequest) -> bool:
    """Whether a refusal goes to a program and not onto a page."""
    if getattr(request, "htmx", False):
        return False
    return request.path.startswith(API_PATH) or not request.accepts("text/html")


def problem(*, status: int, code: str, message: str, more: Mapping[str, object] | None = None) -> HttpResponse:
    """Return the answer; `more` are members of its own that a program can use."""
    body = {"type": f"urn:citysquare:{code}", "title": title_of(status), "status": status, "detail": message, "code": code, **(more or {})}
    return HttpResponse(json.dumps(body), status=status, content_type="application/problem+json")


def title_of(status: int) -> str:
    """Return a status in words."""
    titles = {
        400: _("That did not work"),
        401: _("Please sign in"),
        403: _("Not allowed"),
        404: _("Not found"),
        409: _("Already there"),
        410: _("No longer valid"),
        429: _("Too many attempts"),
        500: _("A fault"),
        503: _("Not available now"),
    }
    return titles.get(status) or HTTPStatus(status).phrase
