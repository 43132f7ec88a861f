"""What was seen, and what happened to the cameras that see."""

from __future__ import annotations

from enum import StrEnum

from django.db import models

from citysquare.apps.observations.directions import Direction
from citysquare.engine.model import GapCause, ObjectClass
from citysquare.platform.ids import LENGTH, new_id

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


class HealthKind(StrEnum):
    """What happened to a camera. The values stand in the database and in the API and never change."""

    NO_PICTURE = "no_picture"
    """No picture was stored for ten seconds, though the camera is switched on."""
    PICTURE_AGAIN = "picture_again"
    """The silence ended with a picture."""
    SWITCHED_OFF = "switched_off"
    """The silence ended because somebody switched the camera off."""


class HealthEvent(models.Model):
    """One thing that happened to a camera's health. A silence is two of them: that it began, and that it ended."""

    id = models.CharField(primary_key=True, max_length=LENGTH, default=new_id, editable=False)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False)
    camera = models.ForeignKey("devices.Camera", on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=20, choices=[(str(kind), str(kind)) for kind in HealthKind])
    at = models.DateTimeField()
    """When the last picture ended, or the first one came again: times of the ledger."""
    cause = models.CharField(max_length=20, choices=[(str(cause), str(cause)) for cause in GapCause])
    """Of the silence: what lasted longest of it."""
    ended_at = models.DateTimeField(null=True, blank=True)
    """When the silence that began ended; null while it lasts. Of an event that is an end: its own time."""
    began_at = models.DateTimeField()
    """When the silence began; of an event that is a beginning: its own time."""
    recorded_at = models.DateTimeField()

    class Meta:
        """Once per camera, kind and time; read newest first by owner or camera; what lasts is found at once."""

        constraints = (
            models.UniqueConstraint(fields=("camera", "kind", "began_at"), name="health_event_once"),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True) | models.Q(ended_at__gte=models.F("began_at")), name="silence_ends_after_it_began"
            ),
        )
        indexes = (
            models.Index(fields=("organisation", "at", "id"), name="health_by_owner"),
            models.Index(fields=("camera", "at", "id"), name="health_by_camera"),
            models.Index(fields=("camera",), condition=models.Q(ended_at__isnull=True), name="health_lasting"),
            models.Index(fields=("ended_at",), name="health_by_end"),
        )

    def __str__(self) -> str:
        """Return kind and time."""
        return f"{self.kind} {self.at.isoformat()}"


class HealthMark(models.Model):
    """Up to when a camera's ledger was looked through for silences."""

    camera = models.OneToOneField("devices.Camera", primary_key=True, on_delete=models.CASCADE, related_name="+")
    through = models.DateTimeField()

    def __str__(self) -> str:
        """Return camera and time."""
        return f"{self.camera_id} {self.through.isoformat()}"
