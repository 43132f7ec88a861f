"""Holds: footage that is kept beyond its retention, for a case. Exhibits: footage that leaves the centre, and why. Reasons for replay."""

from __future__ import annotations

from django.db import models

from citysquare.platform.ids import LENGTH, new_id

LONGEST_CASE = 100
LONGEST_REASON = 500
LONGEST_TEXT = 1000
"""Of a justification, as the policy takes it."""
LONGEST_RECIPIENT = 200
EXHIBIT_STATES = ("asked", "sealed", "making", "ready", "refused", "failed", "purged")


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


class Exhibit(models.Model):
    """Footage of some cameras that somebody asked for, and what became of it. The row stays when the file is gone."""

    id = models.CharField(primary_key=True, max_length=LENGTH, default=new_id, editable=False)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False)
    cameras = models.JSONField()
    """Identifiers, in the order in which they were named."""
    start = models.DateTimeField()
    end = models.DateTimeField()
    """Not included."""
    case = models.CharField(max_length=LONGEST_CASE)
    reason = models.CharField(max_length=32)
    """A reason code of the policy."""
    person_role = models.CharField(max_length=16)
    offence = models.CharField(max_length=64, blank=True, default="")
    text = models.CharField(max_length=LONGEST_TEXT)
    """Why just this footage is needed, in words."""
    recipient = models.CharField(max_length=LONGEST_RECIPIENT)
    """Who is to have it."""
    asked_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    asked_at = models.DateTimeField()
    act = models.CharField(max_length=LENGTH, unique=True)
    """What two people sealed."""
    authorisation = models.CharField(max_length=LENGTH, blank=True, default="")
    """What it rests on, where it rests on one: it goes when that lapses."""
    holds = models.JSONField(default=list)
    """The holds that keep its footage meanwhile."""
    state = models.CharField(max_length=10, default="asked")
    problem = models.CharField(max_length=64, blank=True, default="")
    """The code of what kept it from being made."""
    copied = models.BigIntegerField(default=0)
    """Bytes of footage so far; `total` is what there is to copy."""
    total = models.BigIntegerField(default=0)
    made_at = models.DateTimeField(null=True, blank=True)
    bytes = models.BigIntegerField(default=0)
    """Of the finished file."""
    sha256 = models.CharField(max_length=64, blank=True, default="")
    stamped_at = models.DateTimeField(null=True, blank=True)
    """The time that the authority's time-stamp in the file names."""
    purged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Read newest first by owner, by state for the making, and by age for the retention."""

        constraints = (
            models.CheckConstraint(condition=models.Q(start__lt=models.F("end")), name="exhibit_has_length"),
            models.CheckConstraint(condition=models.Q(state__in=EXHIBIT_STATES), name="known_exhibit_state"),
            models.CheckConstraint(
                condition=~models.Q(state="ready") | models.Q(made_at__isnull=False, bytes__gt=0), name="ready_exhibit_was_made"
            ),
        )
        indexes = (
            models.Index(fields=("organisation", "asked_at", "id"), name="exhibits_by_owner"),
            models.Index(fields=("state", "asked_at"), name="exhibits_by_state"),
            models.Index(fields=("made_at",), name="exhibits_by_age"),
        )

    def __str__(self) -> str:
        """Return the case."""
        return self.case


class ExhibitFetch(models.Model):
    """One handing out of an exhibit: who took it, when, why and for whom. Never changed."""

    id = models.CharField(primary_key=True, max_length=LENGTH, default=new_id, editable=False)
    exhibit = models.ForeignKey(Exhibit, on_delete=models.PROTECT, related_name="fetches")
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    why = models.CharField(max_length=LONGEST_REASON)
    recipient = models.CharField(max_length=LONGEST_RECIPIENT)
    sha256 = models.CharField(max_length=64)
    """Of what was handed out."""

    class Meta:
        """Oldest first."""

        ordering = ("at", "id")

    def __str__(self) -> str:
        """Return which and when."""
        return f"{self.exhibit_id} {self.at:%Y-%m-%d %H:%M}"


class StatedReason(models.Model):
    """Why a person replays a camera's footage; it counts for that person and camera for a while, and is kept for whoever checks it later.

    The log has its digest alone.
    """

    id = models.CharField(primary_key=True, max_length=LENGTH, default=new_id, editable=False)
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False)
    camera = models.ForeignKey("devices.Camera", on_delete=models.PROTECT, related_name="+", db_index=False)
    case = models.CharField(max_length=LONGEST_CASE)
    reason = models.CharField(max_length=32)
    person_role = models.CharField(max_length=16)
    offence = models.CharField(max_length=64, blank=True, default="")
    text = models.CharField(max_length=LONGEST_TEXT)
    given_at = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        """Read by who looks at what, and by age for the retention."""

        indexes = (
            models.Index(fields=("user", "camera", "until"), name="reasons_in_force"),
            models.Index(fields=("given_at",), name="reasons_by_age"),
        )

    def __str__(self) -> str:
        """Return the case."""
        return self.case


class FootageDay(models.Model):
    """What the log was told of one stream's day of footage: the head of its chain, and how much of it was deleted."""

    stream = models.CharField(max_length=100)
    """The camera's identifier, or the name of footage of it that was put aside."""
    day = models.DateField()
    """UTC's."""
    link = models.CharField(max_length=64)
    """The last link that was told; a file that comes late makes another."""
    segments = models.PositiveIntegerField()
    deleted_told = models.BigIntegerField(default=0)
    """Ticks of the day whose deletion was told."""
    deleted_seen = models.BigIntegerField(default=0)
    deleted_seen_at = models.DateTimeField(null=True, blank=True)
    """Since when it is so many: what still goes on is told when it has ended."""

    class Meta:
        """Once per stream and day."""

        constraints = (models.UniqueConstraint(fields=("stream", "day"), name="one_footage_day_per_stream"),)

    def __str__(self) -> str:
        """Return stream and day."""
        return f"{self.stream} {self.day.isoformat()}"
