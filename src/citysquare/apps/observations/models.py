"""What was seen."""

from __future__ import annotations

from django.db import models

from citysquare.apps.observations.directions import Direction
from citysquare.engine.model import ObjectClass

LONGEST_TRACK_ID = 64


class Observation(models.Model):
    """One finished track. Its identifier is the track's, so that it is kept once only."""

    id = models.CharField(primary_key=True, max_length=LONGEST_TRACK_ID, editable=False)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False)
    camera = models.ForeignKey("devices.Camera", on_delete=models.PROTECT, related_name="+", db_index=False)
    space = models.ForeignKey("spaces.Space", on_delete=models.PROTECT, related_name="+", db_index=False)
    object_class = models.CharField(max_length=20, choices=[(str(kind), str(kind)) for kind in ObjectClass])
    direction = models.CharField(max_length=10, blank=True, default="", choices=[(str(way), str(way)) for way in Direction if way])
    """Which way it moved through the picture; empty: it stayed."""
    first = models.DateTimeField()
    """When it was first seen."""
    last = models.DateTimeField()
    path = models.JSONField()
    """Up to 16 points [x, y] in parts of the picture, from first to last."""
    recorded_at = models.DateTimeField()

    class Meta:
        """Read newest first, by each place alone and by place, class and direction together.

        A list that leaves class or direction open is merged from as many reads as there are values: each then finds its rows side by
        side, also where what is looked for is rare. `first` alone orders them; equal times are few and put in order by their identifiers.
        """

        constraints = (models.CheckConstraint(condition=models.Q(last__gte=models.F("first")), name="first_before_last"),)
        indexes = (
            models.Index(fields=("camera", "first"), name="observations_by_camera"),
            models.Index(fields=("space", "first"), name="observations_by_space"),
            models.Index(fields=("organisation", "first"), name="observations_by_owner"),
            models.Index(fields=("camera", "object_class", "direction", "first"), name="observations_kind_camera"),
            models.Index(fields=("space", "object_class", "direction", "first"), name="observations_kind_space"),
            models.Index(fields=("organisation", "object_class", "direction", "first"), name="observations_kind_owner"),
        )

    def __str__(self) -> str:
        """Return class and time."""
        return f"{self.object_class} {self.first.isoformat()}"


class HourCount(models.Model):
    """How many observations of one sort began in one hour: what charts and counts are added up from. Sorts without any have no row."""

    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False)
    space = models.ForeignKey("spaces.Space", on_delete=models.PROTECT, related_name="+", db_index=False)
    camera = models.ForeignKey("devices.Camera", on_delete=models.PROTECT, related_name="+", db_index=False)
    object_class = models.CharField(max_length=20)
    direction = models.CharField(max_length=10, blank=True, default="")
    hour = models.DateTimeField()
    """The beginning of the hour, in UTC."""
    count = models.PositiveIntegerField()

    class Meta:
        """Once per sort and hour; read by owner and time, or by camera and time."""

        constraints = (
            models.UniqueConstraint(fields=("camera", "hour", "space", "object_class", "direction"), name="one_count_per_hour"),
            models.CheckConstraint(condition=models.Q(count__gt=0), name="counted_at_least_once"),
        )
        indexes = (models.Index(fields=("organisation", "hour"), name="counts_by_owner"),)

    def __str__(self) -> str:
        """Return class, hour and number."""
        return f"{self.object_class} {self.hour.isoformat()} {self.count}"
