"""Addresses of cameras: from what a person types, and whether a camera may have them."""

from __future__ import annotations

from urllib.parse import quote, urlsplit, urlunsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from citysquare.apps.devices import credentials
from citysquare.apps.devices.labels import FACTORY_PASSWORD, in_words
from citysquare.apps.devices.models import LONGEST_URL
from citysquare.apps.devices.services.errors import BadCameraAddress, FactoryPassword
from citysquare.engine.errors import BadAddress
from citysquare.engine.sources import AddressRule

GAP = "=..."
"""What a shown address has where a maker writes user and password into it."""


def address_rule() -> AddressRule:
    """Return which addresses a camera may have here: the settings `camera_networks` and `simulator_ports`."""
    config = settings.CITYSQUARE
    return AddressRule(loopback_ports=frozenset(config.simulator_ports), networks=tuple(config.camera_networks))


def stream_url(*, address: str, user: str = "", password: str = "") -> str:
    """Return the address of a stream from what a person typed: a URL or `host[:port][/path]`, user and password apart or within.

    Nothing is checked here; `checked_url` does.
    """
    text = address.strip()
    if text and "://" not in text:
        text = f"rtsp://{text}"
    if not user:
        return text
    try:
        parts = urlsplit(text)
    except ValueError:
        return text
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, f"{quote(user, safe='')}:{quote(password, safe='')}@{place}", parts.path, parts.query, ""))


def checked_url(*, url: str, rule: AddressRule) -> str:
    """Return the address when a camera may have it.

    Raises BadCameraAddress with a sentence without the password, FactoryPassword for one that everybody knows.
    """
    if len(url) > LONGEST_URL:
        raise BadCameraAddress(_("The address is too long."))
    try:
        rule.check_url(url)
    except BadAddress as error:
        raise BadCameraAddress(in_words(error)) from None
    if credentials.is_factory_login(url):
        raise FactoryPassword(FACTORY_PASSWORD)
    return url
