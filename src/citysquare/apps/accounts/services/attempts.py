"""Slowing down guesses: failed attempts are counted by name and by address, and after too many of them none is let through for a while."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from citysquare.apps.accounts.models import Attempt
from citysquare.platform.errors import DomainError
from citysquare.platform.turns import take_turn

ATTEMPTS_PER_NAME = 10
ATTEMPTS_PER_ADDRESS = 50
"""Failed attempts within ATTEMPT_WINDOW, after which every further one is refused. Many people may share one address."""
ATTEMPT_WINDOW = timedelta(minutes=15)

_ATTEMPTS = "accounts.attempts"
"""The turn of whoever counts attempts before making one more."""


class TooManyAttempts(DomainError):
    """Guessing is slowed down."""

    code = "accounts.too_many_attempts"
    status = 429
    retry_after = int(ATTEMPT_WINDOW.total_seconds())


def by_name(name: str) -> tuple[str, int]:
    """Return under which key, and how often, a name may be tried: in whatever letters that are the same to the search for a person."""
    return key_of("name", unicodedata.normalize("NFKC", name).strip().casefold()), ATTEMPTS_PER_NAME


def by_address(address: str) -> tuple[str, int]:
    """Return under which key, and how often, an address may try."""
    return key_of("address", address), ATTEMPTS_PER_ADDRESS


def refuse_too_many(*limits: tuple[str, int], at: datetime) -> None:
    """Raise TooManyAttempts when one of the keys was tried too often."""
    for key, most in limits:
        if Attempt.objects.filter(key=key, at__gt=at - ATTEMPT_WINDOW).count() >= most:
            raise TooManyAttempts(_("Too many failed attempts. Please wait a quarter of an hour."))


@transaction.atomic
def begin(*limits: tuple[str, int], at: datetime) -> list[int]:
    """Count an attempt as failed before it is made, so that many at the same moment are not more than one after the other.

    Raises TooManyAttempts.
    """
    take_turn(_ATTEMPTS)
    refuse_too_many(*limits, at=at)
    Attempt.objects.filter(at__lt=at - ATTEMPT_WINDOW).delete()
    return [Attempt.objects.create(key=key, at=at).pk for key, _most in limits]


@transaction.atomic
def succeeded(begun: Sequence[int], *names: tuple[str, int]) -> None:
    """Forget an attempt that was right, and the failed ones at the same names before it."""
    Attempt.objects.filter(Q(key__in=[key for key, _most in names]) | Q(pk__in=begun)).delete()


@transaction.atomic
def note_failed(*limits: tuple[str, int], at: datetime) -> None:
    """Count an attempt that failed."""
    Attempt.objects.filter(at__lt=at - ATTEMPT_WINDOW).delete()
    Attempt.objects.bulk_create(Attempt(key=key, at=at) for key, _most in limits)


def key_of(kind: str, text: str) -> str:
    """Return the hash under which attempts are kept: the table tells nobody who tried, or where."""
    return hashlib.sha256(f"{kind}:{text}".encode(errors="replace")).hexdigest()
