"""Asks the time-stamping authority of the settings over the network (RFC 3161, section 3.4): one POST, and nothing but a digest leaves.

What is asked is resolved and checked once, redirects are not followed, time and size are bounded. The answer counts when it is to this
request and the certificates of the settings cover it. That it does not come is logged, and never stops anything.
"""

from __future__ import annotations

import asyncio
import logging
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings

from citysquare.config import Config
from citysquare.engine.errors import EngineError
from citysquare.engine.sources import AddressRule
from citysquare.engine.sources.onvif.wire import Place, Wire
from citysquare.platform.stamping import Stamped
from citysquare.proof import timestamps
from citysquare.proof.errors import BadTimestamp
from citysquare.proof.fields import from_time_text

PATIENCE = 15.0
"""Seconds for the whole answer."""
_PORTS = {"http": 80, "https": 443}
_OK = 200
_HEADERS = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}

_log = logging.getLogger(__name__)


def ask(message: bytes) -> Stamped | None:
    """Return the authority's stamp over `message`; None when it does not answer as it should. Blocks."""
    config: Config = settings.CITYSQUARE
    if config.tsa_certificates is None:
        return None
    try:
        trusted = timestamps.certificates(config.tsa_certificates.read_bytes())
        request = timestamps.request(message)
        token = asyncio.run(_post(config.tsa_url, request.der))
        found = timestamps.check(token, message, trusted, nonce=request.nonce)
    except (EngineError, BadTimestamp) as error:
        _log.warning("The time-stamping authority gives no time-stamp: %s", error.message, extra={"code": error.code})
    except TimeoutError:
        _log.warning("The time-stamping authority does not answer within %s s.", PATIENCE)
    except OSError as error:
        _log.warning("The certificates of the time-stamping authority cannot be read: %s", error.strerror)
    else:
        return Stamped(token, from_time_text(found.at))
    return None


async def _post(address: str, body: bytes) -> bytes:
    """Return what the authority answers. Raises EngineError, BadTimestamp, TimeoutError."""
    place = _place(address)
    async with asyncio.timeout(PATIENCE):
        wire = await Wire.lay(place, AddressRule(allow_loopback=_is_here(place.host)))
        answer = await wire.post(place.path, body, _HEADERS)
    if answer.status != _OK:
        raise BadTimestamp(f"It answers with the status {answer.status}.")
    return answer.body


def _place(address: str) -> Place:
    """Take the address of the settings, which is known to be one, apart."""
    parts = urlsplit(address)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Place(parts.scheme, parts.hostname or "", parts.port or _PORTS[parts.scheme], path)


def _is_here(host: str) -> bool:
    """Say whether the operator named this very machine. A name that turns out to be this machine is refused."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
