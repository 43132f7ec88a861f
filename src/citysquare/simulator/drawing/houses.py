"""Houses: four walls with painted fronts, and a gable, hipped or flat roof."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import cos, radians, sin

import cv2
import numpy as np

from citysquare.simulator.drawing.facade import PIXELS_PER_METRE, Style, front, lit_windows
from citysquare.simulator.drawing.geometry import Picture, Points
from citysquare.simulator.drawing.ground import Ground
from citysquare.simulator.drawing.layer import Colour, lit
from citysquare.simulator.drawing.mesh import Lamp
from citysquare.simulator.drawing.stage import Scenery

TILES: Colour = (58, 84, 150)
SLATE: Colour = (96, 92, 90)
RUST: Colour = (66, 88, 128)


@dataclass(frozen=True)
class House:
    """A house. `corner` is one corner; from it the front runs `width` metres along `turn` (degrees from east) and `deep` to its left."""

    corner: tuple[float, float]
    turn: float
    width: float
    deep: float
    style: Style
    seed: int
    roof: str = "gable"
    roof_colour: Colour = TILES
    pitch: float = 0.55

    @property
    def height(self) -> float:
        """Height of the walls, metres."""
        return self.style.storeys * self.style.storey + 0.7

    def _corners(self) -> Points:
        a = radians(self.turn)
        along, back = np.array([cos(a), sin(a)]), np.array([-sin(a), cos(a)])
        start = np.array(self.corner)
        return np.array([start, start + along * self.width, start + along * self.width + back * self.deep, start + back * self.deep])

    def mirrored(self) -> House:
        """Give the house as it stands on the other side of the y axis."""
        a = radians(self.turn)
        x, y = self.corner[0] + cos(a) * self.width, self.corner[1] + sin(a) * self.width
        return replace(self, corner=(-x, y), turn=-self.turn)

    def place(self) -> tuple[float, float]:
        """Order by the middle."""
        middle = self._corners().mean(axis=0)
        return float(middle[0]), float(middle[1])

    def lights(self) -> list[Lamp]:
        """Give the light that shop windows throw on the pavement before them."""
        if not self.style.shops:
            return []
        corners, found = self._corners(), []
        for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            span = float(np.hypot(*(b - a)))
            out = np.array([(b - a)[1], -(b - a)[0]]) / span
            count = max(1, int(span / 5.0))
            for index in range(count):
                x, y = a + (b - a) * (index + 0.5) / count + out * 0.7
                found.append(Lamp((float(x), float(y), 1.9), 0.055, (0.5, 0.78, 1.0)))
        return found

    def _roof_points(self) -> tuple[Points, Points]:
        base = np.column_stack([self._corners(), np.full(4, self.height)])
        if self.roof == "flat":
            return base, base
        rise = self.deep / 2 * self.pitch
        inset = min(self.deep / 2, self.width / 2 - 0.5) / self.width if self.roof == "hip" else 0.0
        left, right = (base[0] + base[3]) / 2, (base[1] + base[2]) / 2
        ridge = np.array([left + (right - left) * inset, right + (left - right) * inset])
        ridge[:, 2] += rise
        return base, ridge

    def cast(self, ground: Ground) -> None:
        """Throw the shadow of walls and roof."""
        base, top = self._roof_points()
        feet = base.copy()
        feet[:, 2] = 0.0
        ground.shadow(np.concatenate([feet, base, top]))

    def paint(self, scenery: Scenery) -> None:
        """Paint the roof's far side, the walls that face the camera, then the roof's near side."""
        corners = self._corners()
        eye = np.array(scenery.view.position[:2])
        for index in range(4):
            a, b = corners[index], corners[(index + 1) % 4]
            outward = np.array([(b - a)[1], -(b - a)[0]])
            if float(outward @ (eye - a)) > 0:
                self._wall(scenery, a, b, index)
        self._roof(scenery)

    def _wall(self, scenery: Scenery, a: Points, b: Points, index: int) -> None:
        view = scenery.view
        span = float(np.hypot(*(b - a)))
        quad = np.array([(*a, self.height), (*b, self.height), (*b, 0.0), (*a, 0.0)])
        seen = view.camera_space(quad)[:, 2]
        if seen.min() < 0.5:
            return
        pixels, depth = view.project(quad)
        if pixels[:, 0].max() < 0 or pixels[:, 0].min() > view.width:
            return
        normal = np.array([[(b - a)[1] / span, -(b - a)[0] / span, 0.0]])
        shining = scenery.light.glow_only
        image = (lit_windows if shining else front)(span, self.style, self.seed * 7 + index)
        scale = min(1.0, max(np.ptp(pixels[:, 1]) * 2.2 / image.shape[0], np.hypot(*(pixels[1] - pixels[0])) * 2.2 / image.shape[1]))
        if scale < 0.9:
            image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        if not shining:
            image = _in_light(image, float(scenery.light.on(normal)[0]))
            haze = 1.0 - float(np.exp(-float(depth.mean()) / scenery.light.haze_metres))
            image = cv2.addWeighted(image, 1 - haze, np.full_like(image, scenery.light.haze), haze, 0)
        scenery.layer.texture(image, pixels)
        self._hide(scenery, a, b)

    def _hide(self, scenery: Scenery, a: Points, b: Points) -> None:
        pieces = max(1, int(np.hypot(*(b - a)) / 1.5))
        for piece in range(pieces):
            p, q = a + (b - a) * piece / pieces, a + (b - a) * (piece + 1) / pieces
            pixels, depth = scenery.view.project(np.array([(*p, self.height), (*q, self.height), (*q, 0.0), (*p, 0.0)]))
            scenery.hide(pixels, float(depth[2:].mean()))

    def _roof(self, scenery: Scenery) -> None:
        base, ridge = self._roof_points()
        if self.roof == "flat":
            self._slope(scenery, base, SLATE)
            return
        over = 0.35
        middle = base.mean(axis=0)
        eaves = middle + (base - middle) * (1 + over / np.maximum(np.linalg.norm(base - middle, axis=1), 1))[:, None]
        sides = [
            np.array([eaves[0], eaves[1], ridge[1], ridge[0]]),
            np.array([eaves[2], eaves[3], ridge[0], ridge[1]]),
            np.array([eaves[1], eaves[2], ridge[1]]),
            np.array([eaves[3], eaves[0], ridge[0]]),
        ]
        eye = np.asarray(scenery.view.position)
        for side in sorted(sides, key=lambda each: -float(np.linalg.norm(each.mean(axis=0) - eye))):
            self._slope(scenery, side, self.roof_colour if len(side) == 4 or self.roof == "hip" else self.style.plaster)

    def _slope(self, scenery: Scenery, side: Points, colour: Colour) -> None:
        normal = np.cross(side[1] - side[0], side[2] - side[0])
        normal = normal / (np.linalg.norm(normal) or 1.0)
        towards = float(np.dot(np.asarray(scenery.view.position) - side[0], normal))
        if towards <= 0 or scenery.view.camera_space(side)[:, 2].min() < 0.5:
            return
        shine = float(scenery.light.on(normal[None])[0])
        distance = float(scenery.view.camera_space(side)[:, 2].mean())
        scenery.polygon(side, lit(colour, shine), distance)
        if len(side) == 4 and self.roof != "flat":
            courses = int(np.linalg.norm(side[3] - side[0]) / 0.45)
            for course in range(1, courses):
                share = course / courses
                ends = np.array([side[0] + (side[3] - side[0]) * share, side[1] + (side[2] - side[1]) * share])
                pixels, _ = scenery.view.project(ends)
                scenery.layer.line(pixels, scenery.light.hazy(lit(colour, shine * 0.86), distance), 0.5)


def _in_light(image: Picture, shine: float) -> Picture:
    changed: Picture = cv2.convertScaleAbs(image, alpha=shine)
    return changed


__all__ = ["PIXELS_PER_METRE", "RUST", "SLATE", "TILES", "House"]
