"""The certificate in use: checked at the start, looked at again while the server runs."""

from __future__ import annotations

import logging
import ssl
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from citysquare.config import Config
from citysquare.site.tls import own
from citysquare.site.tls.certificate import Certificate, CertificateError, fingerprint, read, refuse_unfit

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2 only those with forward secrecy and authenticated encryption; TLS 1.3 has no others."""
WARNED_BEFORE = timedelta(days=14)
"""The city's own certificate is renewed by the city: it is reminded this long before the end."""

_log = logging.getLogger(__name__)


def current(config: Config, now: datetime) -> Certificate:
    """Return the certificate to serve with, checked; our own is made or renewed when it is time. Raises CertificateError."""
    if config.tls_certificate is None or config.tls_key is None:
        return own.ensure(config, now)[0]
    found = read(config.tls_certificate, config.tls_key)
    refuse_unfit(found, own.required_hosts(config), now)
    return found


def prepare(config: Config, now: datetime, say: Callable[[str], None]) -> None:
    """See before the start that there is a good certificate, and tell how people can trust it. Raises CertificateError."""
    if config.tls_certificate is not None:
        left = current(config, now).ends - now
        if left < WARNED_BEFORE:
            say(f"The certificate {config.tls_certificate} ends in {left.days} days: have it renewed; no restart is needed.")
        return
    found, fresh = own.ensure(config, now)
    say(f"HTTPS with {'a new' if fresh else 'the'} certificate of our own, until {found.ends:%Y-%m-%d}. SHA-256 fingerprint:")
    say(f"  {fingerprint(found.leaf)}")
    say(f"Browsers warn of it until they trust it: compare the fingerprint, or install {own.public_file(config)} on their machines.")


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Serving:
    """The TLS context of the running web server, and what it was loaded from."""

    config: Config
    clock: Callable[[], datetime] = _now
    context: ssl.SSLContext = field(init=False)
    _loaded: bytes = b""
    _complaint: str = ""

    def __post_init__(self) -> None:
        """Load the certificate. Raises CertificateError."""
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.set_ciphers(CIPHERS)
        self.context.set_alpn_protocols(["http/1.1"])
        self.context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
        self._load(current(self.config, self.clock()))

    def look_again(self) -> bool:
        """Take in a certificate that has changed or was renewed; say whether there was one. A bad one changes nothing but the log."""
        try:
            found = current(self.config, self.clock())
            if found.chain + found.key == self._loaded:
                return False
            self._load(found)
        except CertificateError as error:
            if error.message != self._complaint:
                _log.error("the certificate in use stays: %s [%s]", error.message, error.code, extra={"code": error.code})
            self._complaint = error.message
            return False
        self._complaint = ""
        _log.info("a new certificate is in use, until %s, SHA-256 %s", found.ends.date(), fingerprint(found.leaf))
        return True

    def _load(self, certificate: Certificate) -> None:
        """Load from a copy of what was checked, so that a file which changes meanwhile cannot leave certificate and key apart."""
        folder = self.config.data_dir / "tls"
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.NamedTemporaryFile(dir=folder, prefix=".load-", suffix=".pem") as copy:
                copy.write(certificate.key + b"\n" + certificate.chain)
                copy.flush()
                self.context.load_cert_chain(Path(copy.name))
        except (OSError, ssl.SSLError) as error:
            raise CertificateError(f"The certificate cannot be loaded: {error.strerror or error}.") from None
        self._loaded = certificate.chain + certificate.key
