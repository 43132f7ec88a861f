"""From differing pixels to boxes: cleaning, connected parts, and joining the fragments of one thing."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from citysquare.engine.model import Box

_MOST_REGIONS = 64
"""More moving regions than this at once are weather or a moving camera; the largest are kept."""

_OPEN = np.ones((2, 2), np.uint8)
_CLOSE = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 7))


@dataclass(frozen=True, slots=True)
class _Part:
    """A connected region in pixels; right and bottom are exclusive."""

    left: int
    top: int
    right: int
    bottom: int
    area: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    def joined(self, other: _Part) -> _Part:
        return _Part(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
            self.area + other.area,
        )


def regions(foreground: NDArray[np.bool_], strong: NDArray[np.bool_]) -> list[Box]:
    """Return the boxes of connected regions that are large enough and differ strongly somewhere, largest first."""
    height, width = foreground.shape
    least = max(12, round(0.0004 * width * height))
    mask = cv2.morphologyEx(foreground.astype(np.uint8), cv2.MORPH_OPEN, _OPEN)
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, _CLOSE)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    strength = np.bincount(labels[strong], minlength=count)
    parts = []
    for label in range(1, count):
        left, top, wide, high, area = (int(value) for value in stats[label])
        if area >= least // 2 and strength[label] >= max(3, area // 12):
            parts.append(_Part(left, top, left + wide, top + high, area))
    parts.sort(key=lambda part: -part.area)
    joined = [part for part in _join(parts[: 2 * _MOST_REGIONS], reach=max(3, width // 80)) if part.area >= least]
    joined.sort(key=lambda part: -part.area)
    return [Box(part.left / width, part.top / height, part.right / width, part.bottom / height) for part in joined[:_MOST_REGIONS]]


def find_ghosts(still: NDArray[np.bool_], picture: NDArray[np.float32], background: NDArray[np.float32]) -> NDArray[np.bool_] | None:
    """Return the still regions whose outline shows in the background and not in the picture: something left from there.

    None when there are none. The test of outlines is that of Cucchiara et al. (IEEE PAMI 25, 2003) in its simplest form.
    """
    if np.count_nonzero(still) < 12:
        return None
    mask = cv2.morphologyEx(still.astype(np.uint8), cv2.MORPH_CLOSE, _CLOSE)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    outline = cv2.morphologyEx(mask, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    # The outline reaches one pixel beyond each region; let the region's label reach as far.
    around = cv2.dilate(labels.astype(np.uint16), np.ones((3, 3), np.uint8))[outline]
    size = np.maximum(np.bincount(around, minlength=count), 1)
    now = np.bincount(around, weights=_edges(picture)[outline], minlength=count) / size
    before = np.bincount(around, weights=_edges(background)[outline], minlength=count) / size
    ghost = (before > 1.4 * now) & (stats[:, cv2.CC_STAT_AREA] >= 12)
    ghost[0] = False
    return ghost[labels] if ghost.any() else None


def _edges(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    return cv2.magnitude(cv2.Sobel(plane, cv2.CV_32F, 1, 0), cv2.Sobel(plane, cv2.CV_32F, 0, 1)).astype(np.float32)


def _join(parts: list[_Part], *, reach: int) -> list[_Part]:
    """Join fragments until nothing belongs together any more."""
    merged = True
    while merged:
        merged = False
        kept: list[_Part] = []
        for part in parts:
            for index, other in enumerate(kept):
                if _belong_together(other, part, reach):
                    kept[index] = other.joined(part)
                    merged = True
                    break
            else:
                kept.append(part)
        parts = kept
    return parts


def _belong_together(large: _Part, small: _Part, reach: int) -> bool:
    """Whether two regions look like one thing: one above the other, or a crumb close to something larger."""
    across = min(large.right, small.right) - max(large.left, small.left)
    down = min(large.bottom, small.bottom) - max(large.top, small.top)
    if across > 0 and down > 0:
        return across * down >= 0.3 * min(large.width * large.height, small.width * small.height)
    if across >= 0.5 * min(large.width, small.width) and -down <= 2 * reach:
        # Head and body, roof and bonnet: things stand upright, so gaps between upper and lower parts are usual.
        return True
    return small.area * 5 < large.area and -across <= reach and -down <= reach
