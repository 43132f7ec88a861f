"""Groups: people with the same roles at the same places."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from citysquare.apps.accounts import policies, queries
from citysquare.apps.accounts.models import Group, GroupMember, Shift, User
from citysquare.apps.accounts.models.people import LONGEST_GROUP_NAME
from citysquare.apps.accounts.services import rights
from citysquare.apps.accounts.services.people import readable
from citysquare.platform.errors import DomainError
from citysquare.platform.policy import Actor, Role
from citysquare.platform.turns import take_turn

MOST_PLACES = 5_000
MOST_GROUPS = 500


class NoSuchGroup(DomainError):
    """There is no group with this identifier in the organisation."""

    code = "accounts.no_such_group"
    status = 404


class BadGroup(DomainError):
    """A group cannot be kept like this."""

    code = "accounts.bad_group"


@dataclass(frozen=True, slots=True)
class GroupEntry:
    """What a group is called, what it gives, and where."""

    name: str
    roles: frozenset[Role]
    everywhere: bool
    spaces: frozenset[str] = frozenset()
    cameras: frozenset[str] = frozenset()


@transaction.atomic
def make_group(*, entry: GroupEntry, by: Actor, at: datetime) -> Group:
    """Make a group without people. Raises BadGroup."""
    take_turn(rights.RIGHTS)
    if queries.groups_of(by.organisation).count() >= MOST_GROUPS:
        raise BadGroup(_("There are as many groups as can be kept. End one that is not needed."))
    checked = _checked(entry, by.organisation, None)
    return Group.objects.create(organisation_id=by.organisation, made_at=at, **checked)


@transaction.atomic
def change_group(*, group_id: str, entry: GroupEntry, by: Actor) -> Group:
    """Change what a group is called, what it gives and where; it holds from its people's next request.

    Raises NoSuchGroup, BadGroup, OwnRights for a group that one is in, RolesConflict.
    """
    take_turn(rights.RIGHTS)
    group = required_group(group_id, by.organisation)
    _refuse_own_group(group, by)
    for field, value in _checked(entry, by.organisation, group).items():
        setattr(group, field, value)
    for user in group.people.all():
        rights.refuse_conflict(user, by.organisation, set(entry.roles))
    group.save()
    return group


@transaction.atomic
def end_group(*, group_id: str, by: Actor, at: datetime) -> Group:
    """End a group: its people lose what it gave them, and its shifts end. Raises NoSuchGroup, OwnRights."""
    take_turn(rights.RIGHTS)
    group = required_group(group_id, by.organisation)
    _refuse_own_group(group, by)
    group.ended_at = at
    group.save(update_fields=("ended_at",))
    GroupMember.objects.filter(group=group).delete()
    Shift.objects.filter(group=group, ends__gt=at).delete()
    Shift.objects.filter(group=group, weekly=True).update(until=at)
    return group


@transaction.atomic
def add_to_group(*, group_id: str, person_id: str, by: Actor, at: datetime) -> User:
    """Put a person into a group; doing it again changes nothing.

    Raises NoSuchGroup, NoSuchPerson, OwnRights, RolesConflict, BadGroup for somebody who has left.
    """
    take_turn(rights.RIGHTS)
    group, user = required_group(group_id, by.organisation), rights.person_in(person_id, by.organisation)
    rights.refuse_own(user, by)
    if not user.is_active:
        raise BadGroup(_("This person has left. Take them back first."))
    rights.refuse_conflict(user, by.organisation, set(group.known_roles()))
    rights.belong(user, by.organisation, at)
    GroupMember.objects.get_or_create(group=group, user=user, defaults={"since": at})
    return user


@transaction.atomic
def take_from_group(*, group_id: str, person_id: str, by: Actor, at: datetime) -> User:
    """Take a person out of a group; what it gave ends with their next request. Raises NoSuchGroup, NoSuchPerson, OwnRights."""
    take_turn(rights.RIGHTS)
    group, user = required_group(group_id, by.organisation), rights.person_in(person_id, by.organisation)
    rights.refuse_own(user, by)
    rights.belong(user, by.organisation, at)
    GroupMember.objects.filter(group=group, user=user).delete()
    return user


def required_group(group_id: str, organisation_id: str) -> Group:
    """Return a group of an organisation that exists still. Raises NoSuchGroup."""
    found = queries.groups_of(organisation_id).filter(pk=group_id).first()
    if found is None:
        raise NoSuchGroup(_("There is no such group."))
    return found


def _checked(entry: GroupEntry, organisation_id: str, group: Group | None) -> dict[str, object]:
    name = readable(entry.name, most=LONGEST_GROUP_NAME)
    if not name:
        raise BadGroup(_("A group needs a name."))
    same = queries.groups_of(organisation_id).filter(name=name)
    if (same.exclude(pk=group.pk) if group else same).exists():
        raise BadGroup(_("There is a group with this name already."))
    if not entry.roles or not entry.roles <= policies.GROUP_ROLES:
        raise BadGroup(_("A group gives at least one role, and none of administration or oversight: those are given to a person by name."))
    spaces = _known(entry.spaces, "spaces", organisation_id)
    cameras = _known(entry.cameras, "cameras", organisation_id)
    if not entry.everywhere and not (spaces or cameras):
        raise BadGroup(_("Choose the spaces or cameras where the group's roles hold, or let them hold everywhere."))
    places = ([], []) if entry.everywhere else (spaces, cameras)
    return {
        "name": name,
        "roles": [str(role) for role in Role if role in entry.roles],
        "everywhere": entry.everywhere,
        "spaces": places[0],
        "cameras": places[1],
    }


def _known(wanted: Iterable[str], kind: str, organisation_id: str) -> list[str]:
    """Return the places that are the organisation's own. Raises BadGroup for others."""
    ids = sorted(set(wanted))
    if len(ids) > MOST_PLACES or not set(ids) <= {place.id for place in queries.places_of(organisation_id, kind)}:
        raise BadGroup(_("One of the places is not known here. Load the page anew and choose again."))
    return ids


def _refuse_own_group(group: Group, by: Actor) -> None:
    if group.members.filter(user_id=by.id).exists():
        raise rights.OwnRights(_("You are in this group, and nobody changes their own rights: ask somebody else who may."))
