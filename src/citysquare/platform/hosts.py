"""Which host an address belongs to: redirects and sockets stay on our own."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host
from django.utils.http import url_has_allowed_host_and_scheme


def safe_next(request: HttpRequest, wanted: str, otherwise: str) -> str:
    """Return `wanted` when it stays on this site, else `otherwise`."""
    if wanted and url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return wanted
    return otherwise


def same_origin(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a WebSocket's `Origin` is the allowed host it asks for (ASGI headers). Browsers always send one; without it: no."""
    values = {name.lower(): value.decode("latin-1") for name, value in headers}
    host, origin = values.get(b"host", ""), values.get(b"origin", "")
    domain, _port = split_domain_port(host)
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        return False
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and parts.netloc.lower() == host.lower()
