"""The centre's keys: Ed25519 (RFC 8032), as JWK (RFC 8037), named by their thumbprint (RFC 7638), and which of them counted when.

A key set is a JWK set (RFC 7517) whose keys carry from when to when they count, and from when on they are revoked. A key that follows
another is signed by it, so that who once compared a fingerprint by hand can follow the rotations. The cryptography is pyca/cryptography's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from citysquare.proof.canonical import Json, canonical, parse
from citysquare.proof.errors import BadKey, BadSignature, BadValue, ProofError
from citysquare.proof.fields import Fields, base64url, from_base64url

MOST_KEYS = 64
"""In a set."""
_KEY_BYTES = 32
_MOST_PEM = 4096
_MOST_SET = 128 * 1024
_LONGEST_TOKEN = 1024
_TIMES = ("valid_from", "valid_to", "revoked_at")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An Ed25519 key to check with (`jws`). Raises BadKey for what is none."""

    value: bytes

    def __post_init__(self) -> None:
        """Refuse what is no key."""
        try:
            Ed25519PublicKey.from_public_bytes(self.value)
        except (ValueError, UnsupportedAlgorithm):
            raise BadKey("The key is no Ed25519 key.") from None

    @property
    def kid(self) -> str:
        """The key's name: its RFC 7638 thumbprint (SHA-256) in base64url, 43 characters."""
        return base64url(hashlib.sha256(canonical(self.jwk())).digest())

    def jwk(self) -> dict[str, str]:
        """Return the key as a JWK with its required members alone (RFC 8037, section 2)."""
        return {"crv": "Ed25519", "kty": "OKP", "x": base64url(self.value)}

    @classmethod
    def from_jwk(cls, value: Mapping[str, object]) -> PublicKey:
        """Read a JWK. Raises BadKey for any other kind of key, and for a private one."""
        text = value.get("x")
        if value.get("kty") != "OKP" or value.get("crv") != "Ed25519" or "d" in value or not isinstance(text, str):
            raise BadKey("Only public Ed25519 keys are used.")
        try:
            return cls(from_base64url(text, most=_KEY_BYTES))
        except BadValue:
            raise BadKey("The key is no Ed25519 key.") from None


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """An Ed25519 key to sign with (`jws`); never shown in messages."""

    value: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def make(cls) -> PrivateKey:
        """Return a new key from the system's random numbers."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_pem(cls, text: bytes) -> PrivateKey:
        """Read a key in PKCS #8 PEM without a password. Raises BadKey."""
        if len(text) > _MOST_PEM:
            raise BadKey("The key file is too large.")
        try:
            found = load_pem_private_key(text, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise BadKey("The key file cannot be read as a private key without a password.") from None
        if not isinstance(found, Ed25519PrivateKey):
            raise BadKey("Only Ed25519 keys are used.")
        return cls(found)

    def to_pem(self) -> bytes:
        """Return the key as PKCS #8 PEM without a password: keep it in a private file."""
        return self.value.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def public(self) -> PublicKey:
        """The key that checks."""
        return PublicKey(self.value.public_key().public_bytes_raw())

    @property
    def kid(self) -> str:
        """The name of the key pair."""
        return self.public.kid


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key and when it counts: from `valid_from` to before `valid_to`, and not from `revoked_at` on. Empty: no such limit.

    `endorsement` is the token (`jws`) by which an earlier key of the set signs this one with its `valid_from`; empty for the first.
    """

    key: PublicKey
    valid_from: str = ""
    valid_to: str = ""
    revoked_at: str = ""
    endorsement: str = ""

    def counts(self, at: str) -> bool:
        """Tell whether the key counts for what says it was signed at this time."""
        return (
            (not self.valid_from or self.valid_from <= at)
            and (not self.valid_to or at < self.valid_to)
            and (not self.revoked_at or at < self.revoked_at)
        )

    def hands_over(self, at: str) -> bool:
        """Tell whether the key may sign one that follows it at this time: at its very end, too, but not once it was revoked."""
        return self.counts(at) or (self.valid_to == at and replace(self, valid_to="").counts(at))

    def json(self) -> dict[str, Json]:
        """Return the key as a member of a JWK set."""
        times = {name: value for name in (*_TIMES, "endorsement") if (value := getattr(self, name))}
        return {**self.key.jwk(), "alg": "Ed25519", "kid": self.key.kid, "use": "sig", **times}


class KeySet:
    """Keys by their names, in the order in which they followed each other."""

    def __init__(self, keys: Iterable[KnownKey | PublicKey] = ()) -> None:
        """Take the keys. Raises BadKey for the same key twice and for too many."""
        known = [one if isinstance(one, KnownKey) else KnownKey(one) for one in keys]
        self._keys = {one.key.kid: one for one in known}
        if len(self._keys) != len(known) or len(known) > MOST_KEYS:
            raise BadKey(f"A key set has the same key twice, or more than {MOST_KEYS}.")

    def __iter__(self) -> Iterator[KnownKey]:
        """Yield the keys."""
        return iter(self._keys.values())

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._keys)

    def __contains__(self, kid: object) -> bool:
        """Tell whether a key of this name is there."""
        return kid in self._keys

    def find(self, kid: str, *, at: str = "") -> PublicKey:
        """Return the key of this name; with `at` (text form) only if it counted then. Raises BadSignature."""
        found = self._keys.get(kid)
        if found is None:
            raise BadSignature("The signature is by a key that is not among the known ones.")
        if at and not found.counts(at):
            raise BadSignature("The signature is by a key that did not count at that time, or was revoked.")
        return found.key

    def json(self) -> dict[str, Json]:
        """Return the set as JSON (RFC 7517, section 5)."""
        return {"keys": [one.json() for one in self]}

    def encoded(self) -> bytes:
        """Return the set's canonical form."""
        return canonical(self.json())

    @classmethod
    def decoded(cls, text: bytes) -> KeySet:
        """Read a JWK set from anybody, or a single JWK. Raises BadKey."""
        try:
            value = parse(text, most_bytes=_MOST_SET)
            if isinstance(value, dict) and "keys" not in value:
                return cls([_known(value)])
            return cls(Fields(value, ("keys",)).each("keys", _known, most=MOST_KEYS))
        except BadKey:
            raise
        except ProofError as error:
            raise BadKey(f"This is no set of keys. {error.message}") from None


def _known(value: object) -> KnownKey:
    fields = Fields(value, ("kty", "crv", "x"), ("alg", "kid", "use", "key_ops", "endorsement", *_TIMES))
    key = PublicKey.from_jwk({name: fields.text(name, most=64) for name in ("kty", "crv", "x")})
    for name, wanted in (("alg", "Ed25519"), ("kid", key.kid), ("use", "sig")):
        if fields.has(name) and fields.text(name, most=64) != wanted:
            raise BadKey("A key's name, use or algorithm is not what it says.")
    times = {name: fields.time(name) for name in _TIMES if fields.has(name)}
    endorsement = fields.text("endorsement", most=_LONGEST_TOKEN) if fields.has("endorsement") else ""
    return KnownKey(key, **times, endorsement=endorsement)
