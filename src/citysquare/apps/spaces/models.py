"""Public spaces, their zones, and imports that wait for a person's word."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language

from citysquare.platform.ids import LENGTH, new_id
from citysquare.platform.names import named

LONGEST_EXTERNAL_ID = 100


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
    boundary = models.JSONField(null=True, blank=True)
    """A GeoJSON Polygon or MultiPolygon, WGS 84; checked before it is kept."""
    area = models.FloatField(null=True, blank=True)
    """Square metres within the boundary, on the ellipsoid."""
    external_id = models.CharField(max_length=LONGEST_EXTERNAL_ID, blank=True)
    """What the city's own register calls it: an import finds it again by this."""
    created_at = models.DateTimeField()

    class Meta:
        """A position is whole and on the globe, or missing; what another register calls it, it calls once."""

        constraints = (
            models.UniqueConstraint(
                fields=("organisation", "external_id"), condition=~models.Q(external_id=""), name="external_space_once"
            ),
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


class Zone(models.Model):
    """A part of a space."""

    class Kind(models.TextChoices):
        """What the part is for."""

        ENTRANCE = "entrance"
        CARRIAGEWAY = "carriageway"
        PAVEMENT = "pavement"
        CROSSING = "crossing"
        STAGE = "stage"
        SEATING = "seating"
        GREEN = "green"
        STOP = "stop"
        PARKING = "parking"
        OTHER = "other"

    id = models.CharField(primary_key=True, max_length=LENGTH, default=new_id, editable=False)
    space = models.ForeignKey(Space, on_delete=models.CASCADE, related_name="zones")
    names = models.JSONField()
    """Name by language code."""
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.OTHER)
    boundary = models.JSONField()
    """A GeoJSON Polygon or MultiPolygon within the space's boundary."""
    area = models.FloatField()
    """Square metres, on the ellipsoid."""
    external_id = models.CharField(max_length=LONGEST_EXTERNAL_ID, blank=True)
    """As with a space."""
    previous = models.JSONField(null=True, blank=True)
    """How it was before the last change, for taking that back."""
    removed_at = models.DateTimeField(null=True, blank=True)
    """When it was removed; it can be put back until the space goes or other removals push it out."""
    created_at = models.DateTimeField()

    class Meta:
        """Zones of a space are read together."""

        indexes = (models.Index(fields=("space", "created_at", "id"), name="zones_in_order"),)

    def __str__(self) -> str:
        """Return the name in the language of the moment."""
        return self.name

    @property
    def name(self) -> str:
        """The name in the language of the moment."""
        return named(self.names, get_language())


class ImportDraft(models.Model):
    """A file that was read and checked, and waits for a person to say yes. It knows the organisation, not the person."""

    id = models.CharField(primary_key=True, max_length=LENGTH, default=new_id, editable=False)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.CASCADE, related_name="+")
    features = models.JSONField()
    """What was read of each feature: `geojson.Feature` as plain values."""
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        """Return its identifier: it has no name of its own."""
        return self.id
