"""Signing in at an identity provider of the city or the country (OpenID Connect Core 1.0, authorisation code flow with PKCE).

The provider says *who* somebody is and nothing more: its claims make no person and give no role. Its lasting name for a person (`sub`) must
have been linked before by that person, while signed in here. We keep no token of its: the identity token is checked and forgotten.

What is checked: state (this browser), nonce (this request), PKCE with S256, issuer (exactly, and in the answer too, RFC 9207), audience and
authorised party, times, and the signature with a key from the provider's own set, of an algorithm on our list.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]  # it has no types
from authlib.integrations.requests_client import OAuth2Session  # type: ignore[import-untyped]  # as above
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from citysquare.apps.accounts.models import Identity, User
from citysquare.platform.errors import DomainError
from citysquare.proof.canonical import parse
from citysquare.proof.errors import ProofError

ALGORITHMS: Final = ["ES256", "RS256", "PS256", "Ed25519"]
"""Of identity tokens. None that shares a secret, and no `none`."""
SKEW_SECONDS: Final = 60
"""By how much the provider's clock may differ from ours."""
OLDEST_TOKEN_SECONDS: Final = 600
_TIMEOUT_SECONDS: Final = 10
_LARGEST_ANSWER: Final = 262_144
_LONGEST_TOKEN: Final = 16_384
_LONGEST_SUBJECT: Final = 255
"""ASCII characters, as the standard has it (OpenID Connect Core 1.0, section 2)."""
_SECRET_BYTES: Final = 32
_SCOPE: Final = "openid"
"""We ask for nobody's name or address: `sub` is enough."""


class ProviderAway(DomainError):
    """The provider does not answer, or not as the standard says."""

    code = "accounts.provider_away"
    status = 502


class ProviderRefused(DomainError):
    """What came back from the provider proves nothing."""

    code = "accounts.provider_refused"
    status = 403


class NobodyLinked(DomainError):
    """The account at the provider belongs to nobody here."""

    code = "accounts.nobody_linked"
    status = 403


class LinkedAlready(DomainError):
    """The account at the provider belongs to somebody here."""

    code = "accounts.linked_already"
    status = 409


@dataclass(frozen=True, slots=True)
class Settings:
    """How to reach the provider, from the operator's settings."""

    issuer: str
    client_id: str
    client_secret: str
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in on its way to the provider; all but `address` stays in the browser's session."""

    address: str
    state: str
    nonce: str
    verifier: str

    def kept(self) -> dict[str, str]:
        """Return what the session keeps."""
        return {name: value for name, value in asdict(self).items() if name != "address"}


class Web(Protocol):
    """What asks the provider; tests have one of their own."""

    def get(self, address: str) -> bytes:
        """Return what is at an address. Raises ProviderAway."""
        ...


class PlainWeb:
    """Asks over the network, with limits."""

    def get(self, address: str) -> bytes:
        """Return what is at an address. Raises ProviderAway."""
        try:
            with requests.get(address, timeout=_TIMEOUT_SECONDS, allow_redirects=False, stream=True) as answer:
                data: bytes = answer.raw.read(_LARGEST_ANSWER + 1, decode_content=True)
                if answer.status_code != 200 or len(data) > _LARGEST_ANSWER:
                    raise _away()
                return data
        except (requests.RequestException, OSError):
            raise _away() from None


class _Bounded:
    """An answer of the token endpoint as the library reads it, of no more bytes and no other JSON than we take from anybody."""

    def __init__(self, answer: requests.Response) -> None:
        """Read it now. Raises ProviderAway, OSError."""
        with answer:
            self.status_code = answer.status_code
            data: bytes = answer.raw.read(_LARGEST_ANSWER + 1, decode_content=True)
        if self.status_code >= 500:
            raise _away()
        self._value = _object(data)

    def json(self) -> dict[str, Any]:
        """Return what it says."""
        return self._value

    def raise_for_status(self) -> None:
        """Do nothing: what is no answer was refused above."""


@dataclass(frozen=True, slots=True)
class _Places:
    authorise: str
    token: str
    keys: str


def begin(settings: Settings, web: Web | None = None) -> Begun:
    """Return where to send the browser, and what to remember. Raises ProviderAway."""
    places = _places(settings, web or PlainWeb())
    state, nonce, verifier = (secrets.token_urlsafe(_SECRET_BYTES) for _number in range(3))
    with _client(settings) as client:
        address, _state = client.create_authorization_url(places.authorise, state=state, nonce=nonce, code_verifier=verifier)
    return Begun(str(address), state, nonce, verifier)


def finish(settings: Settings, kept: Mapping[str, str], answer: Mapping[str, str], *, at: datetime, web: Web | None = None) -> str:
    """Return the provider's lasting name for whoever came back with `answer` (the query of the redirect).

    Raises ProviderAway, ProviderRefused.
    """
    if not kept or not hmac.compare_digest(answer.get("state", "").encode(), kept.get("state", "").encode()) or not kept.get("state"):
        raise _refused()
    if answer.get("iss", settings.issuer) != settings.issuer or not answer.get("code"):
        raise _refused()
    web = web or PlainWeb()
    places = _places(settings, web)
    token = _token(settings, places, answer["code"], kept["verifier"])
    return _subject(token, settings, _keys(web.get(places.keys)), kept["nonce"], at)


