"""How long the disk lasts: from what each camera wrote, what is kept at the most, and what room there is. Pure.

Footage is kept until the retention ends, until the store's budget is reached, or until the volume has no more room, whichever comes first;
the oldest goes first. So with W bytes written a day and room for R bytes, the store holds min(retention, R / W) days in the long run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

DAY_SECONDS = 86_400.0
_LEAST_SECONDS = 30.0
"""With less footage than this a camera's rate is not judged: the first picture alone would mislead."""


@dataclass(frozen=True, slots=True)
class Written:
    """What one camera wrote within the time that was looked at."""

    camera: str
    seconds: float
    """Length of the kept footage that was looked at."""
    bytes: int
    """Size of that footage. The small stream is a ring of minutes and does not count."""
    bits_per_second: int
    """At this moment; 0 when nothing arrives."""


@dataclass(frozen=True, slots=True)
class Volume:
    """The volume of the footage."""

    used: int
    """Bytes that footage takes."""
    free: int
    """Bytes that we may still use."""
    least_free: int
    """Bytes that must stay free."""
    budget: int
    """Bytes that footage may take."""

    @property
    def room(self) -> int:
        """Bytes that footage can take in all."""
        return max(0, min(self.budget, self.used + self.free - self.least_free))


@dataclass(frozen=True, slots=True)
class CameraForecast:
    """What one camera needs."""

    camera: str
    bytes_a_day: int | None
    """None while too little was recorded to say."""
    share: float
    """Its part of all that is written, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the store can hold."""

    cameras: tuple[CameraForecast, ...]
    bytes_a_day: int
    days_kept: float | None
    """Days of footage that the store holds in the long run; None while nothing is known."""
    days_wanted: float
    bytes_needed: int
    """For the wanted days, at this rate."""
    days_until_full: float | None
    """Days until the oldest footage goes because of room; None when the retention ends first, or nothing is known."""

    @property
    def enough(self) -> bool:
        """Whether the wanted days fit."""
        return self.days_kept is None or self.days_kept >= self.days_wanted


def rate(written: Written) -> float | None:
    """Return a camera's bytes a second: what it wrote over the time it recorded, or what arrives now. None when neither is known."""
    if written.seconds >= _LEAST_SECONDS and written.bytes:
        return written.bytes / written.seconds
    return written.bits_per_second / 8 if written.bits_per_second else None


def forecast(cameras: Sequence[Written], volume: Volume, *, retention_seconds: float) -> Forecast:
    """Say what the store can hold. A camera without figures counts as nothing, and is listed as unknown."""
    rates = {written.camera: rate(written) for written in cameras}
    total = sum(value for value in rates.values() if value)
    listed = tuple(
        CameraForecast(name, None if value is None else round(value * DAY_SECONDS), (value or 0.0) / total if total else 0.0)
        for name, value in rates.items()
    )
    wanted = retention_seconds / DAY_SECONDS
    if not total:
        return Forecast(listed, 0, None, wanted, 0, None)
    a_day = total * DAY_SECONDS
    fits = volume.room / a_day
    left = max(0, volume.room - volume.used) / a_day
    return Forecast(
        cameras=listed,
        bytes_a_day=round(a_day),
        days_kept=min(wanted, fits),
        days_wanted=wanted,
        bytes_needed=round(a_day * wanted),
        days_until_full=None if fits >= wanted else left,
    )
