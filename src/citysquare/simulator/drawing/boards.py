"""Flat boards that stand upright and have a picture on them: names over entrances, road signs with words, gauge staffs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np

from citysquare.simulator.drawing.geometry import Picture
from citysquare.simulator.drawing.glyphs import draw_text
from citysquare.simulator.drawing.ground import Ground
from citysquare.simulator.drawing.layer import Colour
from citysquare.simulator.drawing.stage import Scenery

_PIXELS = 96
"""Pixels of a board's picture per metre."""


@dataclass(frozen=True)
class Board:
    """An upright board from `a` to `b` (its left and right end for who reads it), between two heights; metres.

    `words` are written on it line by line. With `staff` it is a gauge: a scale of decimetres, with a number at each metre.
    """

    a: tuple[float, float]
    b: tuple[float, float]
    low: float
    high: float
    words: tuple[str, ...] = ()
    colour: Colour = (150, 80, 20)
    ink: Colour = (240, 240, 240)
    staff: bool = False

    def place(self) -> tuple[float, float]:
        """Order a little before its middle, so that it comes after the wall it hangs on."""
        across = (self.b[1] - self.a[1], -(self.b[0] - self.a[0]))
        size = (across[0] ** 2 + across[1] ** 2) ** 0.5 or 1.0
        return (self.a[0] + self.b[0]) / 2 + across[0] / size * 0.6, (self.a[1] + self.b[1]) / 2 + across[1] / size * 0.6

    def mirrored(self) -> Board:
        """Give the board on the other side of the y axis, still to be read from the same side."""
        return replace(self, a=(-self.b[0], self.b[1]), b=(-self.a[0], self.a[1]))

    def cast(self, ground: Ground) -> None:
        """Throw its shadow."""
        ground.shadow(np.array([(*point, height) for point in (self.a, self.b) for height in (self.low, self.high)]))

    def paint(self, scenery: Scenery) -> None:
        """Put its picture up, when it faces the camera."""
        view, light = scenery.view, scenery.light
        quad = np.array([(*self.a, self.high), (*self.b, self.high), (*self.b, self.low), (*self.a, self.low)])
        along = np.subtract(self.b, self.a)
        normal = np.array([along[1], -along[0], 0.0]) / (np.linalg.norm(along) or 1.0)
        if float((np.asarray(view.position) - quad[0]) @ normal) <= 0 or view.camera_space(quad)[:, 2].min() < 0.5 or light.glow_only:
            return
        pixels, depth = view.project(quad)
        image = _picture(self, float(np.linalg.norm(along)))
        scale = min(1.0, 2.2 * float(np.linalg.norm(pixels[1] - pixels[0])) / image.shape[1])
        if scale < 0.9:
            image = cv2.resize(
                image, None, fx=max(scale, 2 / image.shape[1]), fy=max(scale, 2 / image.shape[0]), interpolation=cv2.INTER_AREA
            )
        image = cv2.convertScaleAbs(image, alpha=float(light.on(normal[None])[0]))
        haze = 1.0 - float(np.exp(-float(depth.mean()) / light.haze_metres))
        scenery.layer.texture(cv2.addWeighted(image, 1 - haze, np.full_like(image, light.haze), haze, 0), pixels)
        foot = np.array([(*self.place(), 0.0)])
        scenery.hide(pixels, float(view.camera_space(foot)[0, 2]))


@lru_cache(maxsize=64)
def _picture(board: Board, width: float) -> Picture:
    rows, columns = max(8, round((board.high - board.low) * _PIXELS)), max(8, round(width * _PIXELS))
    image: Picture = np.full((rows, columns, 3), board.colour, np.uint8)
    if board.staff:
        return _staff(image, board.high - board.low)
    edge = max(2, min(rows, columns) // 18)
    cv2.rectangle(image, (edge, edge), (columns - edge - 1, rows - edge - 1), board.ink, max(1, edge // 2))
    each = (rows - 4 * edge) / max(len(board.words), 1)
    for line, word in enumerate(board.words):
        draw_text(image, word, (3.0 * edge, 2 * edge + each * (line + 0.16), columns - 6.0 * edge, each * 0.68), board.ink)
    return image


def _staff(image: Picture, height: float) -> Picture:
    rows, columns = image.shape[:2]
    image[:] = (236, 240, 240)
    for step in range(int(height * 10)):
        bottom, top = rows - round(step * rows / (height * 10)), rows - round((step + 1) * rows / (height * 10))
        if step % 2 == 0:
            half = columns // 2
            left = 0 if step // 5 % 2 else half
            image[top:bottom, left : left + half] = (30, 30, 30) if step // 10 % 2 else (40, 30, 190)
    for metre in range(1, int(height) + 1):
        y = rows - metre * rows / height
        cv2.rectangle(image, (0, int(y)), (columns, int(y + columns * 0.9)), (236, 240, 240), -1)
        draw_text(image, str(metre), (columns * 0.2, y + columns * 0.1, columns * 0.6, columns * 0.7), (20, 20, 20))
    return image
