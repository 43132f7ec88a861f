"""Public spaces."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language

from citysquare.platform.ids import LENGTH, new_id
from citysquare.platform.names import named


class Space(models.Model):
    """A public place."""

    class Kind(models.TextChoices):
        """What sort of place it is."""

        SQUARE = "square"
        STREET = "street"
        CROSSING = "crossing"
        PARK = "park"
        STATION = "station"
        BUILDING = "building"
        OTHER = "other"

    id = models.CharField(primary_key=True, max_length=LENGTH, default=new_id, editable=False)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    names = models.JSONField()
    """Name by language code."""
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.OTHER)
    latitude = models.FloatField(null=True, blank=True)
    """Degrees north, WGS 84."""
    longitude = models.FloatField(null=True, blank=True)
    """Degrees east, WGS 84."""
    created_at = models.DateTimeField()

    class Meta:
        """A position is whole and on the globe, or missing."""

        constraints = (
            models.CheckConstraint(
                # Said about null in full: a CHECK that comes out as null counts as kept.
                condition=models.Q(latitude__isnull=True, longitude__isnull=True)
                | models.Q(
                    latitude__isnull=False,
                    longitude__isnull=False,
                    latitude__gte=-90,
                    latitude__lte=90,
                    longitude__gte=-180,
                    longitude__lte=180,
                ),
                name="position_on_the_globe",
            ),
        )

    def __str__(self) -> str:
        """Return the name in the language of the moment."""
        return self.name

    @property
    def name(self) -> str:
        """The name in the language of the moment."""
        return named(self.names, get_language())
