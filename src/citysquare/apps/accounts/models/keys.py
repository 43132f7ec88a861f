"""What people prove themselves with: passkeys, codes of an app, recovery codes, accounts elsewhere; and where they are signed in."""

from __future__ import annotations

from django.db import models

from citysquare.apps.accounts.models.people import User
from citysquare.platform.ids import LENGTH, new_id

_LONGEST_CREDENTIAL_TEXT = 1364
"""1023 bytes (WebAuthn level 3, section 4) in base64url."""


class Passkey(models.Model):
    """A key pair of a person's device. Only its public half is here: with it nothing can be signed."""

    id = models.CharField(primary_key=True, max_length=LENGTH, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="passkeys")
    credential_id = models.CharField(max_length=_LONGEST_CREDENTIAL_TEXT, unique=True)
    """Base64url without padding, as the browser names it."""
    public_key = models.TextField()
    """COSE key (RFC 9052) in base64url without padding."""
    rp_id = models.CharField(max_length=253)
    """The name of the site it was made for: it works nowhere else."""
    sign_count = models.BigIntegerField(default=0)
    """How often the device says it has signed; many say 0 for ever. One that runs backwards was copied."""
    name = models.CharField(max_length=100)
    made_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    registration_digest = models.CharField(max_length=64)
    """SHA-256 of the COSE key in hexadecimal, as the audit log has it: a key that was swapped in the table is found."""

    class Meta:
        """Oldest first."""

        ordering = ("made_at", "id")

    def __str__(self) -> str:
        """Return the name its owner gave it."""
        return self.name


class TotpSecret(models.Model):
    """The secret that a person's phone and we share, sealed at rest; it counts once the person has proved that the phone has it."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="totp", primary_key=True)
    sealed = models.TextField()
    made_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    last_step = models.BigIntegerField(default=0)
    """The last time step (of 30 s since 1970) whose code was used: neither it nor one before it is taken again."""

    def __str__(self) -> str:
        """Return whose it is, never what."""
        return f"totp of {self.user_id}"


class RecoveryCode(models.Model):
    """Lets a person past the second factor once. Only its hash is kept: 80 random bits leave nothing to guess."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    code_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        """Return whose it is, never what."""
        return f"recovery code of {self.user_id}"


class Sitting(models.Model):
    """One browser in which a person is signed in, so that they can see and end it. It goes when the session does."""

    id = models.CharField(primary_key=True, max_length=LENGTH, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sittings")
    session_key = models.CharField(max_length=40, unique=True)
    begun_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    """To the minute or so."""
    by = models.CharField(max_length=20)
    """How they came in: a value of `services.By`."""
    browser = models.CharField(max_length=100, blank=True)
    """What the browser calls itself, cut short."""

    class Meta:
        """Newest first."""

        ordering = ("-begun_at", "id")

    def __str__(self) -> str:
        """Return whose it is."""
        return f"sitting of {self.user_id}"


class Identity(models.Model):
    """A person's account at an identity provider, linked by themselves while they were signed in or by an invitation."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)
    """The provider's own, lasting name for the person (claim `sub`); never their mail address, which may go to somebody else."""
    linked_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """One person per account."""

        constraints = (models.UniqueConstraint(fields=("issuer", "subject"), name="one_person_per_identity"),)

    def __str__(self) -> str:
        """Return whose it is."""
        return f"identity of {self.user_id}"
