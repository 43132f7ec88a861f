"""The ground of a scene: areas and markings in perspective, with the grain of asphalt, slabs, grass and water, under a sky."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import cv2
import numpy as np

from citysquare.simulator.drawing.geometry import Picture, Points, View, flat
from citysquare.simulator.drawing.layer import Colour, Layer
from citysquare.simulator.drawing.mesh import Light

ASPHALT, SLABS, GRASS, WATER, SETTS, EARTH = 1, 2, 3, 4, 5, 6
BASE: dict[int, Colour] = {
    ASPHALT: (98, 96, 95),
    SLABS: (150, 156, 162),
    GRASS: (62, 108, 88),
    WATER: (128, 112, 84),
    SETTS: (118, 124, 132),
    EARTH: (108, 132, 150),
}
MARKING: Colour = (212, 214, 214)
_TILE = 512


@lru_cache(maxsize=8)
def noise_tile(seed: int, roughness: float = 1.0) -> Picture:
    """Make a 512 x 512 tile of noise that joins at its edges, mean 0, deviation 1. Rough noise is fine-grained."""
    random = np.random.default_rng(seed)
    waves = np.fft.rfft2(random.standard_normal((_TILE, _TILE)))
    fy, fx = np.fft.fftfreq(_TILE)[:, None], np.fft.rfftfreq(_TILE)[None, :]
    reach = np.sqrt(fx * fx + fy * fy)
    reach[0, 0] = 1.0
    shaped = np.fft.irfft2(waves * reach ** (-2.0 + roughness), (_TILE, _TILE))
    tile: Picture = ((shaped - shaped.mean()) / shaped.std()).astype(np.float32)
    return tile


def sampled(tile: Picture, x: Picture, y: Picture, metres: float) -> Picture:
    """Read a tile that is `metres` wide in the world at world places."""
    scale = _TILE / metres
    across = np.mod(x * scale, _TILE).astype(np.float32)
    down = np.mod(y * scale, _TILE).astype(np.float32)
    taken: Picture = cv2.remap(tile, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    return taken


@dataclass(frozen=True)
class Manner:
    """How a layout is laid out: mirrored left to right or not, its surfaces' colours against the usual ones, and for which split."""

    mirrored: bool = False
    tones: Mapping[int, Colour] = field(default_factory=dict)
    split: str = "show"


AS_DRAWN = Manner()


