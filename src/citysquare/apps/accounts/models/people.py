"""Organisations, people, their roles, and groups with roles that are limited to spaces and cameras."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import get_language

from citysquare.platform.ids import LENGTH, new_id
from citysquare.platform.labels import ROLE_LABELS
from citysquare.platform.names import named
from citysquare.platform.policy import Actor, Grant, OrganisationKind, Role

LONGEST_NAME = 150
"""Characters of a person's names."""
LONGEST_GROUP_NAME = 100


class Organisation(models.Model):
    """Who owns spaces, cameras and recordings: a city, an operator."""

    id = models.CharField(primary_key=True, max_length=LENGTH, default=new_id, editable=False)
    names = models.JSONField()
    """Name by language code."""
    kind = models.CharField(max_length=20, choices=[(str(kind), str(kind)) for kind in OrganisationKind], default=OrganisationKind.CITY)
    """What it is, which decides under which law it looks at people."""
    created_at = models.DateTimeField()

    class Meta:
        """Of a known kind."""

        constraints = (
            models.CheckConstraint(condition=models.Q(kind__in=[str(kind) for kind in OrganisationKind]), name="known_organisation_kind"),
        )

    def __str__(self) -> str:
        """Return the name in the language of the moment."""
        return named(self.names, get_language())


class UserManager(BaseUserManager["User"]):
    """Finds people by the name they sign in with."""


class User(AbstractBaseUser):
    """A person. Without a password until they set one; there is no default."""

    id = models.CharField(primary_key=True, max_length=LENGTH, default=new_id, editable=False)
    sign_in_name = models.CharField(max_length=LONGEST_NAME, unique=True)
    display_name = models.CharField(max_length=LONGEST_NAME)
    language = models.CharField(max_length=8, blank=True)
    theme = models.CharField(max_length=8, default="system")
    is_active = models.BooleanField(default=True)
    toured_at = models.DateTimeField(null=True, blank=True)
    """When the person finished or skipped the guided tour; null: it is offered."""
    created_at = models.DateTimeField()

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "sign_in_name"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name"]

    def __str__(self) -> str:
        """Return the name."""
        return self.display_name

    def get_full_name(self) -> str:
        """Return the name."""
        return self.display_name

    def choose(self, organisation_id: str) -> None:
        """Act for this organisation from here on, in this object's life (one request), if the person belongs to it."""
        self.__dict__["_chosen"] = organisation_id

    def acts_for(self) -> Organisation | None:
        """Return the organisation the person acts for: the chosen one, else the first they joined."""
        joined = self.organisations()
        chosen = self.__dict__.get("_chosen", "")
        return next((one for one in joined if one.pk == chosen), joined[0] if joined else None)

    def organisations(self) -> list[Organisation]:
        """Return the organisations the person has a duty in, in the order of joining."""
        found = {membership.organisation_id: membership.organisation for membership in self._memberships()}
        found |= {group.organisation_id: group.organisation for group in self._groups() if group.organisation_id not in found}
        return list(found.values())

    def actor(self) -> Actor:
        """Return the person as the policy sees them: in the organisation they act for, with every grant they have there.

        Somebody who may no longer sign in is nobody.
        """
        if not self.is_active:
            return Actor.anonymous()
        organisation = self.acts_for()
        if organisation is None:
            return Actor(id=self.pk)
        grants = [Grant(Role(one.role)) for one in self._memberships() if one.organisation_id == organisation.pk]
        for group in self._groups():
            if group.organisation_id == organisation.pk:
                grants += group.grants()
        return Actor(
            id=self.pk,
            organisation=organisation.pk,
            roles=frozenset(grant.role for grant in grants),
            kind=OrganisationKind(organisation.kind),
            grants=tuple(grants),
        )

    def role_labels(self) -> list[str]:
        """Return the person's roles, translated."""
        roles = self.actor().roles
        return [str(ROLE_LABELS[role]) for role in Role if role in roles]

    def organisation_name(self) -> str:
        """Return the organisation's name in the language of the moment."""
        organisation = self.acts_for()
        return str(organisation) if organisation else ""

    def may_choose_organisation(self) -> bool:
        """Whether the person belongs to more than one organisation."""
        return len(self.organisations()) > 1

    def _memberships(self) -> list[Membership]:
        """Read the memberships once in this object's life (one request)."""
        known: list[Membership] | None = self.__dict__.get("_known_memberships")
        if known is None:
            known = list(self.memberships.select_related("organisation").order_by("pk"))
            self.__dict__["_known_memberships"] = known
        return known

    def _groups(self) -> list[Group]:
        """Read the groups that still exist once in this object's life (one request)."""
        known: list[Group] | None = self.__dict__.get("_known_groups")
        if known is None:
            known = list(self.rights_groups.filter(ended_at__isnull=True).select_related("organisation").order_by("made_at", "pk"))
            self.__dict__["_known_groups"] = known
        return known