@transaction.atomic
def person_of(*, issuer: str, subject: str, at: datetime) -> User:
    """Return the person to whom an account at the provider was linked. Raises NobodyLinked."""
    identity = Identity.objects.select_related("user").filter(issuer=issuer, subject=subject, user__is_active=True).first()
    if identity is None:
        raise NobodyLinked(
            _("Nobody here is linked to that account. Sign in as you did so far, then link it under Keys and sign-in; or ask for a link.")
        )
    Identity.objects.filter(pk=identity.pk).update(last_used_at=at)
    return identity.user


@transaction.atomic
def link(*, user: User, issuer: str, subject: str, at: datetime) -> Identity:
    """Link an account at the provider to a person. Raises LinkedAlready."""
    try:
        with transaction.atomic():
            return Identity.objects.create(user=user, issuer=issuer, subject=subject, linked_at=at)
    except IntegrityError:
        raise LinkedAlready(_("That account is linked to somebody here already.")) from None


@transaction.atomic
def unlink(*, user: User, identity_id: int) -> None:
    """End a link; one that is gone already changes nothing."""
    Identity.objects.filter(user=user, pk=identity_id).delete()


def _client(settings: Settings) -> OAuth2Session:
    return OAuth2Session(
        settings.client_id,
        settings.client_secret,
        scope=_SCOPE,
        redirect_uri=settings.redirect_uri,
        code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_basic" if settings.client_secret else "none",
        default_timeout=_TIMEOUT_SECONDS,
    )


def _places(settings: Settings, web: Web) -> _Places:
    """Ask the provider where its endpoints are. They must be as well protected as the issuer itself."""
    found = _object(web.get(settings.issuer.rstrip("/") + "/.well-known/openid-configuration"))
    if found.get("issuer") != settings.issuer:
        raise _away()
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    places = [found.get(name) for name in names]
    scheme = urlsplit(settings.issuer).scheme
    if not all(isinstance(place, str) and urlsplit(place).scheme == scheme and urlsplit(place).netloc for place in places):
        raise _away()
    return _Places(*(str(place) for place in places))


def _token(settings: Settings, places: _Places, code: str, verifier: str) -> str:
    wanted = {"code": code, "code_verifier": verifier, "timeout": _TIMEOUT_SECONDS, "allow_redirects": False, "stream": True}
    try:
        with _client(settings) as client:
            client.register_compliance_hook("access_token_response", _Bounded)
            found = client.fetch_token(places.token, **wanted)
    except AuthlibBaseError:
        raise _refused() from None
    except (requests.RequestException, OSError, ValueError, TypeError):
        raise _away() from None
    token = found.get("id_token")
    if not isinstance(token, str) or len(token) > _LONGEST_TOKEN:
        raise _refused()
    return token


def _keys(data: bytes) -> KeySet:
    try:
        return KeySet.import_key_set(_object(data))  # type: ignore[arg-type]  # joserfc checks each key itself
    except (JoseError, ValueError, KeyError, TypeError):
        raise _away() from None


def _subject(token: str, settings: Settings, keys: KeySet, nonce: str, at: datetime) -> str:
    """Check an identity token (OpenID Connect Core 1.0, section 3.1.3.7) and return its `sub`."""
    try:
        claims: dict[str, Any] = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
    except (JoseError, ValueError, KeyError, TypeError, RecursionError):
        raise _refused() from None
    now, subject = at.timestamp(), claims.get("sub")
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    expires, issued = _number(claims.get("exp")), _number(claims.get("iat"))
    good = (
        claims.get("iss") == settings.issuer
        and settings.client_id in audiences
        and claims.get("azp", settings.client_id if len(audiences) == 1 else None) == settings.client_id
        and hmac.compare_digest(str(claims.get("nonce", "")).encode(errors="replace"), nonce.encode())
        and isinstance(subject, str)
        and 0 < len(subject) <= _LONGEST_SUBJECT
        and subject.isascii()
        and subject.isprintable()
    )
    if not good or expires <= now - SKEW_SECONDS or not now - OLDEST_TOKEN_SECONDS <= issued <= now + SKEW_SECONDS:
        raise _refused()
    return str(subject)


def _number(value: object) -> float:
    """Return a time of a token; what is none lies at the beginning of time, which is too old for everything."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else 0


def _object(data: bytes) -> dict[str, Any]:
    try:
        found = parse(data, most_bytes=_LARGEST_ANSWER)
    except ProofError:
        raise _away() from None
    if not isinstance(found, dict):
        raise _away()
    return found


def _away() -> ProviderAway:
    return ProviderAway(_("The identity provider does not answer as it should. Try again later, or sign in another way."))


def _refused() -> ProviderRefused:
    return ProviderRefused(_("That sign-in did not hold. Begin it anew, in one browser and without going back."))
