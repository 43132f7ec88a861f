"""Passkeys: making one known, and checking what one has signed.

WebAuthn level 3. A passkey must show that its owner is there and was recognised by the device (user verification): it is then two
factors in one. Attestation is not asked for: which maker a device is of is nobody's business here. All checks of a signature are those of
`proof.passkeys`, so that a sign-in and a seal are judged by the same code as an outsider judges them.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from fido2 import cbor
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticatorData,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialParameters,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from citysquare.apps.accounts.models import Passkey, User
from citysquare.apps.accounts.services import attempts
from citysquare.platform.errors import DomainError
from citysquare.platform.turns import take_turn
from citysquare.proof.canonical import parse
from citysquare.proof.errors import ProofError
from citysquare.proof.fields import base64url, from_base64url, time_text
from citysquare.proof.passkeys import Role, Seal, check_key, verify_seal

ALGORITHMS: Final = (-8, -7, -257)
"""EdDSA (Ed25519), ES256, RS256 (IANA COSE algorithms), the best first; `proof.passkeys` knows the same."""
CHALLENGE_BYTES: Final = 32
LONGEST_RESPONSE: Final = 16_384
"""Bytes of JSON from a browser: a passkey's whole answer is about 1 kB, with the longest RSA key 3 kB."""
MOST_PASSKEYS: Final = 10
"""Of one person."""
TIMEOUT_MILLISECONDS: Final = 300_000
_COUNTER: Final = slice(33, 37)
"""Where the counter stands in the authenticator's data (WebAuthn, section 6.1)."""

_KEYS: Final = "accounts.passkeys"
"""The turn of whoever adds to or takes from a person's passkeys."""


class BadPasskey(DomainError):
    """What the browser sent is no answer of a passkey, or not to what was asked."""

    code = "accounts.bad_passkey"
    status = 403


class TooManyPasskeys(DomainError):
    """The person has as many as may be."""

    code = "accounts.too_many_passkeys"


class NoSuchPasskey(DomainError):
    """The person has no such passkey."""

    code = "accounts.no_such_passkey"
    status = 404


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """The site as a passkey knows it."""

    id: str
    """Its host name."""
    origin: str
    """Scheme, host and port, as the browser writes them."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """A passkey's answer, checked: whose it is and what it signed with."""

    passkey: Passkey
    client_data: bytes
    authenticator_data: bytes
    signature: bytes


def new_challenge() -> str:
    """Return random bytes for a passkey to sign, in base64url."""
    return base64url(secrets.token_bytes(CHALLENGE_BYTES))


def creation_options(*, user: User, challenge: str, site: RelyingParty) -> dict[str, Any]:
    """Return what `navigator.credentials.create` is to be asked, with bytes in base64url."""
    there = [_descriptor(passkey) for passkey in user.passkeys.filter(rp_id=site.id)]
    options, _state = _server(site).register_begin(
        PublicKeyCredentialUserEntity(id=_handle(user), name=user.sign_in_name, display_name=user.display_name),
        there,
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=UserVerificationRequirement.REQUIRED,
        challenge=read(challenge),
    )
    return {**dict(options)["publicKey"], "timeout": TIMEOUT_MILLISECONDS, "attestation": "none"}


def request_options(*, challenge: str, site: RelyingParty, user: User | None = None) -> dict[str, Any]:
    """Return what `navigator.credentials.get` is to be asked: any passkey of this site, or one of `user`'s."""
    allowed = user.passkeys.filter(rp_id=site.id) if user is not None else ()
    return {
        "challenge": challenge,
        "rpId": site.id,
        "userVerification": "required",
        "timeout": TIMEOUT_MILLISECONDS,
        "allowCredentials": [{"type": "public-key", "id": passkey.credential_id} for passkey in allowed],
    }


@transaction.atomic
def add_passkey(*, user: User, response: str, challenge: str, name: str, site: RelyingParty, at: datetime) -> Passkey:
    """Keep the public key of a passkey that answers `challenge`.

    Raises BadPasskey for a wrong answer or a key that is known already, TooManyPasskeys.
    """
    take_turn(_KEYS, user.pk)
    if user.passkeys.count() >= MOST_PASSKEYS:
        raise TooManyPasskeys(_("You have as many passkeys as one person may have. Remove one that you no longer use first."))
    found = _registered(response, challenge, site)
    data = found.credential_data
    if data is None:
        raise _bad()
    key = _cose(data)
    try:
        with transaction.atomic():
            return Passkey.objects.create(
                user=user,
                credential_id=base64url(data.credential_id),
                public_key=base64url(key),
                rp_id=site.id,
                sign_count=found.counter,
                name=name.strip()[:100] or str(_("Passkey")),
                made_at=at,
                registration_digest=hashlib.sha256(key).hexdigest(),
            )
    except IntegrityError:
        raise BadPasskey(_("This passkey is registered already.")) from None


@transaction.atomic
def remove_passkey(*, user: User, passkey_id: str) -> Passkey:
    """Forget a passkey; what it sealed stays checkable. Raises NoSuchPasskey."""
    take_turn(_KEYS, user.pk)
    passkey = user.passkeys.filter(pk=passkey_id).first()
    if passkey is None:
        raise NoSuchPasskey(_("You have no such passkey."))
    Passkey.objects.filter(pk=passkey.pk).delete()
    return passkey


