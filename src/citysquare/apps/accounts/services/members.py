"""People of an organisation: invited, renamed, let in again, ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from citysquare.apps.accounts import queries
from citysquare.apps.accounts.models import Belonging, GroupMember, Membership, Organisation, Shift, SignInLink, User
from citysquare.apps.accounts.services import rights
from citysquare.apps.accounts.services.people import BadName, NewLink, create_person, grant_role, make_link, readable
from citysquare.platform.errors import DomainError
from citysquare.platform.policy import OVERSIGHT, Actor, Role
from citysquare.platform.turns import take_turn


class BadInvitation(DomainError):
    """Somebody cannot be invited like this."""

    code = "accounts.bad_invitation"


class WorksElsewhere(DomainError):
    """The person also works for another organisation, which a link or an end would reach into."""

    code = "accounts.works_elsewhere"
    status = 409


@dataclass(frozen=True, slots=True)
class Invitation:
    """Whom to invite, and for what."""

    sign_in_name: str
    display_name: str
    roles: frozenset[Role]
    valid_for: timedelta


@transaction.atomic
def invite(*, wish: Invitation, by: Actor, at: datetime) -> NewLink:
    """Enter a new person with roles and make the one-time link by which they come in.

    Raises BadName, BadInvitation without a name, OversightApart, RolesConflict.
    """
    take_turn(rights.RIGHTS)
    if not readable(wish.display_name):
        raise BadInvitation(_("Say who it is: a name, a rank or a service number."))
    rights.refuse_without_oversight(by, set(wish.roles))
    user = create_person(sign_in_name=wish.sign_in_name, display_name=wish.display_name, at=at)
    rights.refuse_conflict(user, by.organisation, set(wish.roles))
    rights.belong(user, by.organisation, at)
    Membership.objects.bulk_create(
        Membership(user=user, organisation_id=by.organisation, role=role, since=at) for role in Role if role in wish.roles
    )
    return make_link(user=user, at=at, valid_for=wish.valid_for)


@transaction.atomic
def new_link(*, person_id: str, by: Actor, at: datetime, valid_for: timedelta) -> NewLink:
    """Make a one-time link for somebody who cannot get in any more; older links of theirs open nothing from then on.

    Raises NoSuchPerson, OwnRights, OversightApart, WorksElsewhere, BadInvitation for somebody who has left.
    """
    take_turn(rights.RIGHTS)
    user = rights.person_in(person_id, by.organisation)
    rights.refuse_own(user, by)
    rights.refuse_reach_into_oversight(user, by)
    _refuse_elsewhere(user, by.organisation)
    if not user.is_active:
        raise BadInvitation(_("This person has left. Take them back first."))
    SignInLink.objects.filter(user=user, used_at=None, expires_at__gt=at).update(expires_at=at)
    return make_link(user=user, at=at, valid_for=valid_for)


@transaction.atomic
def rename(*, person_id: str, display_name: str, by: Actor) -> User:
    """Change the name that others read, never one's own. Raises NoSuchPerson, OwnRights, OversightApart, WorksElsewhere, BadName."""
    user = rights.person_in(person_id, by.organisation)
    rights.refuse_own(user, by)
    rights.refuse_reach_into_oversight(user, by)
    _refuse_elsewhere(user, by.organisation)
    name = readable(display_name)
    if not name:
        raise BadName(_("A person needs a name."))
    user.display_name = name
    user.save(update_fields=("display_name",))
    return user


@transaction.atomic
def end(*, person_id: str, by: Actor, at: datetime) -> User:
    """End a person's work here: every role, group and shift in this organisation goes, and without another one so does the way in.

    Raises NoSuchPerson, OwnRights, OversightApart, LastAdministrator.
    """
    take_turn(rights.RIGHTS)
    user = rights.person_in(person_id, by.organisation)
    rights.refuse_own(user, by)
    rights.refuse_reach_into_oversight(user, by)
    rights.refuse_last_administrator(user, by.organisation)
    rights.belong(user, by.organisation, at)
    Membership.objects.filter(user=user, organisation_id=by.organisation).delete()
    GroupMember.objects.filter(user=user, group__organisation_id=by.organisation).delete()
    running = Shift.objects.filter(user=user, organisation_id=by.organisation)
    running.filter(begins__gte=at).delete()
    running.filter(weekly=True).update(until=at)
    running.filter(ends__gt=at).update(ends=at)
    Belonging.objects.filter(user=user, organisation_id=by.organisation).update(ended_at=at)
    if not queries.works_elsewhere(user, by.organisation):
        user.is_active = False
        user.save(update_fields=("is_active",))
        rights.end_ways_in(user, at)
    return user


@transaction.atomic
def take_back(*, person_id: str, by: Actor, at: datetime) -> User:
    """Let somebody who had left work here again, without any role: those are given anew. Raises NoSuchPerson, OwnRights."""
    take_turn(rights.RIGHTS)
    user = rights.person_in(person_id, by.organisation)
    rights.refuse_own(user, by)
    rights.belong(user, by.organisation, at)
    user.is_active = True
    user.save(update_fields=("is_active",))
    return user


@transaction.atomic
def join(*, sign_in_name: str, organisation: Organisation, role: Role, at: datetime) -> User:
    """Give a person who is known here already a role in another organisation. Only from the console: it crosses organisations.

    Links that an administrator made for them, and browsers in which one was used, open nothing from then on.

    Raises NoSuchPerson, RolesConflict.
    """
    take_turn(rights.RIGHTS)
    user = known(sign_in_name)
    rights.refuse_conflict(user, organisation.pk, {role})
    rights.belong(user, organisation.pk, at)
    grant_role(user=user, organisation=organisation, role=role, at=at)
    rights.end_ways_in(user, at)
    return user


def known(sign_in_name: str) -> User:
    """Return who signs in with this name, wherever they work. Raises NoSuchPerson."""
    user = User.objects.filter(sign_in_name__iexact=User.normalize_username(sign_in_name.strip()), is_active=True).first()
    if user is None:
        raise rights.NoSuchPerson(_("Nobody signs in with this name."))
    return user


@transaction.atomic
def leave_oversight(*, sign_in_name: str, organisation: Organisation) -> User:
    """Take every role of oversight from a person. Only from the console: for when nobody of the oversight is left to do it.

    Raises NoSuchPerson.
    """
    take_turn(rights.RIGHTS)
    user = User.objects.filter(sign_in_name__iexact=User.normalize_username(sign_in_name.strip())).first()
    if user is None:
        raise rights.NoSuchPerson(_("Nobody signs in with this name."))
    Membership.objects.filter(user=user, organisation=organisation, role__in=[str(role) for role in OVERSIGHT]).delete()
    return user


def _refuse_elsewhere(user: User, organisation_id: str) -> None:
    if queries.works_elsewhere(user, organisation_id):
        raise WorksElsewhere(_("This person also works for another organisation. Whoever runs the machine does this from the console."))
