"""What lamps do: light on ground and walls, halos, head-lamp beams on the road, glare towards the camera, red lamps behind."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np

from citysquare.simulator.drawing.geometry import Picture, View
from citysquare.simulator.drawing.layer import Colour
from citysquare.simulator.drawing.mesh import Lamp
from citysquare.simulator.drawing.passes import Where

_REACH = 32.0  # what a street lamp 7 m high gives to the ground below it, in gains of an even sky
_SOFT = 4.0  # square metres by which a lamp is no point, so that nothing beside it burns out
_KERNEL = 128

Box = tuple[int, int, int, int]


def lamp_light(lamps: Sequence[Lamp], place: Where, standing: Picture) -> Picture:
    """Light of lamps at each place, in blue, green and red. `standing` says where something upright is seen."""
    total = np.zeros((*place.x.shape, 3), np.float32)
    for lamp in lamps:
        x, y, z = lamp.at
        reach = 34.0 * max(lamp.strength, 0.1) ** 0.5
        near = (np.abs(place.x - x) < reach) & (np.abs(place.y - y) < reach)
        rows, columns = np.flatnonzero(near.any(axis=1)), np.flatnonzero(near.any(axis=0))
        if not len(rows):
            continue
        part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        below = z - place.z[part]
        square = (place.x[part] - x) ** 2 + (place.y[part] - y) ** 2 + below**2 + np.float32(_SOFT)
        fall = np.clip(below, 0.0, None) * square**-1.2
        upright = 0.45 * square**-0.7
        if lamp.down:
            upright = upright * np.clip(below / 1.5 + 0.2, 0.0, 1.0)
        shine = np.where(standing[part], upright, fall)
        edge = np.clip((reach * reach - square) / (reach * reach) * 2, 0, 1)
        total[part] += (lamp.strength * _REACH * shine * edge)[:, :, None] * np.array(lamp.tint, np.float32)
    return total


def strongest(lamps: Sequence[Lamp], at: tuple[float, float]) -> tuple[tuple[float, float, float], float, Colour]:
    """Give the direction to the lamp that lights a place most, how strongly all light it together, and their colour."""
    best, way = 0.0, (0.0, 0.0, 1.0)
    sums = [0.0, 0.0, 0.0]
    for lamp in lamps:
        x, y, z = lamp.at[0] - at[0], lamp.at[1] - at[1], max(lamp.at[2] - 0.8, 0.3)
        square = x * x + y * y + z * z + _SOFT
        shine = lamp.strength * _REACH * (0.6 * z / square**1.2 + 0.2 / square**0.7)
        sums = [total + shine * tint for total, tint in zip(sums, lamp.tint, strict=True)]
        if shine > best:
            best, way = shine, (x, y, max(z, 0.35 * (x * x + y * y) ** 0.5))
    return way, sum(sums) / 3, (sums[0], sums[1], sums[2])


@lru_cache(maxsize=1)
def _kernel() -> Picture:
    """Glare of a lamp in a lens: a core, a halo, and a faint star."""
    line = np.linspace(-1, 1, _KERNEL, dtype=np.float32)
    x, y = np.meshgrid(line, line)
    away = np.hypot(x, y)
    core = np.exp(-((away / 0.10) ** 2)) * 1.8
    halo = 0.55 * np.exp(-away / 0.16) + 0.22 * np.exp(-away / 0.38)
    star = 0.25 * np.exp(-np.abs(y) / 0.012 - np.abs(x) / 0.3) + 0.12 * np.exp(-np.abs(x) / 0.012 - np.abs(y) / 0.25)
    glare: Picture = ((core + halo + star) * np.clip((1 - away) * 4, 0, 1) * 180).clip(0, 255).astype(np.uint8)
    return glare


@lru_cache(maxsize=1)
def _streak() -> Picture:
    """Image of a lamp in a wet road: long, upright, broken."""
    line = np.linspace(-1, 1, _KERNEL, dtype=np.float32)
    x, y = np.meshgrid(line, line)
    body = np.exp(-((x / 0.30) ** 2)) * np.exp(-((y / 0.52) ** 2)) * (0.8 + 0.2 * np.sin(y * 31 + np.sin(y * 11) * 2))
    streak: Picture = (body * np.clip((1 - np.abs(y)) * 4, 0, 1) * 200).clip(0, 255).astype(np.uint8)
    return streak


def _add(picture: Picture, shape: Picture, at: tuple[float, float], size: tuple[int, int], colour: Colour) -> Box | None:
    """Add a shape `size` (width, height) pixels large with its middle at a pixel; gives the part touched, with even corners."""
    height, width = picture.shape[:2]
    left, top = round(at[0] - size[0] / 2), round(at[1] - size[1] / 2)
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + size[0], width), min(top + size[1], height)
    if x1 - x0 < 1 or y1 - y0 < 1:
        return None
    small = cv2.resize(shape, size, interpolation=cv2.INTER_AREA)[y0 - top : y1 - top, x0 - left : x1 - left]
    tinted = cv2.merge([cv2.convertScaleAbs(small, alpha=gain) for gain in colour])
    part = picture[y0:y1, x0:x1]
    cv2.add(part, tinted, dst=part)
    return x0 & ~1, y0 & ~1, min(x1 + 1 & ~1, width), min(y1 + 1 & ~1, height)


def glare(picture: Picture, at: tuple[float, float], radius: float, colour: Colour) -> Box | None:
    """Add the glare of a lamp; gives the part touched."""
    size = max(4, round(radius * 2))
    return _add(picture, _kernel(), at, (size, size), colour)


def streak(picture: Picture, at: tuple[float, float], size: tuple[float, float], colour: Colour) -> Box | None:
    """Add the image of a lamp in a wet road; gives the part touched."""
    return _add(picture, _streak(), at, (max(3, round(size[0])), max(4, round(size[1]))), colour)


@lru_cache(maxsize=1)
def _puff() -> Picture:
    line = np.linspace(-1, 1, _KERNEL, dtype=np.float32)
    x, y = np.meshgrid(line, line)
    soft: Picture = (np.exp(-(x**2 + y**2) / 0.18) * np.clip((1 - np.hypot(x, y)) * 4, 0, 1) * 46).astype(np.uint8)
    return soft


def puff(picture: Picture, at: tuple[float, float], radius: float, colour: Colour) -> Box | None:
    """Add a soft cloud of spray; gives the part touched."""
    size = max(4, round(radius * 2))
    return _add(picture, _puff(), at, (size, size), colour)


def halos(picture: Picture, lamps: Sequence[Lamp], view: View, depth: Picture, look: tuple[float, float]) -> None:
    """Add a halo around each lamp that can be seen, in place; `look` is its strength and how widely it spreads."""
    for lamp in lamps:
        if lamp.strength < 0.3:
            continue
        pixels, away = view.project(np.array([lamp.at]))
        foot = float(view.project(np.array([(lamp.at[0], lamp.at[1], 0.0)]))[1][0])
        x, y = round(float(pixels[0, 0])), round(float(pixels[0, 1]))
        if away[0] < 1.0 or not (0 <= x < view.width and 0 <= y < view.height) or depth[y, x] < foot - 2.5:
            continue
        unit = view.focal * lamp.strength**0.5
        radius = look[1] * unit * (0.8 / float(away[0]) + 0.014)
        glare(picture, (float(pixels[0, 0]), float(pixels[0, 1])), radius, _scaled(lamp.tint, look[0]))


def _scaled(colour: Colour, gain: float) -> Colour:
    return (colour[0] * gain, colour[1] * gain, colour[2] * gain)


def bloom(picture: Picture, strength: float) -> Picture:
    """Let what is very bright spill over a little, as a lens does; numbers from 0 to 255."""
    height, width = picture.shape[:2]
    small = cv2.resize(picture, (max(width // 4, 1), max(height // 4, 1)), interpolation=cv2.INTER_AREA)
    bright = np.clip(small - 120, 0, 400)
    sigma = width / 4 / 110
    soft = cv2.GaussianBlur(bright, (0, 0), sigma) * 0.55 + cv2.GaussianBlur(bright, (0, 0), sigma * 4) * 0.45
    spilled: Picture = picture + cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR) * strength
    return spilled
