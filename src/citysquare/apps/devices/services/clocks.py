"""What cameras' clocks say over ONVIF: noted on the camera."""

from __future__ import annotations

import math
from datetime import datetime

from django.db import transaction

from citysquare.apps.devices.models import Camera, ClockReading

_MOST = 1e12
"""Seconds: no calendar is further away."""


@transaction.atomic
def note_clock(*, camera_id: str, error: float | None, at: datetime) -> None:
    """Note that a camera was asked for its clock, and by how many seconds it was ahead; None: it did not tell, what it told before stays.

    A camera that is no longer in the register is passed over.
    """
    if not Camera.objects.filter(pk=camera_id).exists():
        return
    values: dict[str, object] = {"asked_at": at}
    if error is not None and math.isfinite(error) and abs(error) < _MOST:
        values |= {"error": error, "at": at, "source": ClockReading.Source.ONVIF}
    ClockReading.objects.update_or_create(camera_id=camera_id, defaults=values)


def forget_clock(camera_id: str) -> None:
    """Forget what was said: another device answers now."""
    ClockReading.objects.filter(camera_id=camera_id).delete()
