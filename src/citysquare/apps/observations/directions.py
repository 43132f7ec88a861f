"""Which way a thing moved, told from its path in the picture.

The picture alone is known: a camera that looks along a street sees traffic come toward it and go away, one that looks across a street
sees it pass to the left and to the right. Towards which quarter of the world that is follows from the camera's own direction on the map.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum

LEAST_WAY = 0.05
"""Parts of the picture between the ends of a path, below which a thing is said to have stayed."""


class Direction(StrEnum):
    """The way through the picture."""

    TOWARD = "toward"
    AWAY = "away"
    LEFTWARD = "leftward"
    RIGHTWARD = "rightward"
    NONE = ""
    """It stayed about where it was."""


def direction_of(path: Sequence[Sequence[float]]) -> Direction:
    """Return the way from the first point of `path` to the last; points are [x, y] in parts of the picture, y downwards.

    Of the two axes the one with more way decides. Down the picture is toward the camera: cameras stand above what they watch.
    """
    if not path:
        return Direction.NONE
    x = path[-1][0] - path[0][0]
    y = path[-1][1] - path[0][1]
    if not math.hypot(x, y) >= LEAST_WAY:  # said so that a path of NaN has no direction
        return Direction.NONE
    if abs(y) >= abs(x):
        return Direction.TOWARD if y > 0 else Direction.AWAY
    return Direction.RIGHTWARD if x > 0 else Direction.LEFTWARD
