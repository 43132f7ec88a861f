"""Second factors that are typed: the codes of an app on a phone (TOTP, RFC 6238), and recovery codes on paper.

The app's secret is sealed at rest with a key of its own (`<data_dir>/keys/people/`), bound to its person. A code counts once: its time step
is remembered, and neither it nor one before it is taken again. One step before and after ours are taken too, for clocks that differ.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from citysquare.apps.accounts.models import RecoveryCode, TotpSecret, User
from citysquare.apps.accounts.services import attempts
from citysquare.engine.errors import BadKeyFile, CannotUnseal
from citysquare.engine.sealing import Keyring, open_keyring
from citysquare.platform.errors import DomainError
from citysquare.platform.turns import take_turn

STEP_SECONDS: Final = 30
DIGITS: Final = 6
STEPS_AROUND: Final = 1
"""Steps before and after ours whose codes are taken (RFC 6238, section 5.2)."""
SECRET_BYTES: Final = 20
"""As long as the hash, as RFC 4226 recommends."""
RECOVERY_CODES: Final = 10
_RECOVERY_BYTES: Final = 15
"""120 bits: as much as may be kept under a quick hash (ASVS 5.0, 6.5.2)."""
_RECOVERY_GROUP: Final = 4
ISSUER: Final = "Citysquare"

_CODES: Final = "accounts.codes"
"""The turn of whoever changes or uses a person's codes."""


class BadCode(DomainError):
    """The code is wrong, too old, or was used already; it is not said which."""

    code = "accounts.bad_code"
    status = 403


class NoTotp(DomainError):
    """There is no secret to check a code with."""

    code = "accounts.no_totp"
    status = 409


class CodesLocked(DomainError):
    """The key that opens the secrets is missing or damaged."""

    code = "accounts.codes_locked"
    status = 503


@dataclass(frozen=True, slots=True)
class NewTotp:
    """A fresh secret; shown now and never again."""

    secret: str
    """In base32, as people type it into the app."""
    uri: str
    """The same for an app that reads addresses."""


@transaction.atomic
def begin_totp(*, user: User, at: datetime) -> NewTotp:
    """Make a secret that counts once it is confirmed; one that was not confirmed is replaced.

    Raises CodesLocked, NoTotp where one counts already.
    """
    take_turn(_CODES, user.pk)
    if has_totp(user):
        raise NoTotp(_("You have an app set up already. Remove it first to set up another one."))
    secret = secrets.token_bytes(SECRET_BYTES)
    TotpSecret.objects.filter(user=user).delete()
    TotpSecret.objects.create(user=user, sealed=_keys().seal(secret.hex(), purpose=_purpose(user)), made_at=at)
    return _shown(user, secret)


@transaction.atomic
def waiting_totp(*, user: User) -> NewTotp:
    """Return the secret that waits for its first code, to show it again. Raises NoTotp, CodesLocked."""
    found = TotpSecret.objects.filter(user=user, confirmed_at=None).first()
    if found is None:
        raise NoTotp(_("Begin anew with setting up the app."))
    return _shown(user, _opened(found))


def confirm_totp(*, user: User, code: str, at: datetime) -> list[str]:
    """Let the secret count from now on, since the person's app shows its code; return new recovery codes.

    Raises BadCode, NoTotp, TooManyAttempts, CodesLocked.
    """
    _use_code(user, code, at, confirmed=False)
    with transaction.atomic():
        TotpSecret.objects.filter(user=user, confirmed_at=None).update(confirmed_at=at)
        return new_recovery_codes(user=user, at=at)


def check_code(*, user: User, code: str, at: datetime) -> None:
    """Use up a code of the person's app. Raises BadCode, NoTotp, TooManyAttempts, CodesLocked."""
    _use_code(user, code, at, confirmed=True)


@transaction.atomic
def remove_totp(*, user: User) -> bool:
    """Forget the secret and the recovery codes; return whether there was one."""
    take_turn(_CODES, user.pk)
    RecoveryCode.objects.filter(user=user).delete()
    return TotpSecret.objects.filter(user=user).delete()[0] > 0


