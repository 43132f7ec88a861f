"""Tables of the platform: the outbox, the audit log, and what retention leaves."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, NoReturn

from django.db import models

from citysquare.platform.ids import LENGTH, new_id


class OutboxEvent(models.Model):
    """Something a room announced, written in the transaction in which it happened."""

    name = models.CharField(max_length=100)
    payload = models.JSONField()
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        """Return name and number."""
        return f"{self.name} #{self.pk}"


class Delivery(models.Model):
    """One event on its way to one handler."""

    event = models.ForeignKey(OutboxEvent, on_delete=models.CASCADE, related_name="deliveries")
    handler = models.CharField(max_length=100)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(null=True, db_index=True)
    """When to try (again); null once it has arrived."""
    last_error = models.CharField(max_length=500, blank=True)

    class Meta:
        """Once per event and handler."""

        constraints = (models.UniqueConstraint(fields=("event", "handler"), name="one_delivery_per_handler"),)

    def __str__(self) -> str:
        """Return event and handler."""
        return f"{self.event_id} -> {self.handler}"


class AppendOnlyError(TypeError):
    """Somebody tried to change what is only ever added to: a mistake in the program."""


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    """Reads and adds; refuses to change."""

    def update(self, **kwargs: Any) -> NoReturn:  # noqa: ANN401 -- Django's own signature
        """Refuse."""
        raise AppendOnlyError(f"audit entries are never changed ({', '.join(kwargs)})")

    def delete(self) -> NoReturn:
        """Refuse."""
        raise AppendOnlyError("audit entries are never deleted")

    def bulk_update(self, objs: Iterable[AuditEntry], fields: Iterable[str], batch_size: int | None = None) -> NoReturn:
        """Refuse."""
        raise AppendOnlyError(f"audit entries are never changed ({objs!r}, {fields!r}, {batch_size})")


class AuditEntry(models.Model):
    """One line of the audit log, chained to the one before by its hash."""

    sequence = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    actor = models.CharField(max_length=64)
    organisation = models.CharField(max_length=64, blank=True)
    action = models.CharField(max_length=64)
    subject_kind = models.CharField(max_length=32)
    subject_id = models.CharField(max_length=64)
    outcome = models.CharField(max_length=32)
    details = models.JSONField(default=dict)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)
    version = models.PositiveSmallIntegerField(default=2)
    """Of the entry's format: 1 before there were pseudonyms."""

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        """Newest last."""

        ordering = ("sequence",)
        indexes = (
            models.Index(fields=("action", "sequence"), name="audit_by_action"),
            models.Index(fields=("actor", "sequence"), name="audit_by_actor"),
        )

    def __str__(self) -> str:
        """Return number and act."""
        return f"{self.sequence} {self.action}"

    def save(self, **kwargs: Any) -> None:  # noqa: ANN401 -- narrower than Django's on purpose
        """Add the entry; changing one is refused."""
        if not self._state.adding:
            raise AppendOnlyError("audit entries are never changed")
        super().save(**{**kwargs, "force_insert": True})

    def delete(self, using: Any = None, keep_parents: bool = False) -> NoReturn:  # noqa: ANN401, FBT001, FBT002 -- Django's own signature
        """Refuse."""
        raise AppendOnlyError(f"audit entries are never deleted ({using}, {keep_parents})")


class AuditHead(models.Model):
    """A signed head of the log: so many entries had this root at this time."""

    size = models.BigIntegerField()
    at = models.DateTimeField()
    line = models.TextField()
    """The signed head as it stands in the file of heads, without the newline."""
    edge = models.JSONField(default=list)
    """The tree's right edge at this size (`proof.merkle.Frontier`), in hexadecimal: the next head goes on from it."""

    class Meta:
        """Newest last."""

        ordering = ("pk",)

    def __str__(self) -> str:
        """Return its size."""
        return f"head of {self.size}"


class OpenLook(models.Model):
    """A page that shows a person the live picture of a camera now; goes with the look."""

    page = models.CharField(max_length=32)
    person = models.CharField(max_length=64)
    organisation = models.CharField(max_length=64, blank=True)
    camera = models.CharField(max_length=64)
    owner = models.CharField(max_length=64, blank=True)
    began_at = models.DateTimeField()
    """When the span of this person and camera began, whichever page began it."""
    beat_at = models.DateTimeField(db_index=True)
    """When the page was last heard of."""

    class Meta:
        """Once for each page and camera."""

        constraints = (models.UniqueConstraint(fields=("page", "camera"), name="one_look_per_page_and_camera"),)
        indexes = (models.Index(fields=("person", "camera"), name="looks_of_a_span"),)

    def __str__(self) -> str:
        """Return page and camera."""
        return f"{self.page} at {self.camera}"


class TombstoneState(StrEnum):
    """How far a batch of deletions is (docs/design/retention.md). The values stand in the database and never change."""

    LISTED = "listed"
    TOLD = "told"
    """The log has it."""
    DELETED = "deleted"
    PROVEN = "proven"
    """Checked: nothing of it is there any more, and the log says so."""
    WITHDRAWN = "withdrawn"
    """Nothing was deleted: something in it came to be held meanwhile."""


