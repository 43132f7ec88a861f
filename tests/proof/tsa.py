"""A time-stamping authority of our own (RFC 3161, RFC 5652), small enough to be wrong on purpose."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SHA256 = "2.16.840.1.101.3.4.2.1"
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def tlv(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    length = bytes([size]) if size < 128 else bytes([0x80 | (size.bit_length() + 7) // 8]) + size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag]) + length + content


def sequence(*parts: bytes) -> bytes:
    return tlv(0x30, *parts)


def integer(value: int) -> bytes:
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1))


def oid(text: str) -> bytes:
    first, second, *rest = map(int, text.split("."))
    out = bytearray([first * 40 + second])
    for number in rest:
        groups = [number & 0x7F]
        while number := number >> 7:
            groups.append(0x80 | number & 0x7F)
        out += bytes(reversed(groups))
    return tlv(0x06, bytes(out))


def attribute(kind: str, value: bytes) -> bytes:
    return sequence(oid(kind), tlv(0x31, value))


def certificate(name: str, key: ec.EllipticCurvePrivateKey, issuer: Authority | None, *, stamps: bool) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    by = issuer.root if issuer else None
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOON - timedelta(days=30))
        .not_valid_after(NOON + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=not stamps, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if stamps:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    else:
        usage = x509.KeyUsage(
            digital_signature=False,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        builder = builder.add_extension(usage, critical=True)
    return builder.sign(issuer.root_key if issuer else key, hashes.SHA256())


@dataclass(slots=True)
class Authority:
    """A root and one certificate that may stamp."""

    stamps: bool = True
    root_key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    root: x509.Certificate = field(init=False)
    certificate: x509.Certificate = field(init=False)

    def __post_init__(self) -> None:
        self.root = certificate("Root", self.root_key, None, stamps=False)
        self.certificate = certificate("Stamps", self.key, self, stamps=self.stamps)

    def pem(self) -> bytes:
        return self.root.public_bytes(Encoding.PEM)

    def answer(self, message: bytes, *, at: datetime = NOON, status: int = 0) -> bytes:
        return self._stamped(hashlib.sha256(message).digest(), b"", at, status)

    def answer_request(self, der: bytes, *, at: datetime = NOON, other_nonce: bool = False) -> bytes:
        """Answer what `timestamps.request` sends: its digest stands behind the header of an octet string, its nonce before `TRUE`."""
        place = der.index(b"\x04\x20") + 2
        nonce = der[place + 32 : -3]
        if nonce[:1] != b"\x02" or len(nonce) != nonce[1] + 2:
            raise ValueError("this is no request with a nonce")
        return self._stamped(der[place : place + 32], integer(1) if other_nonce else nonce, at, 0)

    def _stamped(self, digest: bytes, nonce: bytes, at: datetime, status: int) -> bytes:
        imprint = sequence(sequence(oid(SHA256), tlv(0x05)), tlv(0x04, digest))
        time = tlv(0x18, at.strftime("%Y%m%d%H%M%SZ").encode())
        info = sequence(integer(1), oid("1.3.6.1.4.1.99999.1"), imprint, integer(7), time, nonce)
        der = self.certificate.public_bytes(Encoding.DER)
        signing = sequence(sequence(sequence(tlv(0x04, hashlib.sha256(der).digest()))))
        signed = (
            attribute("1.2.840.113549.1.9.3", oid("1.2.840.113549.1.9.16.1.4")),
            attribute("1.2.840.113549.1.9.4", tlv(0x04, hashlib.sha256(info).digest())),
            attribute("1.2.840.113549.1.9.16.2.47", signing),
        )
        attributes = b"".join(sorted(signed))
        signature = self.key.sign(tlv(0x31, attributes), ec.ECDSA(hashes.SHA256()))
        signer = sequence(
            integer(1),
            sequence(self.certificate.issuer.public_bytes(), integer(self.certificate.serial_number)),
            sequence(oid(SHA256)),
            tlv(0xA0, attributes),
            sequence(oid("1.2.840.10045.4.3.2")),
            tlv(0x04, signature),
        )
        content = sequence(oid("1.2.840.113549.1.9.16.1.4"), tlv(0xA0, tlv(0x04, info)))
        data = sequence(integer(3), tlv(0x31, sequence(oid(SHA256))), content, tlv(0xA0, der), tlv(0x31, signer))
        return sequence(sequence(integer(status)), sequence(oid("1.2.840.113549.1.7.2"), tlv(0xA0, data)))
