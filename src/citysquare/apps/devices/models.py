"""Cameras."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language

from citysquare.platform.ids import LENGTH, new_id
from citysquare.platform.names import named

LONGEST_URL = 500
LONGEST_TOKEN = 64
"""Of an ONVIF profile: ReferenceToken of the ONVIF core specification."""

LEAST_ANGLE, WIDEST_ANGLE = 1.0, 360.0
LEAST_RANGE, LONGEST_RANGE = 1.0, 5000.0
HIGHEST = 500.0
"""Degrees and metres within which a camera's view makes sense."""


class Camera(models.Model):
    """A device with streams. Its identifier names its folder in the store."""

    id = models.CharField(primary_key=True, max_length=LENGTH, default=new_id, editable=False)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    space = models.ForeignKey("spaces.Space", on_delete=models.PROTECT, related_name="+")
    names = models.JSONField()
    """Name by language code."""
    main_url = models.CharField(max_length=LONGEST_URL)
    """As it may be shown: without user and password."""
    sub_url = models.CharField(max_length=LONGEST_URL, blank=True)
    """As above. Empty: the camera has no small stream."""
    credentials = models.TextField(blank=True, editable=False)
    """Both addresses whole, sealed (`credentials.open_streams`); empty when they hide nothing."""
    onvif_address = models.CharField(max_length=LONGEST_URL, blank=True)
    """Where the camera answers to ONVIF, without user and password; empty when it was not set up that way."""
    ptz_profile = models.CharField(max_length=LONGEST_TOKEN, blank=True)
    """The ONVIF profile by which it can be turned; empty when it cannot, or nobody chose one."""
    enabled = models.BooleanField(default=True)
    order = models.PositiveIntegerField(default=0)
    """Lower stands earlier on the wall."""
    latitude = models.FloatField(null=True, blank=True)
    """Degrees north, WGS 84. Position and view are there together, or the camera has not been placed yet."""
    longitude = models.FloatField(null=True, blank=True)
    """Degrees east, WGS 84."""
    azimuth = models.FloatField(null=True, blank=True)
    """Where its picture's middle points, degrees clockwise from north."""
    view_angle = models.FloatField(null=True, blank=True)
    """Degrees from the left to the right edge of its picture."""
    range_metres = models.FloatField(null=True, blank=True)
    """How far it can tell things apart on the ground."""
    height_metres = models.FloatField(null=True, blank=True)
    """How high above the ground it hangs; may be unknown."""
    created_at = models.DateTimeField()

    class Meta:
        """A stream is registered once per organisation; a view is whole and makes sense, or is missing."""

        constraints = (
            models.UniqueConstraint(fields=("organisation", "main_url"), name="main_stream_once"),
            models.CheckConstraint(
                # Said about null in full: a CHECK that comes out as null counts as kept.
                condition=models.Q(
                    latitude__isnull=True, longitude__isnull=True, azimuth__isnull=True, view_angle__isnull=True, range_metres__isnull=True
                )
                | models.Q(
                    latitude__isnull=False,
                    longitude__isnull=False,
                    azimuth__isnull=False,
                    view_angle__isnull=False,
                    range_metres__isnull=False,
                    latitude__gte=-90,
                    latitude__lte=90,
                    longitude__gte=-180,
                    longitude__lte=180,
                    azimuth__gte=0,
                    azimuth__lt=360,
                    view_angle__gte=LEAST_ANGLE,
                    view_angle__lte=WIDEST_ANGLE,
                    range_metres__gte=LEAST_RANGE,
                    range_metres__lte=LONGEST_RANGE,
                ),
                name="view_whole_or_missing",
            ),
            models.CheckConstraint(
                condition=models.Q(height_metres__isnull=True)
                | models.Q(height_metres__isnull=False, height_metres__gte=0, height_metres__lte=HIGHEST),
                name="height_above_ground",
            ),
        )
        indexes = (models.Index(fields=("organisation", "order", "id"), name="cameras_in_order"),)

    def __str__(self) -> str:
        """Return the name in the language of the moment."""
        return self.name

    @property
    def name(self) -> str:
        """The name in the language of the moment."""
        return named(self.names, get_language())

    @property
    def placed(self) -> bool:
        """Whether it stands on the map."""
        return self.latitude is not None


class SetupDraft(models.Model):
    """A setting-up that is not finished: a device that was found, or a file that was read. It knows the organisation, not the person."""

    class Kind(models.TextChoices):
        """What waits."""

        DEVICE = "device", "device"
        FILE = "file", "file"

    id = models.CharField(primary_key=True, max_length=LENGTH, default=new_id, editable=False)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    sealed = models.TextField(editable=False)
    """What is known so far, with passwords: sealed as cameras' credentials are."""
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        """Return its identifier: it has no name of its own."""
        return self.id


class ClockReading(models.Model):
    """How wrong a camera's clock was when it was last asked, and when it was last asked at all."""

    class Source(models.TextChoices):
        """Who asked how. The recorder hears a camera's clock over RTCP and tells it in its own state; that is never kept here."""

        ONVIF = "onvif", "onvif"

    camera = models.OneToOneField(Camera, primary_key=True, on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField()
    error = models.FloatField(null=True, blank=True)
    """Seconds by which the camera's clock was ahead of ours; null: it never told the time."""
    at = models.DateTimeField(null=True, blank=True)
    """When it told the time."""
    source = models.CharField(max_length=10, choices=Source, blank=True)

    class Meta:
        """An error has its time and its source, or there is none."""

        constraints = (
            models.CheckConstraint(
                condition=models.Q(error__isnull=True, at__isnull=True, source="")
                | (models.Q(error__isnull=False, at__isnull=False) & ~models.Q(source="")),
                name="clock_reading_whole",
            ),
        )

    def __str__(self) -> str:
        """Return camera and error."""
        return f"{self.camera_id} {self.error}"
