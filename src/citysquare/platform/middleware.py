"""What every answer passes through: strict headers, and refusals turned into pages or problem JSON."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable

from django.core.exceptions import BadRequest, DisallowedHost
from django.http import HttpRequest, HttpResponseBase

from citysquare.platform.errors import DomainError
from citysquare.platform.maps.ground import foreign_origin
from citysquare.platform.pages import refusal

_log = logging.getLogger(__name__)

GetResponse = Callable[[HttpRequest], HttpResponseBase]

_NONCE_BYTES = 16

_PERMISSIONS = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), payment=(), usb=()"


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
        response.headers.setdefault("Content-Security-Policy", policy(nonce, _host(request), foreign_origin()))
        response.headers.setdefault("Permissions-Policy", _PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
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
        )
    )


def _host(request: HttpRequest) -> str:
    try:
        return request.get_host()
    except DisallowedHost:
        return ""


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
        """Answer a DomainError; leave everything else to Django. A refusal is noted, not reported as a fault."""
        if not isinstance(exception, DomainError):
            return None
        _log.info("refused: %s %s", exception.code, _route(request))
        return refusal(request, status=exception.status, code=exception.code, message=str(exception.message))
