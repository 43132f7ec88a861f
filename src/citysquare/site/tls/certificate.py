"""Reading a certificate and its key, and saying in one sentence what is wrong with them."""

from __future__ import annotations

import stat
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import NoReturn

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from citysquare.config import beyond_loopback
from citysquare.site.errors import OperationError

LARGEST_FILE_BYTES = 200_000
"""More than any chain of certificates."""
LEAST_RSA_BITS = 2048


class CertificateError(OperationError):
    """A certificate or key that cannot be used."""

    code = "tls.error"


class Unreadable(CertificateError):
    """The file of the certificate or of the key cannot be read."""

    code = "tls.unreadable"


class NoCertificate(CertificateError):
    """The file holds no certificate in PEM."""

    code = "tls.no_certificate"


class BadKey(CertificateError):
    """The file holds no private key we can use: it is sealed with a passphrase, too short, or none at all."""

    code = "tls.bad_key"


class OpenKey(CertificateError):
    """The private key may be read by everybody on the machine."""

    code = "tls.open_key"


class Mismatch(CertificateError):
    """Certificate and key do not belong together."""

    code = "tls.mismatch"


class Expired(CertificateError):
    """The certificate is not valid any more, or not yet."""

    code = "tls.expired"


class WrongHosts(CertificateError):
    """The certificate does not cover the hosts under which people reach the pages."""

    code = "tls.wrong_hosts"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate with its key, both as PEM, checked against each other."""

    chain: bytes
    key: bytes
    leaf: x509.Certificate

    @property
    def names(self) -> tuple[str, ...]:
        """The host names and addresses it is for."""
        try:
            found = self.leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except x509.ExtensionNotFound:
            return ()
        return (*found.get_values_for_type(x509.DNSName), *map(str, found.get_values_for_type(x509.IPAddress)))

    @property
    def ends(self) -> datetime:
        """When it ceases to be valid."""
        return self.leaf.not_valid_after_utc

    def missing(self, hosts: Iterable[str]) -> list[str]:
        """Return the hosts it does not cover. A host `.example.org` means all names below it (RFC 6125: a star stands for one label)."""
        names = {name.lower() for name in self.names}
        return [host for host in hosts if not _covered(host.lower().strip("[]"), names)]


def _covered(host: str, names: set[str]) -> bool:
    if host.startswith("."):
        return f"*{host}" in names
    try:
        return str(ip_address(host)) in names
    except ValueError:
        return host in names or f"*.{host.partition('.')[2]}" in names


def fingerprint(certificate: x509.Certificate) -> str:
    """Return the SHA-256 fingerprint as browsers show it: pairs of hexadecimal digits."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def parsed(chain: bytes, key: bytes, place: str) -> Certificate:
    """Check that both are what they should be and belong together; `place` names them in a sentence. Raises CertificateError."""
    try:
        certificates = x509.load_pem_x509_certificates(chain)
    except ValueError:
        raise NoCertificate(f"{place}: the certificate is not in PEM form ('-----BEGIN CERTIFICATE-----').") from None
    if _public(_private_key(key, place).public_key()) != _public(certificates[0].public_key()):
        raise Mismatch(f"{place}: the key does not belong to the first certificate; the chain begins with the server's own certificate.")
    # Written anew: the file may hold the key too, and the chain is shown to people.
    return Certificate(b"".join(found.public_bytes(Encoding.PEM) for found in certificates), key, certificates[0])


def _private_key(
    pem: bytes, place: str
) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey:
    try:
        key = load_pem_private_key(pem, None)
    except TypeError:
        raise BadKey(f"{place}: the key is sealed with a passphrase, and nobody can type one at a start: store it without.") from None
    except ValueError:
        raise BadKey(f"{place}: the key is not in PEM form ('-----BEGIN PRIVATE KEY-----').") from None
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size < LEAST_RSA_BITS:
        raise BadKey(f"{place}: browsers refuse an RSA key of {key.key_size} bits; it needs {LEAST_RSA_BITS} at least.")
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey):
        raise BadKey(f"{place}: this kind of key is for no web server; take ECDSA or RSA.")
    return key


def _public(key: object) -> bytes:
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        return b""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def read(certificate: Path, key: Path) -> Certificate:
    """Read two files, or one that holds both. Raises CertificateError."""
    place = f"{certificate.name} and {key.name}" if certificate != key else certificate.name
    chain, secret = _bytes(certificate), _bytes(key)
    try:
        mode = key.stat().st_mode
    except OSError as error:
        _unreadable(key, error)
    if mode & stat.S_IRWXO:
        raise OpenKey(f"The key {key} may be read by everybody on this machine: chmod 0640 it, or 0600.")
    return parsed(chain, secret, place)


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE_BYTES + 1)
    except OSError as error:
        _unreadable(path, error)
    if len(data) > LARGEST_FILE_BYTES:
        raise Unreadable(f"{path} is too large for a certificate or a key.")
    return data


def _unreadable(path: Path, error: OSError) -> NoReturn:
    raise Unreadable(f"{path} cannot be read: {error.strerror}.") from None


def refuse_unfit(certificate: Certificate, hosts: Iterable[str], now: datetime) -> None:
    """Refuse one that is out of its time or does not cover `hosts` beyond loopback. Raises CertificateError."""
    leaf = certificate.leaf
    if now > leaf.not_valid_after_utc:
        raise Expired(f"The certificate ended on {leaf.not_valid_after_utc:%Y-%m-%d %H:%M} UTC: put a new one in its place.")
    if now < leaf.not_valid_before_utc:
        raise Expired(
            f"The certificate is valid only from {leaf.not_valid_before_utc:%Y-%m-%d %H:%M} UTC on; is this machine's clock right?"
        )
    missing = certificate.missing(host for host in hosts if host != "*" and beyond_loopback(host))
    if missing:
        raise WrongHosts(
            f"The certificate does not cover {', '.join(missing)}: see allowed_hosts and public_url, or have them added to it."
        )
