"""Addresses that machines know by name: how to report a weakness (RFC 9116), and where browsers report what a page's policy refused."""

from __future__ import annotations

import json
import logging
import re
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from citysquare.platform.doors import open_to_all

REPORTS_PATH = "/csp-reports/"

_LARGEST_REPORT = 16_000
_NOT_A_WORD = re.compile(r"[^a-z0-9.:/-]")
_EXPIRES_AFTER = timedelta(days=180)

_log = logging.getLogger(__name__)


@require_safe
@open_to_all("who found a weakness must find out whom to tell; it holds no data")
def security_txt(_request: HttpRequest) -> HttpResponse:
    """Say whom to tell about a weakness, when the operator named somebody."""
    found = settings.CITYSQUARE
    if not found.security_contact:
        raise Http404
    expires = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0) + _EXPIRES_AFTER
    lines = (
        f"Contact: {found.security_contact}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        f"Preferred-Languages: {', '.join(found.languages)}",
        f"Canonical: {found.base_url}/.well-known/security.txt",
    )
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@csrf_exempt
@require_POST
@open_to_all("a browser reports without anybody signed in; it is given nothing, and what it says becomes one short line of the log")
def policy_report(request: HttpRequest) -> HttpResponse:
    """Note what a page's policy made a browser refuse: the directive and the host, never a path, which could name a camera."""
    try:
        body = json.loads(request.body) if len(request.body) <= _LARGEST_REPORT else None
    except (ValueError, RecursionError):
        body = None
    report = body.get("csp-report") if isinstance(body, dict) else None
    if not isinstance(report, dict):
        return HttpResponse(status=400)
    directive = _word(report.get("effective-directive") or report.get("violated-directive"))
    _log.warning("a browser refused what a page's policy does not allow: %s from %s", directive, _host(report.get("blocked-uri")))
    return HttpResponse(status=204)


def _word(value: object) -> str:
    return _NOT_A_WORD.sub("", str(value).lower().partition(" ")[0])[:60] or "unknown"


def _host(value: object) -> str:
    try:
        parts = urlsplit(str(value)[:500])
    except ValueError:
        return "unknown"
    return _word(f"{parts.scheme}://{parts.hostname}" if parts.hostname else parts.scheme or parts.path)
