"""A surface to draw on: polygons at sub-pixel places, drawn larger and shrunk, so that every edge is smooth.

Colours are (blue, green, red), 0 to 255.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from citysquare.simulator.drawing.geometry import Picture, Points

Colour = tuple[float, float, float]
_SHIFT = 4


def mixed(a: Colour, b: Colour, share: float) -> Colour:
    """Blend two colours; `share` of b."""
    return (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share)


def lit(colour: Colour, light: float) -> Colour:
    """Make a colour lighter or darker by a factor."""
    return (min(colour[0] * light, 255.0), min(colour[1] * light, 255.0), min(colour[2] * light, 255.0))


class Layer:
    """A rectangle of the picture, from (left, top), `scale` times enlarged, with blue, green, red and alpha, colours premultiplied."""

    def __init__(self, left: int, top: int, width: int, height: int, scale: int = 2) -> None:
        """Begin transparent."""
        self.left, self.top, self.width, self.height, self.scale = left, top, width, height, scale
        self.pixels: Picture = np.zeros((height * scale, width * scale, 4), np.uint8)

    def to_own(self, points: Points) -> Picture:
        """Turn picture pixels into this layer's fixed-point coordinates."""
        own = (points - (self.left - 0.5, self.top - 0.5)) * self.scale - 0.5
        clipped: Picture = np.clip(own * (1 << _SHIFT), -500_000, 500_000).astype(np.int32)
        return clipped

    def fill(self, points: Points, colour: Colour) -> None:
        """Fill a polygon given in picture pixels."""
        if len(points) >= 3:
            cv2.fillPoly(self.pixels, [self.to_own(points)], (*colour, 255.0), cv2.LINE_8, _SHIFT)

    def line(self, points: Points, colour: Colour, width: float) -> None:
        """Draw a polyline, `width` in picture pixels."""
        thick = max(1, round(width * self.scale))
        cv2.polylines(
            self.pixels, [self.to_own(points)], isClosed=False, color=(*colour, 255.0), thickness=thick, lineType=cv2.LINE_8, shift=_SHIFT
        )

    def fill_own(self, own: Picture, colour: Colour) -> None:
        """Fill a polygon already given in the layer's own coordinates."""
        cv2.fillPoly(self.pixels, [own], (*colour, 255.0), cv2.LINE_8, _SHIFT)

    def _own(self, x: float, y: float) -> tuple[int, int]:
        unit = self.scale * (1 << _SHIFT)
        half = 1 << (_SHIFT - 1)
        return int((x - self.left + 0.5) * unit) - half, int((y - self.top + 0.5) * unit) - half

    def disc(self, centre: Sequence[float], radius: float, colour: Colour) -> None:
        """Draw a disc, `radius` in picture pixels."""
        reach = max(1, round(radius * self.scale * (1 << _SHIFT)))
        cv2.circle(self.pixels, self._own(centre[0], centre[1]), reach, (*colour, 255.0), -1, cv2.LINE_8, _SHIFT)

    def capsule(self, a: Sequence[float], b: Sequence[float], radius: float, colour: Colour) -> None:
        """Draw a limb: a thick line with round ends."""
        thick = max(1, round(radius * 2 * self.scale))
        cv2.line(self.pixels, self._own(a[0], a[1]), self._own(b[0], b[1]), (*colour, 255.0), thick, cv2.LINE_8, _SHIFT)

    def texture(self, image: Picture, corners: Points) -> None:
        """Put a picture (blue, green, red or with alpha) onto a quadrilateral: top left, top right, bottom right, bottom left."""
        own = (corners - (self.left - 0.5, self.top - 0.5)) * self.scale - 0.5
        high, wide = self.pixels.shape[:2]
        low = np.clip(np.floor(own.min(axis=0)).astype(int) - 1, 0, (wide, high))
        top = np.clip(np.ceil(own.max(axis=0)).astype(int) + 2, 0, (wide, high))
        if (top <= low).any():
            return
        rows, columns = image.shape[:2]
        source = np.array([[-0.5, -0.5], [columns - 0.5, -0.5], [columns - 0.5, rows - 0.5], [-0.5, rows - 0.5]], np.float32)
        turn = cv2.getPerspectiveTransform(source, (own - low).astype(np.float32))
        size = (int(top[0] - low[0]), int(top[1] - low[1]))
        warped = cv2.warpPerspective(image, turn, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        mask = np.zeros((size[1], size[0]), np.uint8)
        cv2.fillPoly(mask, [((own - low) * (1 << _SHIFT)).astype(np.int32)], 255.0, cv2.LINE_8, _SHIFT)
        patch = self.pixels[low[1] : top[1], low[0] : top[0]]
        if image.shape[2] == 4:
            share = warped[:, :, 3:].astype(np.float32) * (mask[:, :, None] / np.float32(255 * 255))
            patch[:, :, :3] = (patch[:, :, :3] * (1 - share) + warped[:, :, :3] * share).astype(np.uint8)
            patch[:, :, 3] = np.maximum(patch[:, :, 3], (share[:, :, 0] * 255).astype(np.uint8))
        else:
            inside = mask > 0
            patch[inside, :3] = warped[inside]
            patch[inside, 3] = 255

    def shrunk(self) -> Picture:
        """Give the layer in picture size, with smooth edges."""
        if self.scale == 1:
            return self.pixels
        small: Picture = cv2.resize(self.pixels, (self.width, self.height), interpolation=cv2.INTER_AREA)
        return small


def compose(picture: Picture, patch: Picture) -> None:
    """Lay a premultiplied patch over a part of the picture, in place."""
    rest = cv2.cvtColor(cv2.bitwise_not(patch[:, :, 3]), cv2.COLOR_GRAY2BGR)
    below = cv2.multiply(picture, rest, scale=1 / 255)
    cv2.add(below, np.ascontiguousarray(patch[:, :, :3]), dst=below)
    picture[:] = below
