"""What this room keeps that the recorder deletes, for the page of retention."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from citysquare.platform.retention import Mentioned, mention


def mention_all() -> None:
    """Let the page of retention name the footage."""
    mention(
        Mentioned(
            data_class="footage",
            title=_("Footage"),
            purpose=_("Responding to what happens, and proving it"),
            how=_("The recorder deletes it, but for what is held; the log has a tombstone for each camera and day."),
            kept_for=lambda: timedelta(hours=settings.CITYSQUARE.footage_retention_hours),
        )
    )
