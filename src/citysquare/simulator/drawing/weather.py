"""What weather does to a place (wet roads that reflect, snow on all that lies open), and what falls before the camera."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import cv2
import numpy as np
import numpy.typing as npt

from citysquare.simulator.drawing.geometry import Picture, View, flat
from citysquare.simulator.drawing.ground import ASPHALT, GRASS, SETTS, SLABS, WATER, noise_tile, sampled
from citysquare.simulator.drawing.passes import Where, enlarged

SNOW = (236.0, 230.0, 226.0)
_SLUSH = (150.0, 147.0, 145.0)


def wetness(kinds: Picture, place: Where, view: View, seed: int) -> Picture:
    """Say how wet the ground is at each pixel, from 0 to 1: puddles on asphalt, a film on slabs, nothing on grass; 1 is a mirror."""
    puddles = sampled(noise_tile(seed + 21, 0.7), place.x, place.y, 13.0) + 0.5 * sampled(noise_tile(seed + 22, 1.1), place.x, place.y, 4.0)
    film = np.clip(0.60 + 0.24 * np.tanh(puddles * 1.4), 0.0, 1.0)
    strength = np.zeros(256, np.float32)
    strength[[ASPHALT, SLABS, SETTS, WATER]] = (1.0, 0.72, 0.8, 1.0)
    wet: Picture = enlarged(film.astype(np.float32), view) * strength[kinds]
    return np.where(kinds == WATER, np.float32(0.55), wet)


def smeared(picture: Picture, view: View) -> Picture:
    """Blur a reflection as a rough wet road does: much along the picture's height, little across."""
    tall, wide = max(3, view.height // 22 | 1), max(3, view.width // 420 | 1)
    soft: Picture = cv2.blur(cv2.blur(picture, (wide, tall)), (wide, tall))
    return soft


def fresnel(place: Where, view: View) -> Picture:
    """Share of light that water throws back, by how flat one looks at it (Schlick's approximation, 2 % from straight above)."""
    height = np.float32(view.position[2])
    steep = height / np.sqrt(height**2 + (place.x - view.position[0]) ** 2 + (place.y - view.position[1]) ** 2)
    share: Picture = 0.02 + 0.98 * (1 - np.clip(steep, 0, 1)) ** 5
    return share


def cover(flat_picture: Picture, from_above: Picture, standing: Picture) -> Picture:
    """Say how much snow lies on what stands, from 0 to 1.

    It lies on what faces upwards, as the light from straight above tells, and it hangs in leaves.
    """
    even = flat_picture[:, :, :3].max(axis=2).astype(np.float32)
    above = from_above[:, :, :3].max(axis=2).astype(np.float32)
    share = np.clip((above / np.maximum(even, 6.0) - 0.55) / 0.5, 0.0, 1.0)
    blue, green, red = (flat_picture[:, :, channel].astype(np.float32) for channel in range(3))
    leaves = np.clip((green / np.maximum(np.maximum(blue, red), 6.0) - 1.12) * 4, 0.0, 1.0)
    share = np.maximum(share, leaves * (0.45 + 0.5 * np.clip(above / np.maximum(even, 6.0), 0.0, 1.0)))
    lying: Picture = cv2.blur(share, (3, 3)) * (standing > 0)
    return lying


def snowy_ground(ground: Picture, kinds: Picture, place: Where, view: View, tracks: Sequence[Picture]) -> Picture:
    """Cover the ground with snow: fully beside the road, as slush on it, and thinner where wheels run and people walk."""
    drift = sampled(noise_tile(41, 0.8), place.x, place.y, 9.0)
    fine = sampled(noise_tile(42, 1.6), place.x, place.y, 2.5)
    shares = np.full(256, 0.86, np.float32)
    shares[[0, GRASS, ASPHALT, WATER]] = (0.95, 0.95, 0.62, 0.0)
    share = shares[kinds] + enlarged((0.10 * drift + 0.05 * fine).astype(np.float32), view) * (kinds != WATER)
    worn = np.zeros(kinds.shape, np.uint8)
    for track in tracks:
        cv2.fillPoly(worn, [(track * 16).clip(-500_000, 500_000).astype(np.int32)], (255,), cv2.LINE_AA, 4)
    rough = enlarged((0.75 + 0.2 * fine).astype(np.float32), view)
    share = share * (
        1
        - np.where(kinds == ASPHALT, 0.72, 0.30)
        * cv2.GaussianBlur(worn, (0, 0), max(1.0, view.width / 700)).astype(np.float32)
        / 255
        * rough
    )
    share = np.clip(share, 0.0, 0.97)[:, :, None]
    tone = enlarged((1 + 0.018 * drift + 0.02 * fine).astype(np.float32), view)[:, :, None]
    slush = np.where((kinds == ASPHALT)[:, :, None], np.array(_SLUSH, np.float32) * 1.25, np.array(SNOW, np.float32))
    covered: Picture = ground * (1 - share) + slush * tone * share
    return covered


def wheel_tracks(lanes: Sequence[tuple[npt.NDArray[np.float64], bool]], view: View) -> list[Picture]:
    """Give the strips (pixels) that wheels or feet leave in snow along ways: two for a lane, one for a walk."""
    strips = []
    for points, driven in lanes:
        way = np.gradient(points, axis=0)
        aside = np.stack([-way[:, 1], way[:, 0]], axis=1) / np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-6)[:, None]
        for middle, half in ((-0.78, 0.24), (0.78, 0.24)) if driven else ((0.0, 0.32),):
            for index in range(len(points) - 1):
                quad = [
                    points[k] + aside[k] * (middle + side)
                    for k, side in ((index, -half), (index + 1, -half), (index + 1, half), (index, half))
                ]
                pixels = view.polygon(flat([(float(x), float(y)) for x, y in quad]))
                if len(pixels):
                    strips.append(pixels)
    return strips


