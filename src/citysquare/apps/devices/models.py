"""Cameras."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language

from citysquare.platform.ids import LENGTH, new_id
from citysquare.platform.names import named

LONGEST_URL = 500


class Camera(models.Model):
    """A device with streams. Its identifier names its folder in the store."""

    id = models.CharField(primary_key=True, max_length=LENGTH, default=new_id, editable=False)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    space = models.ForeignKey("spaces.Space", on_delete=models.PROTECT, related_name="+")
    names = models.JSONField()
    """Name by language code."""
    main_url = models.CharField(max_length=LONGEST_URL)
    """With credentials; never shown."""
    sub_url = models.CharField(max_length=LONGEST_URL, blank=True)
    """Empty: the camera has no small stream."""
    enabled = models.BooleanField(default=True)
    order = models.PositiveIntegerField(default=0)
    """Lower stands earlier on the wall."""
    created_at = models.DateTimeField()

    class Meta:
        """A stream is registered once per organisation."""

        constraints = (models.UniqueConstraint(fields=("organisation", "main_url"), name="main_stream_once"),)
        indexes = (models.Index(fields=("organisation", "order", "id"), name="cameras_in_order"),)

    def __str__(self) -> str:
        """Return the name in the language of the moment."""
        return self.name

    @property
    def name(self) -> str:
        """The name in the language of the moment."""
        return named(self.names, get_language())