class Ground:
    """Collects areas, markings and shadows; `picture` gives the finished ground and sky."""

    def __init__(self, view: View, light: Light, manner: Manner = AS_DRAWN) -> None:
        """Begin with nothing but a horizon."""
        self.view, self.light, self.manner = view, light, manner
        self._layer = Layer(0, 0, view.width, view.height, 2)
        self._kinds: Picture = np.zeros((view.height, view.width), np.uint8)
        self._shade: Picture = np.zeros((view.height, view.width), np.uint8)

    @property
    def kinds(self) -> Picture:
        """What the ground is at each pixel: ASPHALT, SLABS and so on; 0 where nothing was laid."""
        return self._kinds

    def area(self, corners: Sequence[tuple[float, float]], kind: int, colour: Colour | None = None, z: float = 0.0) -> None:
        """Cover a polygon of the ground, given in metres."""
        if self.manner.mirrored:
            corners = [(-x, y) for x, y in corners]
        pixels = self.view.polygon(flat(list(corners), z))
        if len(pixels):
            self._layer.fill(pixels, self._toned(colour or BASE[kind], kind))
            own = (pixels * 16).clip(-500_000, 500_000).astype(np.int32)
            cv2.fillPoly(self._kinds, [own], (kind,), cv2.LINE_8, 4)

    def _toned(self, colour: Colour, kind: int) -> Colour:
        tone = self.manner.tones.get(kind)
        if tone is None or colour == MARKING:
            return colour
        return (min(colour[0] * tone[0], 255.0), min(colour[1] * tone[1], 255.0), min(colour[2] * tone[2], 255.0))

    def stop_line(self, a: tuple[float, float], b: tuple[float, float]) -> None:
        """Paint a line to stop at, on a road along the y axis. It keeps its side when mirrored: one drives on the right."""
        if self.manner.mirrored:
            a, b = (-a[0], a[1]), (-b[0], b[1])
        self.strip(a, b, 0.35, ASPHALT, MARKING)

    def strip(self, a: tuple[float, float], b: tuple[float, float], width: float, kind: int, colour: Colour | None = None) -> None:
        """Cover a straight strip `width` metres wide."""
        along = np.subtract(b, a)
        across = np.array([-along[1], along[0]]) / (np.linalg.norm(along) or 1.0) * width / 2
        corners = [np.add(a, across), np.add(b, across), np.subtract(b, across), np.subtract(a, across)]
        self.area([(float(p[0]), float(p[1])) for p in corners], kind, colour)

    def dashes(self, a: tuple[float, float], b: tuple[float, float], dash: float, gap: float, width: float = 0.13) -> None:
        """Paint a broken line."""
        length = float(np.hypot(b[0] - a[0], b[1] - a[1]))
        ux, uy = (b[0] - a[0]) / length, (b[1] - a[1]) / length
        at = 0.0
        while at < length:
            end = min(at + dash, length)
            self.strip((a[0] + ux * at, a[1] + uy * at), (a[0] + ux * end, a[1] + uy * end), width, ASPHALT, MARKING)
            at += dash + gap

    def zebra(self, a: tuple[float, float], b: tuple[float, float], depth: float, bars: int) -> None:
        """Paint a pedestrian crossing whose walking line runs from a to b; bars lie across it, `depth` metres long."""
        ax, ay = a
        ux, uy = (b[0] - ax) / (bars * 2 - 1), (b[1] - ay) / (bars * 2 - 1)
        size = float(np.hypot(ux, uy))
        nx, ny = -uy / size * depth / 2, ux / size * depth / 2
        for bar in range(bars):
            x, y = ax + ux * 2 * bar, ay + uy * 2 * bar
            self.area([(x + nx, y + ny), (x + ux + nx, y + uy + ny), (x + ux - nx, y + uy - ny), (x - nx, y - ny)], ASPHALT, MARKING)

    def kerb(self, a: tuple[float, float], b: tuple[float, float]) -> None:
        """Draw a kerb: a light edge and the dark joint beside it."""
        self.strip(a, b, 0.30, SLABS, (162, 166, 170))
        along = np.subtract(b, a) / (np.linalg.norm(np.subtract(b, a)) or 1.0)
        aside = (float(-along[1]) * 0.17, float(along[0]) * 0.17)
        for sign in (1, -1):
            self.strip(
                (a[0] + sign * aside[0], a[1] + sign * aside[1]),
                (b[0] + sign * aside[0], b[1] + sign * aside[1]),
                0.05,
                ASPHALT,
                (70, 70, 70),
            )

    def shadow(self, standing: Points) -> None:
        """Cast the shadow of something that stands, given by its points."""
        sun = np.asarray(self.light.sun)
        ground = standing - (standing[:, 2:] / max(float(sun[2]), 0.15)) * sun
        hull = cv2.convexHull(ground[:, :2].astype(np.float32))[:, 0, :]
        pixels = self.view.polygon(np.column_stack([hull, np.zeros(len(hull))]))
        if len(pixels):
            cv2.fillPoly(self._shade, [(pixels * 16).clip(-500_000, 500_000).astype(np.int32)], (255,), cv2.LINE_AA, 4)

    def picture(self, seed: int) -> tuple[Picture, Picture]:
        """Finish: the picture, and where building shadows lie (0 to 255)."""
        view = self.view
        columns, rows = np.meshgrid(np.arange(view.width, dtype=np.float64), np.arange(view.height, dtype=np.float64))
        x, y, distance = view.ground_at(columns, rows)
        below = np.isfinite(distance) & (distance < 4000)
        x, y = np.where(below, x, 0.0).astype(np.float32), np.where(below, y, 0.0).astype(np.float32)
        distance = np.where(below, distance, 4000.0).astype(np.float32)
        painted = self._layer.shrunk()
        alpha = painted[:, :, 3:].astype(np.float32) / 255
        bare = np.array(BASE[GRASS], np.float32) * 0.9
        colour = painted[:, :, :3].astype(np.float32) + bare * (1 - alpha)
        light = 1 + self._grain(x, y, distance, seed)
        shade = cv2.GaussianBlur(self._shade, (0, 0), 1.6)
        self._shade = shade
        sunny = self.light.sunshine * float(self.light.sun[2]) / float(np.linalg.norm(self.light.sun)) + self.light.sky
        light *= sunny * (1 - shade.astype(np.float32) / 255 * (1 - self.light.sky / sunny) * 0.92)
        colour *= light[:, :, None]
        haze = np.exp(-distance / self.light.haze_metres)[:, :, None]
        colour = colour * haze + np.array(self.light.haze, np.float32) * (1 - haze)
        colour = self._mirror(colour, x, y, distance, seed)
        bare_rows = np.flatnonzero(~below.all(axis=1))
        if len(bare_rows):
            top = int(bare_rows[-1]) + 1
            colour[:top] = np.where(below[:top, :, None], colour[:top], sky(view, self.light, seed, top))
        return colour.clip(0, 255).astype(np.uint8), shade

    def _grain(self, x: Picture, y: Picture, distance: Picture, seed: int) -> Picture:
        pixel = distance * distance / (self.view.focal * self.view.position[2])
        blotch = sampled(noise_tile(seed), x, y, 45.0) * 0.045
        middle = sampled(noise_tile(seed + 1, 1.2), x, y, 9.0) * 0.03 * np.exp(-pixel / 0.5)
        fine = sampled(noise_tile(seed + 2, 1.9), x, y, 6.0) * 0.055 * np.exp(-pixel / 0.04)
        total = blotch + middle + fine
        for kind, size, strength in ((SLABS, 0.5, 0.16), (SETTS, 0.24, 0.2)):
            there = self._kinds == kind
            total[there] += _joints(x[there], y[there], size) * strength * np.exp(-pixel[there] / (size * 0.25))
        total += np.where(self._kinds == GRASS, sampled(noise_tile(seed + 3, 1.5), x, y, 3.0) * 0.12 * np.exp(-pixel / 0.15), 0)
        return total.astype(np.float32)

    def _mirror(self, colour: Picture, x: Picture, y: Picture, distance: Picture, seed: int) -> Picture:
        water = self._kinds == WATER
        if not water.any():
            return colour
        away = np.clip(distance / 160.0, 0, 1)[:, :, None]
        ripple = sampled(noise_tile(seed + 5, 1.0), x * 0.35, y, 14.0) + 0.6 * sampled(noise_tile(seed + 6, 1.0), x * 0.4, y, 60.0)
        sheen = np.array(self.light.sky_colour, np.float32) * (0.30 + 0.5 * away) + np.array(BASE[WATER], np.float32) * (0.6 - 0.4 * away)
        wavy = sheen * (1 + 0.075 * np.tanh(ripple))[:, :, None]
        return np.where(water[:, :, None], wavy, colour)


