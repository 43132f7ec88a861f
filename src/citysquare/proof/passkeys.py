"""Seals: a person's own signature under an act, made by their passkey (WebAuthn Level 2, section 7.2).

An *act* is canonical JSON; its digest is the challenge the passkey signs, after the person was shown the act in words and verified
(finger, face or PIN) by their own device. The site holds only public keys, so it cannot make a seal. A seal carries all that is needed
to check it again anywhere, without the site.

What a seal does not say by itself: whose the passkey is. That the key was registered for this person stands in the audit log
(the SHA-256 of the public key at its registration).
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from fido2 import cbor
from fido2.cose import CoseKey

from citysquare.proof.canonical import Json, Parsed, canonical, parse
from citysquare.proof.errors import BadValue, ProofError, SealBroken
from citysquare.proof.fields import Fields, base64url, from_base64url

Role: TypeAlias = Literal["asks", "approves"]
"""What a person is in an act."""

ROLES: tuple[Role, ...] = ("asks", "approves")
MOST_ACT = 64 * 1024
"""Bytes of an act's canonical form."""
MOST_KEY = 1024
"""Bytes of a COSE key: RSA with 4096 bits takes 530."""
MOST_CLIENT_DATA = 4096
MOST_AUTHENTICATOR_DATA = 1024
MOST_SIGNATURE = 1024
MOST_CREDENTIAL_ID = 1024
_VERSION = 1
_LEAST_AUTHENTICATOR_DATA = 37
_PRESENT, _VERIFIED, _ATTESTED, _EXTENDED = 0x01, 0x04, 0x40, 0x80
_COORDINATE = 32
_RSA_BYTES = range(256, 513)
_PRIME = 2**255 - 19
_OF_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL_ORDER = frozenset({0, 1, _PRIME - 1, _OF_ORDER_8, _PRIME - _OF_ORDER_8})
"""The second coordinates of the eight points of edwards25519 (RFC 8032, section 5.1) whose order divides the cofactor."""
_KEY_TYPE, _ALGORITHM, _CURVE, _X, _Y = 1, 3, -1, -2, -3


@dataclass(frozen=True, slots=True)
class Act:
    """What two persons put their seals under. `asked_at` is the text form of a time; `body` depends on the `kind`."""

    kind: str
    nonce: str
    organisation: str
    asked_at: str
    body: Mapping[str, Json] = field(default_factory=dict)

    def json(self) -> dict[str, Json]:
        """Return the act as it stands in JSON."""
        return {
            "act": self.kind,
            "asked_at": self.asked_at,
            "body": dict(self.body),
            "nonce": self.nonce,
            "organisation": self.organisation,
            "version": _VERSION,
        }

    def encoded(self) -> bytes:
        """Return the canonical form. Raises NotCanonical."""
        return canonical(self.json(), most_bytes=MOST_ACT)

    @classmethod
    def decoded(cls, text: bytes) -> Act:
        """Read an act in its canonical form. Raises BadJson or BadValue."""
        act = cls.from_json(parse(text, most_bytes=MOST_ACT))
        if act.encoded() != text:
            raise BadValue("An act is not in its canonical form.")
        return act

    @classmethod
    def from_json(cls, value: object) -> Act:
        """Read an act that is part of something else. Raises BadValue."""
        fields = Fields(value, ("act", "asked_at", "body", "nonce", "organisation", "version"))
        fields.whole("version", least=_VERSION, most=_VERSION)
        return cls(
            kind=fields.text("act", least=1, most=64),
            nonce=fields.text("nonce", least=16, most=128),
            organisation=fields.text("organisation", least=1, most=64),
            asked_at=fields.time("asked_at"),
            body=fields.mapping("body"),
        )


def act_digest(act: Act) -> bytes:
    """Return the SHA-256 of an act's canonical form: the challenge of its seals. Raises NotCanonical."""
    return hashlib.sha256(act.encoded()).digest()