@transaction.atomic
def check_assertion(*, response: str, challenge: str, site: RelyingParty, at: datetime, user: User | None = None) -> Assertion:
    """Return whose passkey answered `challenge` (base64url), of `user` if given, and note that it was used.

    Raises BadPasskey, without telling what is wrong: unknown key, wrong signature, another site, nobody recognised, or a device whose
    counter runs backwards, which a copy of it would cause.
    """
    values = _answer(response)
    take_turn(_KEYS, values["id"])
    passkey = Passkey.objects.select_related("user").filter(credential_id=values["id"], rp_id=site.id, user__is_active=True).first()
    if passkey is None or (user is not None and passkey.user_id != user.pk):
        raise _bad()
    if values["userHandle"] and read(values["userHandle"]) != _handle(passkey.user):
        raise _bad()
    assertion = Assertion(passkey, *(read(values[name]) for name in ("clientDataJSON", "authenticatorData", "signature")))
    try:
        verify_seal(seal_of(assertion, "asks", site, at), read(challenge), rp_id=site.id, origins=(site.origin,))
    except ProofError:
        raise _bad() from None
    count = int.from_bytes(assertion.authenticator_data[_COUNTER])
    if (count or passkey.sign_count) and count <= passkey.sign_count:
        raise BadPasskey(_("This passkey seems to have been copied: remove it and register the device anew."))
    Passkey.objects.filter(pk=passkey.pk).update(sign_count=count, last_used_at=at)
    return assertion


def check_passkey(*, response: str, challenge: str, site: RelyingParty, address: str, at: datetime, user: User | None = None) -> Assertion:
    """Return whose passkey answered; failed attempts of an address are counted. Raises BadPasskey, TooManyAttempts."""
    begun = attempts.begin(attempts.by_address(address), at=at)
    found = check_assertion(response=response, challenge=challenge, site=site, at=at, user=user)
    attempts.succeeded(begun)
    return found


def seal_of(assertion: Assertion, role_in_act: Role, site: RelyingParty, at: datetime) -> Seal:
    """Return a passkey's answer in the form in which anybody can check it."""
    return Seal(
        person=assertion.passkey.user_id,
        role_in_act=role_in_act,
        credential_id=read(assertion.passkey.credential_id),
        public_key=read(assertion.passkey.public_key),
        client_data=assertion.client_data,
        authenticator_data=assertion.authenticator_data,
        signature=assertion.signature,
        rp_id=site.id,
        origin=site.origin,
        at=time_text(at),
    )


def read(text: str, most: int = LONGEST_RESPONSE) -> bytes:
    """Read base64url without padding. Raises BadPasskey."""
    try:
        return from_base64url(text, most=most)
    except ProofError:
        raise _bad() from None


def _answer(response: str) -> dict[str, str]:
    """Return the parts of an assertion as the browser writes it (WebAuthn level 3, section 5.1.9), each of them text."""
    values = _object(response)
    inner = values.get("response")
    if not isinstance(inner, dict) or values.get("type") != "public-key" or values.get("id") != values.get("rawId"):
        raise _bad()
    parts = {"id": values.get("id"), **{name: inner.get(name) for name in ("clientDataJSON", "authenticatorData", "signature")}}
    texts = {name: part for name, part in parts.items() if isinstance(part, str) and part}
    if len(texts) != len(parts):
        raise _bad()
    return {**texts, "userHandle": str(inner.get("userHandle") or "")}


def _object(response: str) -> dict[str, Any]:
    try:
        found = parse(response.encode(), most_bytes=LONGEST_RESPONSE)
    except (ProofError, UnicodeEncodeError):
        raise _bad() from None
    if not isinstance(found, dict):
        raise _bad()
    return found


def _registered(response: str, challenge: str, site: RelyingParty) -> AuthenticatorData:
    """Check a registration. The library reads CBOR of a stranger: each way in which that fails is a refusal."""
    state = {"challenge": challenge, "user_verification": UserVerificationRequirement.REQUIRED}
    try:
        answer = RegistrationResponse.from_dict(_object(response))
        return _server(site).register_complete(state, answer)
    except (ValueError, TypeError, KeyError, IndexError, AssertionError, AttributeError, OverflowError, UnsupportedAlgorithm):
        raise _bad() from None


def _cose(data: AttestedCredentialData) -> bytes:
    """Return the key in canonical CBOR. Raises BadPasskey for a kind of key that is not on the list."""
    key = cbor.encode(data.public_key)
    try:
        check_key(key)
    except ProofError:
        raise BadPasskey(_("This device makes a kind of key that is not accepted. Use another one.")) from None
    return key


def _server(site: RelyingParty) -> Fido2Server:
    server = Fido2Server(PublicKeyCredentialRpEntity(id=site.id, name="Citysquare"), verify_origin=lambda origin: origin == site.origin)
    server.allowed_algorithms = [PublicKeyCredentialParameters(type=PublicKeyCredentialType.PUBLIC_KEY, alg=alg) for alg in ALGORITHMS]
    return server


def _descriptor(passkey: Passkey) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(type=PublicKeyCredentialType.PUBLIC_KEY, id=read(passkey.credential_id))


def _handle(user: User) -> bytes:
    """Return the name under which a device keeps the person's key: opaque, no personal data (WebAuthn, section 14.6.1)."""
    return hashlib.sha256(b"citysquare user handle\0" + user.pk.encode()).digest()


def _bad() -> BadPasskey:
    return BadPasskey(_("The passkey was not accepted. Try again, or use another one."))
