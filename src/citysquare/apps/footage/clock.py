"""How wrong a camera's clock is, in words. It never moves footage (docs/design/time.md); people compare what it writes into the picture.

Two may know: the recorder, from the times a camera sends with its pictures (RTCP, exact), and the site, which asks a camera over ONVIF once
an hour (good to a second). What is told with the pictures counts while it is fresh, the answer else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from citysquare.apps.devices import queries as devices
from citysquare.apps.footage import day
from citysquare.apps.footage.labels import CLOCK_SOURCES
from citysquare.engine.footage import StreamStatus
from citysquare.engine.model import TICKS_PER_SECOND, datetime_from_ticks

CLOCK_CARE, CLOCK_BAD = 2.0, 60.0
"""Seconds from which a camera's wrong clock is worth a look, and worth an act."""
TOLD_FRESH = timedelta(minutes=10)
"""Cameras send their time every few seconds with the pictures: an older one tells nothing of now."""
ASKED_FRESH = timedelta(hours=3)
"""Cameras are asked once an hour: an answer stands until two more were missed."""


@dataclass(frozen=True, slots=True)
class ClockError:
    """What is known of a camera's clock."""

    error: float
    """Seconds by which it is ahead of ours."""
    source: str
    """`rtcp` or `onvif`."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """How wrong a camera's clock is."""

    label: str
    source: str
    tone: str
    advice: str
    at: datetime
    """When that was so."""


def known(streams: Sequence[StreamStatus], said: devices.ClockSaid | None, *, at: datetime) -> ClockError | None:
    """Return what is known of a clock by its main stream's state and by what the camera said when asked; None when nothing fresh is."""
    told = streams[0] if streams else None
    if told is not None and told.camera_clock_error is not None and told.camera_clock_at is not None:
        heard = datetime_from_ticks(told.camera_clock_at)
        if abs(at - heard) <= TOLD_FRESH:
            return ClockError(told.camera_clock_error, told.camera_clock_source or "rtcp", heard)
    if said is not None and abs(at - said.at) <= ASKED_FRESH:
        return ClockError(said.error, said.source, said.at)
    return None


def of_camera(camera_id: str, streams: Sequence[StreamStatus], *, at: datetime) -> ClockError | None:
    """Return what is known of one camera's clock."""
    return known(streams, devices.clocks_said([camera_id]).get(camera_id), at=at)


def in_words(found: ClockError | None) -> Clock | None:
    """Say how wrong a clock is; None when nobody knows."""
    if found is None:
        return None
    error = found.error
    source = f"{CLOCK_SOURCES[found.source]} ({found.source.upper()})" if found.source in CLOCK_SOURCES else found.source
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
    return Clock(label, source, tone, advice, found.at)