def _joints(x: Picture, y: Picture, size: float) -> Picture:
    row = np.floor(y / size)
    along = np.mod(x / size + 0.5 * np.mod(row, 2), 1.0)
    edge = np.minimum(np.minimum(along, 1 - along), np.minimum(np.mod(y / size, 1.0), 1 - np.mod(y / size, 1.0)))
    tone = np.mod(np.floor(x / size + 0.5 * np.mod(row, 2)) * 0.37 + row * 0.61, 1.0) - 0.5
    joints: Picture = np.where(edge < 0.05, -1.0, tone * 0.5)
    return joints


def sky(view: View, light: Light, seed: int, height_pixels: int) -> Picture:
    """Paint a sky with soft clouds for the upper part of the picture."""
    columns, rows = np.meshgrid(np.arange(view.width, dtype=np.float32), np.arange(height_pixels, dtype=np.float32))
    forward, up, right = view.axes[2], view.axes[1], view.axes[0]
    a, b = (columns - view.width / 2) / view.focal, -(rows - view.height / 2) / view.focal
    rise = (a * right[2] + b * up[2] + forward[2]) / np.sqrt(1 + a * a + b * b)
    height = np.clip(rise, 0.0, 1.0).astype(np.float32)[:, :, None]
    zenith, low = np.array((214, 158, 102), np.float32), np.array(light.haze, np.float32) * 1.03
    base = low + (zenith - low) * np.clip(height * 2.6, 0, 1) ** 0.7
    reach = 1.0 / np.maximum(rise, 0.03)
    cloud = sampled(noise_tile(seed + 9, 0.4), (a + 3.0) * reach, reach, 40.0)
    cover = np.clip((cloud - 0.25) * 0.55, 0, 0.85)[:, :, None].astype(np.float32) * np.clip(height * 9, 0, 1)
    painted: Picture = base * (1 - cover) + np.array((246, 244, 242), np.float32) * cover
    return painted
