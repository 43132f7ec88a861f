"""Organisations, people and their roles."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import get_language

from citysquare.platform.ids import LENGTH, new_id
from citysquare.platform.labels import ROLE_LABELS
from citysquare.platform.names import named
from citysquare.platform.policy import Actor, Role


class Organisation(models.Model):
    """Who owns spaces, cameras and recordings: a city, an operator."""

    id = models.CharField(primary_key=True, max_length=LENGTH, default=new_id, editable=False)
    names = models.JSONField()
    """Name by language code."""
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        """Return the name in the language of the moment."""
        return named(self.names, get_language())


class UserManager(BaseUserManager["User"]):
    """Finds people by the name they sign in with."""


class User(AbstractBaseUser):
    """A person. Without a password until they set one; there is no default."""

    id = models.CharField(primary_key=True, max_length=LENGTH, default=new_id, editable=False)
    sign_in_name = models.CharField(max_length=150, unique=True)
    display_name = models.CharField(max_length=150)
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

    def actor(self) -> Actor:
        """Return the person as the policy sees them: in the first organisation they joined, with all roles there.

        Somebody who may no longer sign in is nobody.
        """
        memberships = self._memberships()
        if not self.is_active or not memberships:
            return Actor(id=self.pk) if self.is_active else Actor.anonymous()
        organisation = memberships[0].organisation_id
        roles = frozenset(Role(membership.role) for membership in memberships if membership.organisation_id == organisation)
        return Actor(id=self.pk, organisation=organisation, roles=roles)

    def role_labels(self) -> list[str]:
        """Return the person's roles, translated."""
        roles = self.actor().roles
        return [str(ROLE_LABELS[role]) for role in Role if role in roles]

    def organisation_name(self) -> str:
        """Return the organisation's name in the language of the moment."""
        memberships = self._memberships()
        return str(memberships[0].organisation) if memberships else ""

    def _memberships(self) -> list[Membership]:
        """Read the memberships once in this object's life (one request)."""
        known: list[Membership] | None = self.__dict__.get("_known_memberships")
        if known is None:
            known = list(self.memberships.select_related("organisation").order_by("pk"))
            self.__dict__["_known_memberships"] = known
        return known


class Membership(models.Model):
    """One role of one person in one organisation."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=[(str(role), str(role)) for role in Role])
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
