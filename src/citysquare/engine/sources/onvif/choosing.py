"""Which of a device's streams to record and which to analyse."""

from __future__ import annotations

import math
from collections.abc import Sequence

from citysquare.engine.sources.onvif.model import Profile

_IDEAL_SUB = 640 * 360
"""The picture our detectors were measured at."""


def main_and_sub(profiles: Sequence[Profile]) -> tuple[Profile, Profile | None]:
    """Return the stream to record and the small one to analyse, of one and the same view. `profiles` is not empty.

    Main is the largest picture; of equal ones that with more pictures a second, then H.264 (every browser shows it), then the device's
    order. Sub is the one nearest 640x360 among those of the same view with at most 60 % of main's picture points; None without such.
    """
    main = max(profiles, key=lambda profile: (_area(profile), profile.fps, profile.codec == "h264"))
    small = [profile for profile in profiles if profile.source == main.source and 0 < _area(profile) <= 0.6 * _area(main)]
    sub = min(small, key=lambda profile: (abs(math.log(_area(profile) / _IDEAL_SUB)), profile.codec != "h264"), default=None)
    return main, sub


def _area(profile: Profile) -> int:
    return profile.width * profile.height
