"""Acts that two people seal, each with a passkey of their own."""

from __future__ import annotations

from django.db import models

from citysquare.apps.accounts.models.people import Organisation, User
from citysquare.platform.ids import LENGTH, new_id

STATES = ("asked", "sealed", "refused", "expired")


class SealedAct(models.Model):
    """Something that happens only when two different people have sealed it."""

    id = models.CharField(primary_key=True, max_length=LENGTH, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    document = models.TextField()
    """The act in its canonical form: what both seals are over. Never changed."""
    digest = models.CharField(max_length=64, unique=True)
    """SHA-256 of `document` in hexadecimal."""
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=10, default="asked")
    ended_at = models.DateTimeField(null=True, blank=True)
    """When it was sealed by both, refused, or expired."""
    refused_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        """Newest first; one of four states."""

        ordering = ("-asked_at", "id")
        indexes = (models.Index(fields=("organisation", "state", "-asked_at"), name="acts_by_state"),)
        constraints = (models.CheckConstraint(condition=models.Q(state__in=STATES), name="known_act_state"),)

    def __str__(self) -> str:
        """Return what it is about."""
        return f"{self.kind} {self.pk}"


class ActSeal(models.Model):
    """One person's signature under an act, with all that is needed to check it without us."""

    act = models.ForeignKey(SealedAct, on_delete=models.PROTECT, related_name="seals")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    role_in_act = models.CharField(max_length=10)
    """"asks" or "approves"."""
    credential_id = models.TextField()
    public_key = models.TextField()
    """As it was when it sealed: a passkey that is removed later leaves its seals checkable."""
    client_data = models.TextField()
    authenticator_data = models.TextField()
    signature = models.TextField()
    """These five in base64url without padding."""
    rp_id = models.CharField(max_length=253)
    origin = models.CharField(max_length=300)
    at = models.DateTimeField()

    class Meta:
        """Each part once, each person once: the same person in both roles cannot be written."""

        constraints = (
            models.UniqueConstraint(fields=("act", "role_in_act"), name="one_seal_per_part"),
            models.UniqueConstraint(fields=("act", "person"), name="one_seal_per_person"),
            models.CheckConstraint(condition=models.Q(role_in_act__in=("asks", "approves")), name="known_part_in_act"),
        )

    def __str__(self) -> str:
        """Return who and which."""
        return f"{self.person_id} {self.role_in_act} {self.act_id}"
