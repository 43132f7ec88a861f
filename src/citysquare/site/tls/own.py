"""A certificate of our own making: signed by itself, so that people check its fingerprint once and then trust it."""

from __future__ import annotations

import os
import socket
import tempfile
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from citysquare.config import EVERY_ADDRESS, UNIX, Config
from citysquare.site.tls.certificate import Certificate, CertificateError, Unreadable, parsed, read

VALID = timedelta(days=397)
"""Browsers trust no longer ones (CA/Browser Forum, SC22)."""
RENEWED_BEFORE = timedelta(days=30)
BACKDATED = timedelta(hours=1)
"""So that a browser whose clock is slow accepts it at once; taken off the 397 days."""
MOST_NAMES = 100
_LONGEST_NAME = 253


def own_file(config: Config) -> Path:
    """Return where key and certificate lie, in one file, so that one can never be newer than the other."""
    return config.data_dir / "tls" / "own.pem"


def public_file(config: Config) -> Path:
    """Return where the certificate alone lies, for people who are to trust it."""
    return config.data_dir / "tls" / "own.crt"


def required_hosts(config: Config) -> list[str]:
    """Return the hosts under which the settings say people reach the pages, without '*'."""
    hosts = [host for host in config.allowed_hosts if host != "*"]
    if config.bind not in EVERY_ADDRESS and not config.bind.startswith(UNIX):
        hosts.append(config.bind)
    if config.public_url:
        hosts.append(urlsplit(config.public_url).hostname or "")
    return list(dict.fromkeys(host for host in hosts if host))[:MOST_NAMES]


def ensure(config: Config, now: datetime) -> tuple[Certificate, bool]:
    """Return our own certificate and whether it was made just now: there was none, it was damaged, near its end or lacked a host.

    Raises CertificateError when it cannot be kept.
    """
    path = own_file(config)
    hosts = required_hosts(config)
    try:
        found = read(path, path)
        begins = found.leaf.not_valid_before_utc
        if begins <= now < found.ends - RENEWED_BEFORE and not found.missing(hosts):
            return found, False
    except CertificateError:
        pass  # none yet, or not ours any more: a new one takes its place
    made = make(hosts, now)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(path, made.key + made.chain, 0o600)
        _write(public_file(config), made.chain, 0o644)
    except OSError as error:
        raise Unreadable(f"The certificate cannot be kept in {path.parent}: {error.strerror}.") from None
    return made, True


def make(hosts: list[str], now: datetime) -> Certificate:
    """Make a key (ECDSA P-256) and a certificate signed with it for `hosts`, this machine's name and its addresses."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Citysquare"), x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "own")])
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    leaf = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now - BACKDATED + VALID)
        .add_extension(x509.SubjectAlternativeName(_general_names([*hosts, *_machine()])), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(identifier, critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return parsed(leaf.public_bytes(Encoding.PEM), secret, "own certificate")


def _machine() -> list[str]:
    """Return this machine's names, and its addresses that other machines may use."""
    found = ["localhost", "127.0.0.1", "::1", socket.gethostname()]
    for addresses in psutil.net_if_addrs().values():
        for entry in addresses:
            try:
                address = ip_address(entry.address)
            except ValueError:
                continue  # a link's hardware address, or an IPv6 one with its interface behind a '%'
            if not (address.is_link_local or address.is_loopback):
                found.append(str(address))
    return found


def _general_names(hosts: list[str]) -> list[x509.GeneralName]:
    names: dict[str, x509.GeneralName] = {}
    for host in hosts:
        plain = host.strip("[]").lower()
        try:
            address: IPv4Address | IPv6Address = ip_address(plain)
            names[str(address)] = x509.IPAddress(address)
        except ValueError:
            for text in (plain[1:], f"*{plain}") if plain.startswith(".") else (plain,):
                if text and text.isascii() and len(text) <= _LONGEST_NAME:
                    names[text] = x509.DNSName(text)
    return list(names.values())[:MOST_NAMES]


def _write(path: Path, data: bytes, mode: int) -> None:
    """Put a whole file in its place, with its mode from the beginning."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)