class Membership(models.Model):
    """One role of one person in one organisation."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=30, choices=[(str(role), str(role)) for role in Role])
    since = models.DateTimeField()

    class Meta:
        """Each role once, and only known ones."""

        constraints = (
            models.UniqueConstraint(fields=("user", "organisation", "role"), name="role_once_per_organisation"),
            models.CheckConstraint(condition=models.Q(role__in=[str(role) for role in Role]), name="known_role"),
        )

    def __str__(self) -> str:
        """Return who is what where."""
        return f"{self.user_id} {self.role} {self.organisation_id}"


class Belonging(models.Model):
    """That a person works, or worked, for an organisation: it outlives the last role, so that a list can show who has none any more."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="belongings")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="belongings")
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Each person once."""

        constraints = (models.UniqueConstraint(fields=("user", "organisation"), name="person_once_per_organisation"),)

    def __str__(self) -> str:
        """Return who belongs where."""
        return f"{self.user_id} at {self.organisation_id}"


class Group(models.Model):
    """People who have the same roles at the same places.

    A group can give working roles only (`policies.GROUP_ROLES`): who administers or oversees does so everywhere and by name.
    """

    id = models.CharField(primary_key=True, max_length=LENGTH, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="groups")
    name = models.CharField(max_length=LONGEST_GROUP_NAME)
    roles = models.JSONField()
    """A list of `policy.Role` values."""
    everywhere = models.BooleanField(default=False)
    """Whether the roles hold everywhere in the organisation; else only at `spaces` and `cameras`."""
    spaces = models.JSONField(default=list)
    cameras = models.JSONField(default=list)
    """Opaque identifiers of the rooms above: this room neither reads nor follows them."""
    people = models.ManyToManyField(User, through="GroupMember", related_name="rights_groups")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Listed by organisation; a name stands once among the groups that exist."""

        constraints = (
            models.UniqueConstraint(
                fields=("organisation", "name"), condition=models.Q(ended_at__isnull=True), name="group_name_once_per_organisation"
            ),
        )

    def __str__(self) -> str:
        """Return the name."""
        return self.name

    def known_roles(self) -> list[Role]:
        """Return the roles the group gives."""
        return [role for role in Role if role in self.roles]

    def grants(self) -> list[Grant]:
        """Return what the group gives each of its people."""
        if self.everywhere:
            return [Grant(role) for role in self.known_roles()]
        return [Grant(role, frozenset(self.spaces), frozenset(self.cameras)) for role in self.known_roles()]


class GroupMember(models.Model):
    """One person in one group."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="in_groups")
    since = models.DateTimeField()

    class Meta:
        """Each person once."""

        constraints = (models.UniqueConstraint(fields=("group", "user"), name="person_once_per_group"),)

    def __str__(self) -> str:
        """Return who is where."""
        return f"{self.user_id} in {self.group_id}"
