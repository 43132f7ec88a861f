"""Signatures as detached compact JWS (RFC 7515, Appendix F), with one algorithm: Ed25519 (RFC 8037, RFC 9864).

The header is exactly `{"alg":"Ed25519","kid":...,"typ":...}` in canonical form: no `crit`, no key or address of one inside, and a `typ`
that says what was signed, so that a signature for one thing never passes for another. The signature is joserfc's; what it is given has
been checked byte for byte before.
"""

from __future__ import annotations

import re

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from citysquare.proof.canonical import canonical, parse
from citysquare.proof.errors import BadSignature, ProofError
from citysquare.proof.fields import Fields, base64url, from_base64url
from citysquare.proof.keys import KeySet, KnownKey, PrivateKey, PublicKey

ALGORITHM = "Ed25519"
LONGEST_TOKEN = 1024
"""Characters of a token from anybody."""
MOST_PAYLOAD = 64 * 1024 * 1024
"""Bytes under one signature. What is larger (footage) is signed by its digest."""
KEY_TYPE = "citysquare-key"
"""The `typ` of a key's signature under the key that follows it."""

_TYPE = re.compile(r"[a-z0-9][a-z0-9-]{0,63}\Z")
_SIGNATURE_BYTES = 64
_MOST_HEADER = 256


class _Registry(jws.JWSRegistry):
    """The library's rules with our own bound."""

    max_payload_length = MOST_PAYLOAD * 4 // 3 + 4


_REGISTRY = _Registry(algorithms=[ALGORITHM])


def sign(payload: bytes, key: PrivateKey, *, typ: str) -> str:
    """Return the detached token of `key` over `payload`. Raises ValueError for a `typ` that is no name, or too large a payload."""
    if not _TYPE.match(typ) or len(payload) > MOST_PAYLOAD:
        raise ValueError("a typ is a short lowercase name, and a payload bounded")
    header = {"alg": ALGORITHM, "kid": key.kid, "typ": typ}
    return jws.detach_content(jws.serialize_compact(header, payload, _private(key), registry=_REGISTRY))


def verify(token: str, payload: bytes, keys: KeySet | PublicKey, *, typ: str, at: str = "") -> str:
    """Return the name (`kid`) of the key that signed `payload` as a `typ`.

    With `at` (text form of a time) the key must have counted then. Raises BadSignature.
    """
    head, signature = _parts(token)
    header = _header(head, typ)
    known = keys if isinstance(keys, KeySet) else KeySet([keys])
    key = known.find(header, at=at)
    if len(payload) > MOST_PAYLOAD:
        raise BadSignature("What was signed is too large.")
    try:
        jws.deserialize_compact(f"{head}.{base64url(payload)}.{signature}", _public(key), registry=_REGISTRY)
    except JoseError:
        raise BadSignature("The signature does not hold: what was signed was changed, or it is another's.") from None
    return header


def endorse(new: PublicKey, *, valid_from: str, by: PrivateKey) -> str:
    """Return the token by which the key that counts so far signs the one that follows it from `valid_from` on."""
    return sign(_endorsed(new, valid_from), by, typ=KEY_TYPE)


def follow(keys: KeySet, trusted: KeySet) -> KeySet:
    """Return the trusted keys and those of `keys` that they signed, step by step.

    A key counts as signed only if the one that signed it counted up to when the new one began. Limits that `keys` sets to a trusted key
    (its end, its revocation) are taken over, for they only take away.
    """
    found = {one.key.kid: _limited(one, keys) for one in trusted}
    for _ in range(len(keys)):
        known = KeySet(found.values())
        fresh = [one for one in keys if one.key.kid not in found and _signed(one, known)]
        if not fresh:
            break
        found.update((one.key.kid, one) for one in fresh)
    return KeySet(found.values())


def _signed(one: KnownKey, known: KeySet) -> bool:
    if not one.endorsement or not one.valid_from:
        return False
    may = KeySet(KnownKey(key.key) for key in known if key.hands_over(one.valid_from))
    try:
        verify(one.endorsement, _endorsed(one.key, one.valid_from), may, typ=KEY_TYPE)
    except BadSignature:
        return False
    return True


def _limited(one: KnownKey, keys: KeySet) -> KnownKey:
    said = next((other for other in keys if other.key == one.key), one)
    ends = [end for end in (one.valid_to, said.valid_to) if end]
    revoked = [at for at in (one.revoked_at, said.revoked_at) if at]
    return KnownKey(
        one.key, one.valid_from, min(ends, default=""), revoked_at=min(revoked, default=""), endorsement=one.endorsement or said.endorsement
    )


def _endorsed(key: PublicKey, valid_from: str) -> bytes:
    return canonical({**key.jwk(), "valid_from": valid_from})


def _parts(token: str) -> tuple[str, str]:
    if len(token) > LONGEST_TOKEN or not token.isascii() or token.count(".") != 2:
        raise BadSignature("This is no detached signature.")
    head, middle, signature = token.split(".")
    if middle:
        raise BadSignature("The signature brings its own content, which must stand beside it.")
    try:
        found = from_base64url(signature, most=_SIGNATURE_BYTES)
    except ProofError:
        found = b""
    if len(found) != _SIGNATURE_BYTES:
        raise BadSignature("This is no Ed25519 signature.")
    return head, signature


def _header(head: str, typ: str) -> str:
    """Return the key's name from a header that is exactly as ours are."""
    try:
        text = from_base64url(head, most=_MOST_HEADER)
        fields = Fields(parse(text), ("alg", "kid", "typ"))
        algorithm, kid, found = (fields.text(name, most=64) for name in ("alg", "kid", "typ"))
        same = canonical({"alg": algorithm, "kid": kid, "typ": found}) == text
    except ProofError:
        raise BadSignature("The signature's header is not exactly algorithm, key and type.") from None
    if algorithm != ALGORITHM or not same:
        raise BadSignature("The signature is not Ed25519 in its one form: no other algorithm is accepted.")
    if found != typ:
        raise BadSignature("The signature was made for something else.")
    return kid


def _private(key: PrivateKey) -> OKPKey:
    return OKPKey.import_key(key.value)


def _public(key: PublicKey) -> OKPKey:
    return OKPKey.import_key({**key.jwk()})
