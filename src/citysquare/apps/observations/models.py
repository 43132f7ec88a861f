"""What was seen."""

from __future__ import annotations

from django.db import models

from citysquare.engine.model import ObjectClass

LONGEST_TRACK_ID = 64


class Observation(models.Model):
    """One finished track. Its identifier is the track's, so that it is kept once only."""

    id = models.CharField(primary_key=True, max_length=LONGEST_TRACK_ID, editable=False)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    camera = models.ForeignKey("devices.Camera", on_delete=models.PROTECT, related_name="+", db_index=False)
    space = models.ForeignKey("spaces.Space", on_delete=models.PROTECT, related_name="+", db_index=False)
    object_class = models.CharField(max_length=20, choices=[(str(kind), str(kind)) for kind in ObjectClass])
    first = models.DateTimeField()
    """When it was first seen."""
    last = models.DateTimeField()
    path = models.JSONField()
    """Up to 16 points [x, y] in parts of the picture, from first to last."""
    recorded_at = models.DateTimeField()

    class Meta:
        """Read by camera and by organisation, newest first."""

        constraints = (models.CheckConstraint(condition=models.Q(last__gte=models.F("first")), name="first_before_last"),)
        indexes = (
            models.Index(fields=("camera", "first"), name="observations_by_camera"),
            models.Index(fields=("organisation", "first"), name="observations_by_owner"),
        )

    def __str__(self) -> str:
        """Return class and time."""
        return f"{self.object_class} {self.first.isoformat()}"
