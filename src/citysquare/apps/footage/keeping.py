"""How long footage is kept: what the settings say, within the rules of the jurisdiction."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from citysquare.platform.lengths import in_words
from citysquare.platform.retention import bounded, spares

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long footage is kept."""

    footage: str
    small: str
    tracks: str
    """Footage around stored tracks; empty: no longer than other footage."""


def of_main() -> timedelta:
    """Return how long main streams are kept: as the settings say, and no longer than the rules of the jurisdiction allow."""
    return within_rules(timedelta(hours=settings.CITYSQUARE.footage_retention_hours))


def within_rules(wanted: timedelta) -> timedelta:
    """Return how long footage is kept where a setting says `wanted`.

    An installation that kept it longer before its upgrade has days of grace, so that nothing vanishes unseen.
    """
    most = bounded("footage", wanted)
    return wanted if wanted <= most or spares(at=timezone.now()) else most


def warn() -> None:
    """Say in the machine's log where a setting asks for more than the rules allow."""
    config = settings.CITYSQUARE
    asked = {
        "footage_retention_hours": timedelta(hours=config.footage_retention_hours),
        "track_footage_days": timedelta(days=config.track_footage_days),
    }
    for setting, wanted in asked.items():
        most = bounded("footage", wanted)
        if wanted > most:
            when = "once the days of grace after the upgrade are over" if spares(at=timezone.now()) else "now"
            _log.warning("%s asks to keep footage for %s; the rules allow %s at most, and that holds %s.", setting, wanted, most, when)


def keeping() -> Keeping:
    """Return what this installation keeps."""
    config = settings.CITYSQUARE
    footage, tracks = of_main(), within_rules(timedelta(days=config.track_footage_days))
    small = timedelta(minutes=config.sub_retention_minutes)
    return Keeping(in_words(footage), in_words(small), in_words(tracks) if tracks > footage else "")
