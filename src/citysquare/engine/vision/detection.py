"""How a detector is plugged in. None is installed by default: then what moves is of class `unknown`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from citysquare.engine.decode import DecodedPicture
from citysquare.engine.model import Box, Detection


class Detector(Protocol):
    """Says what is in a picture."""

    def detect(self, picture: DecodedPicture, moving: Sequence[Box]) -> list[Detection]:
        """Return what is seen, also where nothing moves; `moving` tells where looking is worth most."""
        ...


def motion_only(moving: Sequence[Box]) -> list[Detection]:
    """Return moving regions as detections of class `unknown`: what is known without a detector."""
    return [Detection(box) for box in moving]
