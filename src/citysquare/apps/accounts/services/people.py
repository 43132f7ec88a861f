"""Every write to organisations, people and their ways in."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from citysquare.apps.accounts.models import Membership, Organisation, SignInLink, TotpSecret, User
from citysquare.apps.accounts.models.people import LONGEST_NAME
from citysquare.apps.accounts.services import attempts
from citysquare.platform.errors import DomainError
from citysquare.platform.names import clean_names
from citysquare.platform.policy import OrganisationKind, Role
from citysquare.platform.turns import take_turn

_HASHES_AT_ONCE = 2
_hashing = threading.BoundedSemaphore(_HASHES_AT_ONCE)
"""One argon2 takes 100 MB: many at once would take the recorder's memory. Others wait here."""

_NAMES = "accounts.names"
"""The turn of whoever gives somebody a name to sign in with."""

TOKEN_BYTES = 32


class BadCredentials(DomainError):
    """Name and password do not belong together."""

    code = "accounts.bad_credentials"
    status = 403


class LinkGone(DomainError):
    """The link was used, has expired or never existed; it is not said which."""

    code = "accounts.link_gone"
    status = 410


class WeakPassword(DomainError):
    """The password is too easy to guess."""

    code = "accounts.weak_password"


class BadName(DomainError):
    """A name that cannot be kept."""

    code = "accounts.bad_name"


@dataclass(frozen=True, slots=True)
class NewLink:
    """A fresh link; the token is known only here and now."""

    token: str
    user: User
    expires_at: datetime


def readable(name: str, *, most: int = LONGEST_NAME) -> str:
    """Return a name in one line of so many characters, without signs that are not seen or turn what stands around them."""
    return " ".join("".join(letter for letter in name if letter.isprintable()).split())[:most]


@transaction.atomic
def create_organisation(*, names: Mapping[str, str], at: datetime, kind: OrganisationKind = OrganisationKind.CITY) -> Organisation:
    """Create an organisation.

    Raises BadName without a name in any language.
    """
    try:
        kept = clean_names(names)
    except ValueError:
        raise BadName(_("An organisation needs a name.")) from None
    return Organisation.objects.create(names=kept, kind=kind, created_at=at)


@transaction.atomic
def create_person(*, sign_in_name: str, display_name: str, at: datetime) -> User:
    """Create a person who can come in by links only, until they set a password.

    Raises BadName when the name is empty or taken.
    """
    take_turn(_NAMES)
    name = User.normalize_username(sign_in_name.strip())
    if not name or len(name) > LONGEST_NAME or not name.isprintable() or User.objects.filter(sign_in_name__iexact=name).exists():
        raise BadName(_("This sign-in name is empty, too long or taken."))
    return User.objects.create(sign_in_name=name, display_name=readable(display_name) or name, password=make_password(None), created_at=at)


@transaction.atomic
def grant_role(*, user: User, organisation: Organisation, role: Role, at: datetime) -> Membership:
    """Give a person a role; giving it again changes nothing."""
    return Membership.objects.get_or_create(user=user, organisation=organisation, role=role, defaults={"since": at})[0]


@transaction.atomic
def revoke_role(*, user: User, organisation: Organisation, role: Role) -> None:
    """Take a role away; it ends with the person's next request."""
    Membership.objects.filter(user=user, organisation=organisation, role=role).delete()