@dataclass(frozen=True, slots=True)
class Seal:
    """One person's seal. `public_key` is the COSE key (RFC 9052) in canonical CBOR; `at` the centre's time, in text form.

    `client_data` is the clientDataJSON exactly as the browser gave it.
    """

    person: str
    role_in_act: Role
    credential_id: bytes
    public_key: bytes
    client_data: bytes
    authenticator_data: bytes
    signature: bytes
    rp_id: str
    origin: str
    at: str

    def json(self) -> dict[str, Json]:
        """Return the seal as it stands in JSON; bytes in base64url."""
        return {
            "at": self.at,
            "authenticator_data": base64url(self.authenticator_data),
            "client_data": base64url(self.client_data),
            "credential_id": base64url(self.credential_id),
            "origin": self.origin,
            "person": self.person,
            "public_key": base64url(self.public_key),
            "role_in_act": self.role_in_act,
            "rp_id": self.rp_id,
            "signature": base64url(self.signature),
        }

    @classmethod
    def from_json(cls, value: object) -> Seal:
        """Read a seal from anybody. Raises BadValue; whether it holds is for `verify_seal`."""
        names = ("at", "authenticator_data", "client_data", "credential_id", "origin", "person", "public_key", "role_in_act", "rp_id")
        fields = Fields(value, (*names, "signature"))
        return cls(
            person=fields.text("person", least=1, most=64),
            role_in_act=_role(fields.text("role_in_act", most=16)),
            credential_id=fields.data("credential_id", most=MOST_CREDENTIAL_ID),
            public_key=fields.data("public_key", most=MOST_KEY),
            client_data=fields.data("client_data", most=MOST_CLIENT_DATA),
            authenticator_data=fields.data("authenticator_data", most=MOST_AUTHENTICATOR_DATA),
            signature=fields.data("signature", most=MOST_SIGNATURE),
            rp_id=fields.text("rp_id", least=1, most=253),
            origin=fields.text("origin", least=1, most=300),
            at=fields.time("at"),
        )


def _role(text: str) -> Role:
    for role in ROLES:
        if role == text:
            return role
    raise BadValue("A seal is of who asks or of who approves.")


def verify_seal(seal: Seal, digest: bytes, *, rp_id: str, origins: Collection[str]) -> None:
    """Check that the seal is one over the act with this digest, made for this site, by a person who was present and verified.

    Raises SealBroken.
    """
    if seal.rp_id != rp_id or seal.origin not in origins:
        raise SealBroken("The seal was made for another site.")
    _check_client_data(seal, digest)
    _check_authenticator_data(seal)
    message = seal.authenticator_data + hashlib.sha256(seal.client_data).digest()
    try:
        _key(seal.public_key).verify(message, seal.signature)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        raise SealBroken("The signature of the seal does not hold.") from None


def verify_pair(act: Act, seals: Collection[Seal], *, rp_id: str, origins: Collection[str]) -> None:
    """Check that an act has the two seals it needs: of one who asks and one who approves, two persons with two keys, over this act.

    Where the act's body names who asks (`asked_by`), that person's seal must be the one that asks. Raises SealBroken.
    """
    if sorted(seal.role_in_act for seal in seals) != ["approves", "asks"]:
        raise SealBroken("The act needs exactly one seal of who asks and one of who approves.")
    for seal in seals:
        verify_seal(seal, act_digest(act), rp_id=rp_id, origins=origins)
    for values in ({seal.person for seal in seals}, {seal.public_key for seal in seals}, {seal.credential_id for seal in seals}):
        if len(values) != len(seals):
            raise SealBroken("Both seals are of the same person, or by the same key.")
    asker = next(seal.person for seal in seals if seal.role_in_act == "asks")
    if act.body.get("asked_by", asker) != asker:
        raise SealBroken("The act was asked for by another person than the one whose seal says so.")


def check_key(public_key: bytes) -> None:
    """Refuse a COSE key that is not one of those we take: ES256 on P-256, Ed25519, RS256 from 2048 bits on. Raises SealBroken."""
    _key(public_key)


