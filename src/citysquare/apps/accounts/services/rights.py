"""Who gets which role: with the rules that hold whoever asks."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from citysquare.apps.accounts import policies, queries
from citysquare.apps.accounts.models import Belonging, Membership, SignInLink, User
from citysquare.apps.accounts.services import sittings
from citysquare.platform.errors import DomainError
from citysquare.platform.policy import OVERSIGHT, Actor, Role
from citysquare.platform.turns import take_turn

RIGHTS = "accounts.rights"
"""The turn of whoever reads what rights somebody has and then changes them."""


class OwnRights(DomainError):
    """Nobody changes their own rights."""

    code = "accounts.own_rights"
    status = 403


class OversightApart(DomainError):
    """An administrator would reach into the rights of an auditor or a data protection officer."""

    code = "accounts.oversight_apart"
    status = 403


class RolesConflict(DomainError):
    """Two roles that nobody may have together."""

    code = "accounts.roles_conflict"
    status = 409


class LastAdministrator(DomainError):
    """The organisation would be left without anybody who administers it."""

    code = "accounts.last_administrator"
    status = 409


class NoSuchPerson(DomainError):
    """There is no person with this identifier in the organisation."""

    code = "accounts.no_such_person"
    status = 404


@transaction.atomic
def give_role(*, person_id: str, role: Role, by: Actor, at: datetime) -> User:
    """Give a person a role in the organisation of who gives it; giving it again changes nothing.

    With a role of oversight they sign in anew: a link that an administrator made for them before leads into it no more.
    Raises NoSuchPerson, OwnRights, OversightApart (a role of oversight is given by who has one), RolesConflict.
    """
    take_turn(RIGHTS)
    user = person_in(person_id, by.organisation)
    refuse_own(user, by)
    refuse_without_oversight(by, {role})
    refuse_conflict(user, by.organisation, {role})
    belong(user, by.organisation, at)
    _row, is_new = Membership.objects.get_or_create(user=user, organisation_id=by.organisation, role=role, defaults={"since": at})
    if is_new and role in OVERSIGHT:
        end_ways_in(user, at)
    return user


@transaction.atomic
def take_role(*, person_id: str, role: Role, by: Actor, at: datetime) -> User:
    """Take a role from a person; it ends with their next request.

    Raises NoSuchPerson, OwnRights, OversightApart, LastAdministrator.
    """
    take_turn(RIGHTS)
    user = person_in(person_id, by.organisation)
    refuse_own(user, by)
    refuse_without_oversight(by, {role})
    if role is Role.ADMINISTRATOR:
        refuse_last_administrator(user, by.organisation)
    belong(user, by.organisation, at)
    Membership.objects.filter(user=user, organisation_id=by.organisation, role=role).delete()
    return user


def person_in(person_id: str, organisation_id: str) -> User:
    """Return a person who works, or worked, for an organisation. Raises NoSuchPerson."""
    user = queries.person(person_id, organisation_id=organisation_id)
    if user is None:
        raise NoSuchPerson(_("There is no such person here."))
    return user


def refuse_own(user: User, by: Actor) -> None:
    """Raise OwnRights where somebody would change their own rights."""
    if user.pk == by.id:
        raise OwnRights(_("Nobody changes their own rights: ask somebody else who may."))


def refuse_without_oversight(by: Actor, roles: set[Role]) -> None:
    """Raise OversightApart where roles of oversight are touched by who has none, or other roles by who only oversees."""
    oversees = bool(by.roles & OVERSIGHT)
    if roles & OVERSIGHT and not oversees:
        raise OversightApart(
            _("Administrators do not touch the rights of auditors and data protection officers: ask one of those, or use the console.")
        )
    if roles - OVERSIGHT and oversees:
        raise OversightApart(_("Auditors and data protection officers give no other roles than their own: ask an administrator."))


def refuse_reach_into_oversight(user: User, by: Actor) -> None:
    """Raise OversightApart where somebody without a role of oversight would touch a person who has one."""
    if queries.roles_of(user, by.organisation) & OVERSIGHT:
        refuse_without_oversight(by, set(OVERSIGHT))


def refuse_conflict(user: User, organisation_id: str, more: set[Role]) -> None:
    """Raise RolesConflict where the person would get roles that nobody may have together."""
    if policies.conflict(queries.roles_of(user, organisation_id) | more):
        raise RolesConflict(
            _("Who audits or protects data has no other role in the same organisation: take one away first, or choose another person.")
        )


def end_ways_in(user: User, at: datetime) -> None:
    """Let no open link of a person and no browser in which they are signed in lead any further; their own keys stay."""
    SignInLink.objects.filter(user=user, used_at=None, expires_at__gt=at).update(expires_at=at)
    sittings.end_all_sittings(user=user)


def refuse_last_administrator(user: User, organisation_id: str) -> None:
    """Raise LastAdministrator where nobody else administers the organisation."""
    others = queries.people_with(Role.ADMINISTRATOR, organisation_id)
    if others.filter(pk=user.pk).exists() and not others.exclude(pk=user.pk).exists():
        raise LastAdministrator(_("This is the last administrator: make somebody else one first."))


def belong(user: User, organisation_id: str, at: datetime) -> None:
    """Note that a person works for an organisation, again if they had left it."""
    Belonging.objects.update_or_create(
        user=user, organisation_id=organisation_id, defaults={"ended_at": None}, create_defaults={"since": at, "ended_at": None}
    )
