"""One-time links and failed attempts to sign in."""

from __future__ import annotations

from django.db import models

from citysquare.apps.accounts.models.people import User


class SignInLink(models.Model):
    """Lets a person in once. Only the hash of its token is kept."""

    token_hash = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="links")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        """Return whose it is."""
        return f"link of {self.user_id}"


class Attempt(models.Model):
    """One failed attempt to sign in, kept for minutes to slow down guessing. `key` is a hash of a name or an address."""

    key = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        """Counted by key and time."""

        indexes = (models.Index(fields=("key", "at"), name="attempt_by_key"),)

    def __str__(self) -> str:
        """Return the time."""
        return self.at.isoformat()
