"""Areas that upright rectangles (left, top, right, bottom) share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Rectangle = tuple[float, float, float, float]
Rectangles = NDArray[np.float64]
"""n x 4"""
Values = NDArray[np.float64]
"""n"""


def intersection(one: Rectangle, many: Rectangles) -> Values:
    """Return the area one rectangle shares with each of the others."""
    across = np.minimum(one[2], many[:, 2]) - np.maximum(one[0], many[:, 0])
    down = np.minimum(one[3], many[:, 3]) - np.maximum(one[1], many[:, 1])
    shared: Values = np.maximum(across, 0.0) * np.maximum(down, 0.0)
    return shared


def overlap(one: Rectangle, many: Rectangles) -> Values:
    """Return the intersection over union of one rectangle with each of the others."""
    shared = intersection(one, many)
    area = (one[2] - one[0]) * (one[3] - one[1])
    areas = (many[:, 2] - many[:, 0]) * (many[:, 3] - many[:, 1])
    ratio: Values = shared / np.maximum(area + areas - shared, 1e-9)
    return ratio


def covered(one: Rectangle, many: Rectangles) -> Values:
    """Return which part of one rectangle lies in each of the others."""
    return intersection(one, many) / max((one[2] - one[0]) * (one[3] - one[1]), 1e-9)


def containing(one: Rectangle, many: Rectangles) -> Values:
    """Return which part of each of the others lies in one rectangle."""
    areas = (many[:, 2] - many[:, 0]) * (many[:, 3] - many[:, 1])
    part: Values = intersection(one, many) / np.maximum(areas, 1e-9)
    return part


def grown(one: Rectangle, part: float) -> Rectangle:
    """Return a rectangle made larger on each side by a part of its own size."""
    across, down = part * (one[2] - one[0]), part * (one[3] - one[1])
    return one[0] - across, one[1] - down, one[2] + across, one[3] + down
