"""Holds: footage that is kept beyond its retention, for a case."""

from __future__ import annotations

from django.db import models

from citysquare.platform.ids import LENGTH, new_id

LONGEST_CASE = 100
LONGEST_REASON = 500


class Hold(models.Model):
    """One camera's footage of a stretch of time, kept until a day for a case. It is never deleted: who held what, and why, stays known."""

    id = models.CharField(primary_key=True, max_length=LENGTH, default=new_id, editable=False)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False)
    camera = models.ForeignKey("devices.Camera", on_delete=models.PROTECT, related_name="+", db_index=False)
    case = models.CharField(max_length=LONGEST_CASE)
    """The file number under which somebody works on it."""
    reason = models.CharField(max_length=LONGEST_REASON)
    """Why the footage is needed, and on what ground."""
    start = models.DateTimeField()
    end = models.DateTimeField()
    """Not included. It may lie in the future: what is recorded until then is held, too."""
    until = models.DateTimeField()
    """When the hold itself ends."""
    placed_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    placed_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    """When the node first said that it keeps the footage; a hold counts from then on."""
    lifted_by = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_because = models.CharField(max_length=LONGEST_REASON, blank=True, default="")

    class Meta:
        """Read newest first by owner, by camera and time, and by what is in force."""

        constraints = (
            models.CheckConstraint(condition=models.Q(start__lt=models.F("end")), name="hold_has_length"),
            models.CheckConstraint(condition=models.Q(until__gt=models.F("placed_at")), name="hold_ends_after_it_began"),
            models.CheckConstraint(
                condition=models.Q(lifted_at__isnull=True, lifted_by__isnull=True)
                | models.Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="hold_lifted_by_somebody",
            ),
        )
        indexes = (
            models.Index(fields=("organisation", "placed_at", "id"), name="holds_by_owner"),
            models.Index(fields=("camera", "start"), name="holds_by_camera"),
            models.Index(fields=("until",), condition=models.Q(lifted_at__isnull=True), name="holds_not_lifted"),
        )

    def __str__(self) -> str:
        """Return the case."""
        return self.case
