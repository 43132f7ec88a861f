"""How wrong a camera's clock is, in words. It never moves footage (docs/design/time.md); people compare what it writes into the picture."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from citysquare.apps.footage import day
from citysquare.apps.footage.labels import CLOCK_SOURCES
from citysquare.engine.footage import StreamStatus
from citysquare.engine.model import TICKS_PER_SECOND

CLOCK_CARE, CLOCK_BAD = 2.0, 60.0
"""Seconds from which a camera's wrong clock is worth a look, and worth an act."""


@dataclass(frozen=True, slots=True)
class Clock:
    """How wrong a camera's clock is."""

    label: str
    source: str
    tone: str
    advice: str


def clock_of(stream: StreamStatus) -> Clock | None:
    """Say how wrong a camera's clock is; None when nobody knows."""
    error = stream.camera_clock_error
    if error is None:
        return None
    source = str(CLOCK_SOURCES.get(stream.camera_clock_source or "", ""))
    size = day.length(round(abs(error) * TICKS_PER_SECOND))
    if abs(error) < CLOCK_CARE:
        label, tone = _("right to within %(time)s") % {"time": size}, "good"
    else:
        label = (_("%(time)s fast") if error > 0 else _("%(time)s slow")) % {"time": size}
        tone = "bad" if abs(error) >= CLOCK_BAD else "care"
    advice = (
        ""
        if tone == "good"
        else _("Footage keeps this machine's time. Set the camera's time server, or what it writes into its pictures is wrong.")
    )
    return Clock(label, source, tone, advice)