@transaction.atomic
def new_recovery_codes(*, user: User, at: datetime) -> list[str]:
    """Return ten fresh codes, known only here and now; earlier ones count no more."""
    take_turn(_CODES, user.pk)
    RecoveryCode.objects.filter(user=user).delete()
    codes = [base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode().lower() for _number in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, code_hash=_hash(user, code), made_at=at) for code in codes)
    return ["-".join(code[place : place + _RECOVERY_GROUP] for place in range(0, len(code), _RECOVERY_GROUP)) for code in codes]


def check_recovery_code(*, user: User, code: str, at: datetime) -> None:
    """Use up a recovery code. Raises BadCode, TooManyAttempts."""
    tried = attempts.by_name(f"code:{user.pk}")
    begun = attempts.begin(tried, at=at)
    plain = "".join(code.split()).replace("-", "").lower()
    with transaction.atomic():
        used = RecoveryCode.objects.filter(user=user, code_hash=_hash(user, plain), used_at=None).update(used_at=at)
    if not used:
        raise _wrong()
    attempts.succeeded(begun, tried)


def has_totp(user: User) -> bool:
    """Whether the person has an app whose codes count."""
    return TotpSecret.objects.filter(user=user, confirmed_at__isnull=False).exists()


def recovery_codes_left(user: User) -> int:
    """Return how many recovery codes are not used yet."""
    return RecoveryCode.objects.filter(user=user, used_at=None).count()


def _use_code(user: User, code: str, at: datetime, *, confirmed: bool) -> None:
    """Check a code and remember its step. Attempts are counted before they are made, like those at passwords."""
    tried = attempts.by_name(f"code:{user.pk}")
    begun = attempts.begin(tried, at=at)
    with transaction.atomic():
        take_turn(_CODES, user.pk)
        found = TotpSecret.objects.filter(user=user, confirmed_at__isnull=not confirmed).first()
        if found is None:
            raise NoTotp(_("There is no app set up for you: use a passkey, or ask an administrator for a one-time link."))
        step = _step_of(_opened(found), code, at)
        if step is None or step <= found.last_step:
            raise _wrong()
        TotpSecret.objects.filter(pk=found.pk).update(last_step=step)
    attempts.succeeded(begun, tried)


def _step_of(secret: bytes, code: str, at: datetime) -> int | None:
    """Return the time step whose code this is, of those near now."""
    typed = "".join(code.split())
    if len(typed) != DIGITS or not typed.isascii() or not typed.isdigit():
        return None
    totp, now = _totp(secret), int(at.timestamp()) // STEP_SECONDS
    for step in range(now - STEPS_AROUND, now + STEPS_AROUND + 1):
        try:
            totp.verify(typed.encode(), step * STEP_SECONDS)
        except InvalidToken:
            continue
        return step
    return None


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303 -- what apps know; HMAC-SHA-1 is not broken by SHA-1's collisions


def _shown(user: User, secret: bytes) -> NewTotp:
    uri = _totp(secret).get_provisioning_uri(user.sign_in_name, ISSUER)
    return NewTotp(base64.b32encode(secret).decode(), uri)


def _opened(found: TotpSecret) -> bytes:
    try:
        return bytes.fromhex(_keys().unseal(found.sealed, purpose=_purpose(found.user)))
    except CannotUnseal:
        raise CodesLocked(_locked()) from None


def _keys() -> Keyring:
    try:
        return open_keyring(settings.CITYSQUARE.keys_dir / "people")
    except BadKeyFile:
        raise CodesLocked(_locked()) from None


def _locked() -> str:
    return str(_("Codes cannot be checked: the key file keys/people is missing or damaged. Use a passkey, and tell the administrator."))


def _purpose(user: User) -> str:
    return f"totp:{user.pk}"


def _hash(user: User, code: str) -> str:
    return hashlib.sha256(f"recovery:{user.pk}:{code}".encode(errors="replace")).hexdigest()


def _wrong() -> BadCode:
    return BadCode(_("This code is wrong, too old or was used already. Wait for the next one and try again."))
