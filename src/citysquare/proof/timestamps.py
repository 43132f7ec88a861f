"""Time-stamps of a stranger (RFC 3161): somebody whom both sides trust says that these bytes existed at a time.

Only bytes go in and out; who asks the time-stamping authority over the network is not our matter. The cryptography is rfc3161-client's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder, VerificationError, VerifierBuilder, decode_timestamp_response

from citysquare.proof.canonical import canonical, parse
from citysquare.proof.errors import BadTimestamp, BadValue
from citysquare.proof.fields import Fields, base64url, time_text

MOST_TOKEN = 64 * 1024
"""Bytes of an answer from anybody."""
LONGEST_LINE = 2 * MOST_TOKEN
"""Bytes of a stamped head's line, without the newline."""
MOST_CERTIFICATES = 1024 * 1024
_MOST_TRUSTED = 256


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a time-stamp says: the time (text form) and the authority's policy (a dotted number)."""

    at: str
    policy: str
    serial: int


@dataclass(frozen=True, slots=True)
class StampedHead:
    """A time-stamp over a signed head of a log: the head's size, and the authority's answer over the head's line with its newline."""

    size: int
    token: bytes

    def encoded(self) -> bytes:
        """Return its line, with its newline."""
        return canonical({"size": self.size, "token": base64url(self.token)}, most_bytes=LONGEST_LINE) + b"\n"

    @classmethod
    def decoded(cls, line: bytes) -> StampedHead:
        """Read a line without its newline. Raises BadJson or BadValue, also when it is not in its canonical form."""
        fields = Fields(parse(line, most_bytes=LONGEST_LINE), ("size", "token"))
        found = cls(fields.whole("size", least=1), fields.data("token", most=MOST_TOKEN))
        if found.encoded()[:-1] != line:
            raise BadValue("A time-stamp of a head is not in its canonical form.")
        return found


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent to an authority, in DER, and the number by which its answer is known to be one to this."""

    der: bytes
    nonce: int


def request(message: bytes) -> Request:
    """Return the request for a time-stamp over the SHA-256 of `message`; it asks for the authority's certificate."""
    builder = TimestampRequestBuilder().data(message).hash_algorithm(HashAlgorithm.SHA256).nonce(nonce=True)
    made = builder.cert_request(cert_request=True).build()
    if made.nonce is None:
        raise ValueError("a request without a number was made")
    return Request(made.as_bytes(), made.nonce)


def certificates(text: bytes) -> tuple[x509.Certificate, ...]:
    """Read trusted certificates, PEM one behind the other. Raises BadTimestamp."""
    try:
        found = x509.load_pem_x509_certificates(text) if len(text) <= MOST_CERTIFICATES else []
    except ValueError:
        found = []
    if not 0 < len(found) <= _MOST_TRUSTED:
        raise BadTimestamp("The file has no certificates in PEM, or too many.")
    return tuple(found)


def check(token: bytes, message: bytes, trusted: Sequence[x509.Certificate], *, nonce: int | None = None) -> Stamp:
    """Check an authority's answer (a TimeStampResp in DER) over `message` against certificates that are trusted.

    The certificates must have been valid at the time of the stamp, not today. Who asked gives the request's `nonce`; who checks later
    does not have it. Raises BadTimestamp.
    """
    if len(token) > MOST_TOKEN:
        raise BadTimestamp("The time-stamp is too large.")
    if not trusted:
        raise BadTimestamp("Without the authority's certificates the time-stamp cannot be checked.")
    try:
        answer = decode_timestamp_response(token)
        if answer.as_bytes() != token:
            raise BadTimestamp("The time-stamp is not in its one form.")
        builder = VerifierBuilder(roots=list(trusted), nonce=nonce)
        builder.build().verify_message(answer, message)
        info = answer.tst_info
        return Stamp(time_text(info.gen_time), info.policy.dotted_string, info.serial_number)
    except (VerificationError, ValueError, x509.ExtensionNotFound, x509.UnsupportedGeneralNameType):
        raise BadTimestamp(
            "The time-stamp does not hold: it is over something else, was changed, or its authority is not trusted."
        ) from None
