"""Tokens of the API: made by administrators for other programs, kept as a hash, read at each call."""

from __future__ import annotations

import hashlib
import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction
from django.utils.translation import gettext_lazy as _

from citysquare.apps.accounts.models import ApiToken
from citysquare.platform.errors import DomainError
from citysquare.platform.policy import Actor, Scope, Subject
from citysquare.platform.tokens import BadToken

_log = logging.getLogger(__name__)

TOKEN_BYTES = 32
TOKEN_PREFIX = "cs_"  # noqa: S105 -- how a token begins, so that scanners for lost secrets know it
LONGEST_TOKEN_LIFE = timedelta(days=366)
_USE_NOTED = timedelta(minutes=1)
"""How exactly the last use of a token is kept: a write for every call would cost more than the call."""


class NoSuchToken(DomainError):
    """There is no token with this identifier in the organisation."""

    code = "accounts.no_such_token"
    status = 404


class BadTokenRequest(DomainError):
    """A token as asked for cannot be made."""

    code = "accounts.bad_token_request"


class TokenUnknown(BadToken):
    """No token of ours reads like this."""

    code = "accounts.token_unknown"


class TokenExpired(BadToken):
    """The token was good until its last day."""

    code = "accounts.token_expired"


class TokenRevoked(BadToken):
    """An administrator has taken the token back."""

    code = "accounts.token_revoked"


@dataclass(frozen=True, slots=True)
class NewToken:
    """A fresh token of the API; `secret` is known only here and now."""

    secret: str
    token: ApiToken


@dataclass(frozen=True, slots=True)
class TokenWish:
    """What a token should be for."""

    name: str
    purpose: str
    scopes: frozenset[Scope]
    valid_for: timedelta


@transaction.atomic
def make_token(*, wish: TokenWish, organisation_id: str, made_by: str, at: datetime) -> NewToken:
    """Make a token of the API for another program.

    Raises BadTokenRequest without a name, a purpose or a scope, and for a life of no time or of more than a year.
    """
    name, purpose = " ".join(wish.name.split())[:100], " ".join(wish.purpose.split())[:300]
    if not name or not purpose:
        raise BadTokenRequest(_("Say which program the token is for, and what that program does with what it reads."))
    if not wish.scopes:
        raise BadTokenRequest(_("Choose at least one scope: a token without any opens nothing."))
    if not timedelta(0) < wish.valid_for <= LONGEST_TOKEN_LIFE:
        raise BadTokenRequest(_("A token lives for a day at least and a year at most."))
    secret = TOKEN_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    token = ApiToken.objects.create(
        organisation_id=organisation_id,
        token_hash=_hash(secret),
        name=name,
        purpose=purpose,
        scopes=sorted(wish.scopes),
        made_by_id=made_by,
        made_at=at,
        expires_at=at + wish.valid_for,
    )
    return NewToken(secret, token)


@transaction.atomic
def revoke_token(*, token_id: str, organisation_id: str, at: datetime) -> ApiToken:
    """Take a token back; it ends with the program's next call. Taking it back again changes nothing.

    Raises NoSuchToken.
    """
    token = ApiToken.objects.filter(pk=token_id, organisation_id=organisation_id).first()
    if token is None:
        raise NoSuchToken(_("There is no such token."))
    if token.revoked_at is None:
        token.revoked_at = at
        token.save(update_fields=("revoked_at",))
    return token


def read_token(secret: str, at: datetime) -> Actor:
    """Return whose a token is, and note that it was used.

    It is looked for by its hash: how long that takes tells nothing about tokens that are nearly right.
    Raises TokenUnknown, TokenRevoked, TokenExpired.
    """
    token = ApiToken.objects.filter(token_hash=_hash(secret)).first() if secret.startswith(TOKEN_PREFIX) else None
    if token is None:
        raise TokenUnknown(_("This token is not known here. Check that it was copied whole, or ask an administrator for a new one."))
    if token.revoked_at is not None:
        raise _about(token, TokenRevoked(_("This token was revoked. Ask an administrator for a new one.")))
    if token.expires_at <= at:
        raise _about(token, TokenExpired(_("This token has expired. Ask an administrator for a new one.")))
    if token.last_used_at is None or token.last_used_at <= at - _USE_NOTED:
        _note_use(token, at)
    return token.actor()


def _note_use(token: ApiToken, at: datetime) -> None:
    """Keep when a token was used last. Where the database takes nothing, whether the program is answered is for the log to say."""
    try:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=at)
    except DatabaseError as error:
        _log.warning("that a token was used was not kept: %s", error)


def _about(token: ApiToken, error: BadToken) -> BadToken:
    error.subject = Subject("token", token.pk, token.organisation_id)
    return error


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
