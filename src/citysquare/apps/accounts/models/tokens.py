"""Tokens of the API."""

from __future__ import annotations

from django.db import models

from citysquare.apps.accounts.models.people import Organisation, User
from citysquare.platform.ids import LENGTH, new_id
from citysquare.platform.policy import Actor, Scope


class ApiToken(models.Model):
    """Lets another program read through the API. Only the hash of the token is kept."""

    id = models.CharField(primary_key=True, max_length=LENGTH, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    """SHA-256 in hexadecimal of 256 random bits: nothing to guess, so it needs no slow hash."""
    name = models.CharField(max_length=100)
    """Which program it is for."""
    purpose = models.CharField(max_length=300)
    """What that program does with what it reads."""
    scopes = models.JSONField()
    """A list of `policy.Scope` values."""
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    """To the minute."""
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Read by organisation, newest first."""

        indexes = (models.Index(fields=("organisation", "-made_at"), name="tokens_by_owner"),)
        constraints = (models.CheckConstraint(condition=models.Q(expires_at__gt=models.F("made_at")), name="token_ends_after_it_begins"),)

    def __str__(self) -> str:
        """Return the program's name."""
        return self.name

    def actor(self) -> Actor:
        """Return the program as the policy sees it."""
        return Actor.token(self.pk, self.organisation_id, frozenset(Scope(scope) for scope in self.scopes if scope in set(Scope)))
