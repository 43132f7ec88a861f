"""The camera's sensor: noise of brightness, and of colour where it is dark, another in each picture."""

from __future__ import annotations

from math import ceil
from random import Random

import cv2
import numpy as np

from citysquare.simulator.drawing.geometry import Picture
from citysquare.simulator.drawing.ground import noise_tile

_TILE = 512
_NOISY_COLOUR = 2.0  # from this deviation of brightness on, colours are noisy too
Planes = tuple[Picture, Picture, Picture]


class Sensor:
    """Adds noise to planes of pictures of one size. Planes are kept lower by the noise's middle, so that one addition does it."""

    def __init__(self, size: tuple[int, int], deviation: float, seed: int) -> None:
        """Prepare noise of a deviation for pictures of a size (width, height)."""
        self._random = Random(seed)  # noqa: S311  # noise
        self._lift = ceil(deviation * 2.6)
        self._coloured = deviation >= _NOISY_COLOUR
        self._colour_lift = ceil(deviation) if self._coloured else 0
        across, down = -(-size[0] // _TILE) + 1, -(-size[1] // _TILE) + 1
        self._tile = self._repeated(99, 1.75, deviation, self._lift, (down, across))
        if self._coloured:
            coarse = (-(-down // 2) + 1, -(-across // 2) + 1)
            self._colours = [self._repeated(seed, 1.2, deviation * 0.45, self._colour_lift, coarse) for seed in (97, 98)]

    @staticmethod
    def _repeated(seed: int, roughness: float, deviation: float, lift: int, times: tuple[int, int]) -> Picture:
        tile = np.clip(noise_tile(seed, roughness) * deviation + lift, 0, 2 * lift).round().astype(np.uint8)
        return np.tile(tile, times)

    def lowered(self, planes: Planes) -> Planes:
        """Make room for the noise."""
        y, u, v = planes
        low = cv2.subtract(y, np.full_like(y, self._lift))
        if not self._coloured:
            return low, u, v
        room = np.full_like(u, self._colour_lift)
        return low, cv2.subtract(u, room), cv2.subtract(v, room)

    def noisy(self, planes: Planes) -> Planes:
        """Give lowered planes with noise."""
        y, u, v = planes
        grained = self._with(y, self._tile)
        if not self._coloured:
            return grained, u, v
        return grained, self._with(u, self._colours[0]), self._with(v, self._colours[1])

    def _with(self, plane: Picture, tile: Picture) -> Picture:
        across, down = self._random.randrange(_TILE), self._random.randrange(_TILE)
        height, width = plane.shape
        noisy: Picture = cv2.add(plane, tile[down : down + height, across : across + width])
        return noisy
