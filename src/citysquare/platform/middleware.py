"""What every answer passes through: strict headers, and refusals turned into pages or problem JSON."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable

from django.core.exceptions import BadRequest, DisallowedHost
from django.db import OperationalError
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from django.utils.translation import gettext as _

from citysquare.platform.errors import DomainError
from citysquare.platform.maps.ground import foreign_origin
from citysquare.platform.pages import database_away, refusal
from citysquare.platform.well_known import REPORTS_PATH

_log = logging.getLogger(__name__)

GetResponse = Callable[[HttpRequest], HttpResponseBase]

_NONCE_BYTES = 16

_PERMISSIONS = ", ".join(
    f"{name}=()"
    for name in (
        *("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "hid", "magnetometer", "microphone", "midi", "payment"),
        *("serial", "usb", "xr-spatial-tracking"),
    )
)
"""No page uses these; the keys people sign in with (`publickey-credentials-*`) stay with our own pages, as browsers have it by default."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_OWN_SITES = frozenset({"", "same-origin", "none"})
_FOREIGN = "http.cross_site"


class ContentSecurityPolicyMiddleware:
    """Let a page run only our own files and scripts that carry this answer's nonce (`request.csp_nonce`)."""

    def __init__(self, get_response: GetResponse) -> None:
        """Remember the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Make a nonce, then add the headers."""
        nonce = secrets.token_urlsafe(_NONCE_BYTES)
        request.csp_nonce = nonce  # type: ignore[attr-defined]  # read by the context processor
        response = self.get_response(request)
        origin = foreign_origin()
        response.headers.setdefault("Content-Security-Policy", policy(nonce, _host(request), origin))
        response.headers.setdefault("Permissions-Policy", _PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if not origin:  # a map server of the operator's choice need not know this header
            response.headers.setdefault("Cross-Origin-Embedder-Policy", "require-corp")
        # What says nothing about caching may hold people; files that may be kept say so.
        response.headers.setdefault("Cache-Control", "no-store")
        return response


def policy(nonce: str, host: str, map_origin: str = "") -> str:
    """Return the policy's text. `host` lets the live pictures' socket through in browsers that do not count it as 'self'.

    `map_origin` is that of a map style which the operator named: its style, tiles, letters and icons may be fetched.
    """
    foreign = f" {map_origin}" if map_origin else ""
    connect = (f"connect-src 'self' ws://{host} wss://{host}" if host else "connect-src 'self'") + foreign
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'nonce-{nonce}'",
            "style-src 'self'",
            f"img-src 'self' data:{foreign}",
            "worker-src 'self'",
            "media-src 'self' blob:",
            "font-src 'self'",
            "manifest-src 'self'",
            connect,
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "object-src 'none'",
            f"report-uri {REPORTS_PATH}",
        )
    )


def _host(request: HttpRequest) -> str:
    try:
        return request.get_host()
    except DisallowedHost:
        return ""


class BorderMiddleware:
    """Refuse what another site makes a browser ask for, and methods nobody uses, before any page runs.

    Browsers say in `Sec-Fetch-Site` who makes them ask (W3C Fetch Metadata). From elsewhere somebody may follow a link to a page; nothing
    of ours is embedded, fetched or posted to from there. Programs and old browsers send no such header; CSRF tokens and `SameSite` hold.
    """

    def __init__(self, get_response: GetResponse) -> None:
        """Remember the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Refuse, or pass the request on."""
        if request.method not in _METHODS:
            return HttpResponseNotAllowed(sorted(_METHODS))
        if request.headers.get("Sec-Fetch-Site", "") in _OWN_SITES or _is_a_link(request):
            return self.get_response(request)
        _log.warning("refused: %s", _FOREIGN)
        return refusal(request, status=403, code=_FOREIGN, message=_("This request came from another site and was not answered."))


def _is_a_link(request: HttpRequest) -> bool:
    headers = request.headers
    opens_a_page = headers.get("Sec-Fetch-Mode") == "navigate" and headers.get("Sec-Fetch-Dest") == "document"
    return opens_a_page and request.method in {"GET", "HEAD"}


class NulMiddleware:
    """Refuse a request whose path or cookies hold the character NUL. What follows the `?` is for the page's form, which refuses it too.

    No text of ours has it, and PostgreSQL, which cannot keep it, already fails at the question whether it does.
    """

    def __init__(self, get_response: GetResponse) -> None:
        """Remember the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on, or raise BadRequest, which is answered with our page."""
        if "\0" in request.path or any("\0" in value for value in request.COOKIES.values()):
            raise BadRequest("a NUL character in the request")
        return self.get_response(request)


def _route(request: HttpRequest) -> str:
    """Return the pattern of the address, never what stands in its place: that may be a link's token, or a line of its own for the log."""
    match = request.resolver_match
    return f"/{match.route}" if match else "/"


class DomainErrorMiddleware:
    """Turn an anticipated refusal into an answer."""

    def __init__(self, get_response: GetResponse) -> None:
        """Remember the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Answer a DomainError and a database that is away; leave everything else to Django.

        A refusal is noted, not reported as a fault.
        """
        if isinstance(exception, OperationalError):
            _log.error("the database failed at %s: %s", _route(request), exception)
            return database_away(request)
        if not isinstance(exception, DomainError):
            return None
        _log.info("refused: %s %s", exception.code, _route(request))
        response = refusal(request, status=exception.status, code=exception.code, message=str(exception.message))
        if exception.retry_after:
            response.headers["Retry-After"] = str(exception.retry_after)
        return response