@transaction.atomic
def make_link(*, user: User, at: datetime, valid_for: timedelta) -> NewLink:
    """Make a one-time link for a person; those that ended long ago go by the platform's retention."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = SignInLink.objects.create(token_hash=_hash(token), user=user, created_at=at, expires_at=at + valid_for)
    return NewLink(token=token, user=user, expires_at=link.expires_at)


@transaction.atomic
def make_role_link(*, role: Role, organisation: Organisation, at: datetime, valid_for: timedelta) -> NewLink:
    """Make a link for the first person with a role, creating one named after the role when there is none yet."""
    take_turn(_NAMES)
    user = (
        User.objects.filter(memberships__role=role, memberships__organisation=organisation, is_active=True)
        .order_by("created_at", "pk")
        .first()
    )
    if user is None:
        user = _person_named_after(role, at)
        grant_role(user=user, organisation=organisation, role=role, at=at)
    return make_link(user=user, at=at, valid_for=valid_for)


def _person_named_after(role: Role, at: datetime) -> User:
    name = title = str(role).replace("_", "-")
    number = 1
    while User.objects.filter(sign_in_name__iexact=name).exists():
        number += 1
        name = f"{title}-{number}"
    return create_person(sign_in_name=name, display_name=name.replace("-", " ").capitalize(), at=at)


def note_tour(*, user_id: str, at: datetime) -> None:
    """Remember that a person finished or skipped the tour; the first time counts."""
    User.objects.filter(pk=user_id, toured_at=None).update(toured_at=at)


def check_link(*, token: str, address: str, at: datetime) -> SignInLink:
    """Return the link behind a token without using it.

    Raises LinkGone when it cannot be used (any more), TooManyAttempts after too many wrong ones.
    """
    attempts.refuse_too_many(attempts.by_address(address), at=at)
    link = (
        SignInLink.objects.select_related("user")
        .filter(token_hash=_hash(token), used_at=None, expires_at__gt=at, user__is_active=True)
        .first()
    )
    if link is None:
        attempts.note_failed(attempts.by_address(address), at=at)
        raise LinkGone(_("This link was used already, has expired or never existed. Ask for a new one."))
    return link


def use_link(*, token: str, address: str, at: datetime) -> User:
    """Use up a link and return its person. Of two uses at the same moment one wins.

    Raises LinkGone and TooManyAttempts like check_link.
    """
    link = check_link(token=token, address=address, at=at)
    with transaction.atomic():
        won = SignInLink.objects.filter(pk=link.pk, used_at=None).update(used_at=at)
    if not won:
        raise LinkGone(_("This link was used already, has expired or never existed. Ask for a new one."))
    return link.user


def check_password(*, sign_in_name: str, password: str, address: str, at: datetime) -> User:
    """Return the person whose name and password these are.

    Raises BadCredentials, without telling which of the two is wrong (an unknown name costs as much time), and TooManyAttempts.
    """
    found = User.objects.filter(sign_in_name__iexact=User.normalize_username(sign_in_name.strip()), is_active=True).first()
    # By the name that was found: databases take more spellings for the same than we could list, and each would be ten guesses more.
    name = attempts.by_name(found.sign_in_name if found is not None else sign_in_name)
    begun = attempts.begin(name, attempts.by_address(address), at=at)
    user = _person_with(found, password)
    if user is None:
        raise BadCredentials(_("Name or password is wrong."))
    attempts.succeeded(begun, name)
    return user


def _person_with(user: User | None, password: str) -> User | None:
    """Return the person if the password is theirs; whoever it is, it costs one hash."""
    with _hashing:
        if user is None or not user.has_usable_password():
            make_password(password)
            return None
        return user if user.check_password(password) else None


@transaction.atomic
def set_password(*, user: User, new_password: str) -> None:
    """Set a person's password; all their other sessions end.

    Raises WeakPassword with what is wrong.
    """
    try:
        validate_password(new_password, user)
    except ValidationError as error:
        raise WeakPassword(" ".join(error.messages)) from None
    user.set_password(new_password)
    user.save(update_fields=("password",))


@transaction.atomic
def set_preferences(*, user: User, theme: str | None = None, language: str | None = None) -> None:
    """Keep how a person likes the pages."""
    if theme is not None:
        user.theme = theme[:8]
    if language is not None:
        user.language = language[:8]
    user.save(update_fields=("theme", "language"))


@transaction.atomic
def erase_person(*, person_id: str, at: datetime) -> int:
    """Take a person's name away and shut them out; the audit log keeps the opaque identifier alone. Return the number of records."""
    user = User.objects.filter(pk=person_id).first()
    if user is None:
        return 0
    held = (user.memberships, user.in_groups, user.shifts, user.belongings)
    count = 1 + sum(rows.count() for rows in held)
    for rows in held:
        rows.all().delete()
    for ways_in in (user.links, user.passkeys, user.recovery_codes, user.sittings, user.identities):
        ways_in.all().delete()
    TotpSecret.objects.filter(user=user).delete()
    user.sign_in_name = f"erased-{user.pk}"
    user.display_name = f"erased {at:%Y-%m-%d}"
    user.is_active = False
    user.set_unusable_password()
    user.save()
    return count


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