@dataclass(frozen=True)
class Sheet:
    """A sheet of drops or flakes that passes before the camera: brightness to add, and pixels it moves in a picture's time."""

    tile: Picture
    across: float
    down: float


class Falling:
    """What falls: a few sheets, near ones larger and faster, each its own way. Deterministic by seed and picture number."""

    def __init__(self, weather: str, size: tuple[int, int], brightness: float, seed: int) -> None:
        """Make the sheets for pictures of a size (width, height)."""
        self._size = size
        unit = size[0] / 1920
        random = Random(f"falling:{seed}")  # noqa: S311  # weather
        make = _rain_sheets if weather == "rain" else _snow_sheets
        self._sheets = make(size, unit, brightness, random)
        self._starts = [(random.randrange(4096), random.randrange(4096)) for _ in self._sheets]

    def fall(self, luma: Picture, number: int) -> Picture:
        """Add what is in the air to the brightness of a picture."""
        width, height = self._size
        for sheet, (x, y) in zip(self._sheets, self._starts, strict=True):
            rows, columns = sheet.tile.shape
            left = round(x - sheet.across * number) % (columns - width)
            top = round(y - sheet.down * number) % (rows - height)
            luma = cv2.add(luma, sheet.tile[top : top + height, left : left + width])
        return luma


def _wrapped(tile: Picture, size: tuple[int, int]) -> Picture:
    """Repeat a tile so that a picture can be cut out of it at any offset; it repeats after its own size."""
    width, height = size
    return np.ascontiguousarray(np.tile(tile, (2, 2))[: tile.shape[0] + height, : tile.shape[1] + width])


def _rain_sheets(size: tuple[int, int], unit: float, brightness: float, random: Random) -> list[Sheet]:
    sheets = []
    width, height = size
    for count, length, thick, strength, speed in ((900, 26, 1, 15, 92), (420, 52, 1, 21, 170), (70, 120, 2, 24, 330)):
        tile: Picture = np.zeros((height, width), np.uint8)
        for _ in range(count):
            x, y = random.uniform(0, width), random.uniform(0, height)
            reach = length * unit * random.uniform(0.7, 1.3)
            level = strength * brightness * random.uniform(0.4, 1.0)
            end = (round((x + reach * 0.10) * 16), round((y + reach) * 16))
            cv2.line(tile, (round(x * 16), round(y * 16)), end, (level,), max(1, round(thick * unit)), cv2.LINE_AA, 4)
        tile = cv2.GaussianBlur(tile, (0, 0), 0.7 * max(unit, 0.5) * thick)
        sheets.append(Sheet(_wrapped(tile, size), speed * unit * 0.10, speed * unit))
    return sheets


def _snow_sheets(size: tuple[int, int], unit: float, brightness: float, random: Random) -> list[Sheet]:
    sheets = []
    width, height = size
    for count, radius, strength, speed in ((1700, 1.3, 60, 7), (620, 2.3, 88, 13), (130, 4.4, 92, 27), (22, 9.0, 60, 55)):
        tile: Picture = np.zeros((height, width), np.uint8)
        for _ in range(round(count * min(1.0, max(0.35, unit * 1.2)))):
            at = (round(random.uniform(0, width) * 16), round(random.uniform(0, height) * 16))
            reach = max(0.6, radius * unit * random.uniform(0.6, 1.3))
            cv2.circle(tile, at, round(reach * 16), (strength * brightness * random.uniform(0.5, 1.0),), -1, cv2.LINE_AA, 4)
        tile = cv2.GaussianBlur(tile, (0, 0), max(0.5, radius * unit * 0.45))
        sheets.append(Sheet(_wrapped(tile, size), speed * unit * random.uniform(0.25, 0.55), speed * unit))
    return sheets