def _check_client_data(seal: Seal, digest: bytes) -> None:
    try:
        values = parse(seal.client_data, most_bytes=MOST_CLIENT_DATA)
        if not isinstance(values, dict):
            raise BadValue("Not an object.")
        challenge = from_base64url(_text(values, "challenge"), most=256)
    except ProofError:
        raise SealBroken("What the browser signed cannot be read.") from None
    if values.get("type") != "webauthn.get":
        raise SealBroken("The passkey was used for something other than a signature.")
    if not hmac.compare_digest(challenge, digest):
        raise SealBroken("The seal is over another act.")
    if values.get("origin") != seal.origin:
        raise SealBroken("The seal was made on another site.")
    if values.get("crossOrigin", False) is not False or "topOrigin" in values:
        raise SealBroken("The seal was made inside another site's page.")


def _text(values: Mapping[str, Parsed], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _check_authenticator_data(seal: Seal) -> None:
    data = seal.authenticator_data
    if not _LEAST_AUTHENTICATOR_DATA <= len(data) <= MOST_AUTHENTICATOR_DATA:
        raise SealBroken("What the passkey says has a wrong length.")
    flags = data[32]
    if not flags & (_ATTESTED | _EXTENDED) and len(data) != _LEAST_AUTHENTICATOR_DATA:
        raise SealBroken("What the passkey says has a wrong length.")
    if not hmac.compare_digest(data[:32], hashlib.sha256(seal.rp_id.encode()).digest()):
        raise SealBroken("The passkey belongs to another site.")
    if not flags & _PRESENT or not flags & _VERIFIED:
        raise SealBroken("The person was not verified by their device (finger, face or PIN).")


def _key(data: bytes) -> CoseKey:
    """Return a COSE key of one of three kinds, every member of it checked."""
    if len(data) > MOST_KEY:
        raise SealBroken("The key of the seal is too large.")
    try:
        values = cbor.decode(data)
        if isinstance(values, Mapping) and cbor.encode(values) == data and _is_usable(values):
            return CoseKey.parse(values)
    except (ValueError, TypeError, KeyError, IndexError, RecursionError, struct.error):
        pass
    raise SealBroken("The key of the seal is not of a kind that is accepted.")


def _is_usable(key: Mapping[int, object]) -> bool:
    """Tell whether a key is of one of the three kinds, in its one spelling: `true` for 1, or a zero before a number, would make it two."""
    if any(isinstance(one, bool) for one in (*key, *key.values())):
        return False
    kind = (key.get(_KEY_TYPE), key.get(_ALGORITHM))
    if kind == (2, -7):
        return key.keys() == {_KEY_TYPE, _ALGORITHM, _CURVE, _X, _Y} and key[_CURVE] == 1 and _sized(key[_X]) and _sized(key[_Y])
    if kind == (1, -8):
        return key.keys() == {_KEY_TYPE, _ALGORITHM, _CURVE, _X} and key[_CURVE] == 6 and _is_edwards_point(key[_X])
    modulus, exponent = key.get(_CURVE), key.get(_X)
    return (
        kind == (3, -257)
        and key.keys() == {_KEY_TYPE, _ALGORITHM, _CURVE, _X}
        and isinstance(modulus, bytes)
        and len(modulus) in _RSA_BYTES
        and modulus[0] > 0
        and exponent == b"\1\0\1"
    )


def _sized(value: object) -> bool:
    return isinstance(value, bytes) and len(value) == _COORDINATE


def _is_edwards_point(value: object) -> bool:
    """Tell whether an Ed25519 key is in its one spelling and of large order: under a small one a signature holds for any message."""
    if not isinstance(value, bytes) or len(value) != _COORDINATE:
        return False
    y = int.from_bytes(value, "little") & (1 << 255) - 1
    return y < _PRIME and y not in _SMALL_ORDER