class Tombstone(models.Model):
    """What is left of a batch of deleted things: number, times and rule, and one hash over all of them."""

    id = models.CharField(primary_key=True, max_length=LENGTH, default=new_id, editable=False)
    data_class = models.CharField(max_length=32)
    rule = models.CharField(max_length=64)
    state = models.CharField(
        max_length=10, choices=[(str(state), str(state)) for state in TombstoneState], default=str(TombstoneState.LISTED)
    )
    listed_at = models.DateTimeField()
    count = models.PositiveIntegerField()
    oldest = models.DateTimeField(null=True, blank=True)
    newest = models.DateTimeField(null=True, blank=True)
    body = models.TextField()
    """Canonical JSON; its SHA-256 stands in the log."""
    digest = models.CharField(max_length=64)
    log_before = models.BigIntegerField(default=0)
    """Number of the log's last entry when it was listed: its own come after that."""
    ids = models.JSONField(default=list)
    """What is to be deleted; empty once that is proven."""
    deleted = models.PositiveIntegerField(null=True, blank=True)
    """How many of them were there to be deleted."""
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Read newest first, by class or all; what is not closed is found at once."""

        indexes = (
            models.Index(fields=("listed_at",), name="tombstones_by_time"),
            models.Index(fields=("data_class", "listed_at"), name="tombstones_by_class"),
            models.Index(fields=("listed_at",), condition=models.Q(closed_at__isnull=True), name="tombstones_open"),
        )

    def __str__(self) -> str:
        """Return class and number."""
        return f"{self.data_class} {self.count}"


class RetentionClock(models.Model):
    """The time by which things age: one row (platform.retention.clock)."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    believed = models.DateTimeField()
    seen = models.DateTimeField()
    """What the machine's clock showed in the last round."""
    doubted_since = models.DateTimeField(null=True, blank=True)
    begins_at = models.DateTimeField(null=True, blank=True)
    """From when on what used to be kept without an end is deleted by age; null: it always was."""

    def __str__(self) -> str:
        """Return the time."""
        return self.believed.isoformat()


AUTHORISATION_STATES = ("asked", "issued", "refused", "ended")


class StoredAuthorisation(models.Model):
    """A permission by a court or an authority, as it was entered; what counts of it is `policy.Authorisation`. The row stays."""

    id = models.CharField(primary_key=True, max_length=LENGTH, default=new_id, editable=False)
    organisation = models.CharField(max_length=LENGTH)
    """Whose cameras it is about, and whose people entered it."""
    permits = models.CharField(max_length=LENGTH)
    """Whose people it permits."""
    action = models.CharField(max_length=64)
    cameras = models.JSONField(default=list)
    spaces = models.JSONField(default=list)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField()
    """Not included."""
    issued_at = models.DateTimeField()
    """When it was given: the hours of an urgent one run from here."""
    issuer = models.CharField(max_length=200)
    document_sha256 = models.CharField(max_length=64)
    urgent_hours = models.PositiveSmallIntegerField(default=0)
    act = models.CharField(max_length=LENGTH, unique=True)
    """What two persons sealed to enter it."""
    confirm_act = models.CharField(max_length=LENGTH, blank=True, default="")
    confirm_sha256 = models.CharField(max_length=64, blank=True, default="")
    """Of the document that confirms an urgent one."""
    confirmed_at = models.DateTimeField(null=True, blank=True)
    entered_by = models.CharField(max_length=64)
    entered_at = models.DateTimeField()
    state = models.CharField(max_length=10, default="asked")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=16, blank=True, default="")
    """`ended` by a person, `rejected` by the authority, `over`, `lapsed` for want of a confirmation, `altered` behind our back."""
    delete_act = models.CharField(max_length=LENGTH, blank=True, default="")
    """What two persons are to seal before what was obtained under a rejected or altered one is deleted."""
    purged_at = models.DateTimeField(null=True, blank=True)
    """When what was obtained under a lapsed, rejected or altered one was deleted."""

    class Meta:
        """Found by whom it permits, and by what has still to be ended."""

        constraints = (
            models.CheckConstraint(condition=models.Q(valid_from__lt=models.F("valid_to")), name="authorisation_has_length"),
            models.CheckConstraint(condition=models.Q(state__in=AUTHORISATION_STATES), name="known_authorisation_state"),
            models.CheckConstraint(condition=models.Q(urgent_hours__in=(0, 24, 48)), name="known_urgency"),
        )
        indexes = (
            models.Index(fields=("permits", "action", "state"), name="authorisations_in_force"),
            models.Index(fields=("organisation", "entered_at", "id"), name="authorisations_by_owner"),
            models.Index(fields=("state", "valid_to"), name="authorisations_by_end"),
        )

    def __str__(self) -> str:
        """Return who gave it."""
        return self.issuer


class InstalledPack(models.Model):
    """A jurisdiction's pack that two persons installed, as it was signed."""

    jurisdiction = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    text = models.TextField()
    signature = models.CharField(max_length=1024)
    kid = models.CharField(max_length=64)
    installed_at = models.DateTimeField()

    class Meta:
        """Each version once."""

        constraints = (models.UniqueConstraint(fields=("jurisdiction", "version"), name="pack_version_once"),)

    def __str__(self) -> str:
        """Return name and version."""
        return f"{self.jurisdiction} {self.version}"
