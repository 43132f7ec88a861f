"""How long footage is kept, in words: what the settings say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils.translation import ngettext

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


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
    return Keeping(_in_words(footage), _in_words(small), _in_words(tracks) if tracks > footage else "")


def _in_words(time: timedelta) -> str:
    """Say a length of time in the largest unit that it is whole in."""
    if time % _DAY == timedelta(0):
        return ngettext("%(count)d day", "%(count)d days", time // _DAY) % {"count": time // _DAY}
    if time % _HOUR == timedelta(0):
        return ngettext("%(count)d hour", "%(count)d hours", time // _HOUR) % {"count": time // _HOUR}
    minutes = time // timedelta(minutes=1)
    return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
