"""Tables of the platform: the outbox (two) and the audit log (one)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NoReturn

from django.db import models


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
