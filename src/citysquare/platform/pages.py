"""Pages of the platform: refusals, health."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from citysquare.platform.doors import open_to_all
from citysquare.platform.problems import problem, title_of, wants_problem


@require_safe
@open_to_all("whoever watches over the machine must see that it answers; it tells nothing else")
def health(_request: HttpRequest) -> HttpResponse:
    """Answer whether the site and its database work."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "database unavailable"}, status=503)
    return JsonResponse({"status": "ok"})


def refusal(request: HttpRequest, *, status: int, code: str, message: str) -> HttpResponse:
    """Answer with a page, a fragment for htmx, or problem JSON (RFC 9457), as the caller prefers; no cache may keep it."""
    response = _refusal(request, status=status, code=code, message=message)
    add_never_cache_headers(response)
    return response


def _refusal(request: HttpRequest, *, status: int, code: str, message: str) -> HttpResponse:
    if wants_problem(request):
        return problem(status=status, code=code, message=message)
    template = "platform/_error.html" if getattr(request, "htmx", False) else "platform/error.html"
    context = {"status": status, "code": code, "title": title_of(status), "message": message, "back_url": "/"}
    return render(request, template, context, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that cannot be understood."""
    del exception
    return refusal(request, status=400, code="http.bad_request", message=_("The request could not be understood."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what Django itself refuses."""
    del exception
    return refusal(request, status=403, code="http.forbidden", message=_("This is not allowed."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an address that leads nowhere."""
    del exception
    return refusal(request, status=404, code="http.not_found", message=_("There is no such page, or it is no longer there."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form without its token."""
    del reason
    message = _("The form was open too long or came from elsewhere. Please go back, load the page again and send it once more.")
    return refusal(request, status=403, code="http.csrf", message=message)


def fault(request: HttpRequest) -> HttpResponse:
    """Answer when we failed; the details are in the log of the machine."""
    return refusal(request, status=500, code="http.fault", message=_("Something failed on our side. It was noted; please try again."))


def database_away(request: HttpRequest) -> HttpResponse:
    """Answer when the database is away or takes nothing, because its disk is full or may only be read."""
    message = _("The database takes nothing right now, so this was not done. Please tell the administrator, and try again later.")
    return refusal(request, status=503, code="http.database", message=message)
