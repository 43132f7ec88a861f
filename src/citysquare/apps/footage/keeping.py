"""How long footage is kept, in words: what the settings say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings

from citysquare.platform.lengths import in_words


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long footage is kept."""

    footage: str
    small: str
    tracks: str
    """Footage around stored tracks; empty: no longer than other footage."""


def keeping() -> Keeping:
    """Return what this installation keeps."""
    config = settings.CITYSQUARE
    footage, tracks = timedelta(hours=config.footage_retention_hours), timedelta(days=config.track_footage_days)
    small = timedelta(minutes=config.sub_retention_minutes)
    return Keeping(in_words(footage), in_words(small), in_words(tracks) if tracks > footage else "")
